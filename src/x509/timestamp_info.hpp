#pragma once
/// What a timestamp says: the TSTInfo of RFC 3161.
///
/// Source: notary-verification TS-10 to TS-13; RFC 3161 section 2.4.2. Stricter than the reference:
/// accuracies outside their range and critical extensions are refused. Not read: serial number,
/// ordering, nonce, name of the authority.

#include <cstdint>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "crypto/hash.hpp"

namespace countersign::x509 {

/// What was timestamped, as a hash of it.
struct MessageImprint {
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::kSha256;
  Bytes digest;
  /// Whether this is the imprint of `message` (TS-10).
  [[nodiscard]] bool is_of(BytesView message) const;
};

/// By how much the true time may differ from the stated one, to either side.
struct Accuracy {
  std::int64_t seconds = 0;
  std::int32_t nanoseconds = 0;  ///< 0 to 999,999,000
  friend bool operator==(const Accuracy&, const Accuracy&) = default;
};

struct TimestampInfo {
  /// Reads DER that makes up all of `der`. Errors: `kTimestampInvalid`, reasons TS-10 to TS-13.
  static Result<TimestampInfo> parse(BytesView der);

  MessageImprint imprint;
  Instant generated;  ///< genTime
  Accuracy accuracy;  ///< 1 s if unstated under ETSI's baseline policy, else 0 (TS-12)

  /// The bounds of the true time (TS-40).
  [[nodiscard]] Instant earliest() const noexcept;
  [[nodiscard]] Instant latest() const noexcept;
};

}  // namespace countersign::x509
