#pragma once
/// Is a listed manifest a Notary signature of this subject, and where is its envelope?
///
/// Source: oci-registry 3.6; notary-verification ST-1 to ST-6, ST-18. Pure.

#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "envelope/limits.hpp"
#include "oci/manifest.hpp"
#include "ports/registry.hpp"

namespace countersign::registry {

using envelope::kMaxEnvelopeBytes;

/// Before anything is fetched.
/// Errors: reason `ports::kNotASignature` for what cannot be one; `kRegistryMisbehaved`,
/// "TOO_LARGE".
[[nodiscard]] Status check_listed(const oci::Descriptor& candidate, const ports::Subject& subject);

/// The descriptor of the envelope in a candidate's manifest.
/// Errors: `kRegistryMisbehaved`, "DIGEST_MISMATCH", "BAD_RESPONSE" or "TOO_LARGE"; reason
/// `ports::kNotASignature`; `kSignatureInvalid`, ST-5 (not one layer) or ST-6 (envelope type).
Result<oci::Descriptor> envelope_of(const oci::Descriptor& candidate, const ports::Subject& subject,
                                    std::string_view manifest);

/// The envelope that stands in the descriptor itself; nothing if it does not have its digest and
/// size.
[[nodiscard]] std::optional<Bytes> inline_envelope(const oci::Descriptor& envelope);

/// Errors: `kRegistryMisbehaved`, "DIGEST_MISMATCH".
[[nodiscard]] Status check_content(const oci::Descriptor& descriptor, std::string_view content);

}  // namespace countersign::registry
