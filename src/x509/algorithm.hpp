#pragma once
/// What AlgorithmIdentifiers name: SHA-256, SHA-384 and SHA-512, and signatures over these.
/// Internal to x509/. Source: notary-verification CE-11, TS-10, TS-23; RFC 5280, RFC 4055, RFC
/// 5754.

#include <optional>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "x509/certificate.hpp"
#include "x509/der.hpp"

namespace countersign::x509 {

/// The hash of an AlgorithmIdentifier that makes up all of `algorithm`, with parameters absent or
/// NULL.
[[nodiscard]] std::optional<crypto::HashAlgorithm> plain_hash(BytesView algorithm);

/// RSASSA-PSS-params: one hash for the message and MGF1, salt of the hash's length, default trailer
/// (CE-11).
[[nodiscard]] std::optional<crypto::HashAlgorithm> pss_hash(BytesView parameters);

/// How an AlgorithmIdentifier says that something is signed. Nothing for algorithms that must not
/// sign (no MD5, no SHA-1, no DSA): that is judged where the signature is needed.
[[nodiscard]] std::optional<SignatureMethod> signature_method(const der::Element& algorithm);

}  // namespace countersign::x509
