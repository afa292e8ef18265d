#pragma once
/// What verification is about and what it found: plain values, for the judge and for those who
/// gather them.
///
/// Source: oci-registry sections 2 and 3; notary-verification section 1.

#include <cstdint>
#include <string>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "oci/digest.hpp"

namespace countersign::ports {

/// The artifact whose signatures are looked for: what a signature's payload must name.
struct Subject {
  oci::Digest digest;
  std::string media_type;
  std::uint64_t size = 0;
};

/// How the candidates were found; part of what an `unsigned` answer says.
enum class ListingMethod : std::uint8_t { kReferrersApi, kReferrersTag, kLayout };

/// One candidate's envelope, digests and sizes checked.
struct FetchedSignature {
  std::string media_type;  ///< of the envelope layer, exactly as the manifest says
  Bytes envelope;
};

/// Why a candidate does not count: it is no Notary signature of this subject.
inline constexpr Reason kNotASignature{"NOT_A_SIGNATURE"};

}  // namespace countersign::ports
