#pragma once
/// The signed payload: which artifact a signature is for.
///
/// Source: notary-verification section 2 (PL-2, PL-5 to PL-8). Read only from a verified envelope.

#include <cstdint>
#include <map>
#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace countersign::envelope {

struct TargetArtifact {
  std::string media_type;  ///< empty if absent: then it matches nothing
  std::string digest;      ///< as signed
  std::uint64_t size = 0;
  std::map<std::string, std::string> annotations;  ///< user metadata
};

/// Strict: exact names, no duplicates, no case variants, integers only. Errors:
/// `kSignatureInvalid`, PL-6.
Result<TargetArtifact> parse_payload(BytesView payload);

}  // namespace countersign::envelope
