#pragma once
/// The closed list of outcomes: what verification of one image, or handling of one request, can end
/// in.
///
/// Used by every layer, the command line, metrics, logs and docs. Codes are a contract: they never
/// change meaning. docs/outcomes.md has one section for each, found by `anchor`.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace countersign {

/// Names as in docs/outcomes.md. The order is the order of the codes.
enum class Outcome : std::uint8_t {
  kVerified,
  kSkipped,
  kUnsigned,
  kUntrustedSigner,
  kIdentityMismatch,
  kSignatureInvalid,
  kSignatureExpired,
  kCertificateExpired,
  kTimestampInvalid,
  kRevoked,
  kPluginRequired,
  kNoPolicy,
  kImageNotFound,
  kInvalidReference,
  kPlatformUnsigned,
  kRegistryRefused,
  kMetadataMismatch,
  kRevocationUnknown,
  kRegistryUnauthorized,
  kRegistryThrottled,
  kRegistryUnreachable,
  kRegistryMisbehaved,
  kDeadlineExceeded,
  kOverloaded,
  kMalformedReview,
  kUnsupportedObject,
  kInternalError,
};

/// What kind of answer an outcome is. `kNone` admits; all others deny in enforce mode.
enum class OutcomeClass : std::uint8_t {
  kNone,     ///< verified or skipped
  kVerdict,  ///< we know, and the answer is no: retrying does not help
  kOutage,   ///< we could not find out: retrying may help
  kRequest,  ///< the request itself cannot be read
};

struct OutcomeInfo {
  Outcome outcome;
  std::string_view code;  ///< "CS101"
  std::string_view name;  ///< "unsigned"
  OutcomeClass kind;
  std::string_view text;    ///< one line: what it means
  std::string_view remedy;  ///< one line: what to do; empty if there is nothing to do
  std::string_view anchor;  ///< section of docs/outcomes.md
};

[[nodiscard]] const OutcomeInfo& info(Outcome outcome) noexcept;
[[nodiscard]] std::span<const OutcomeInfo> all_outcomes() noexcept;
[[nodiscard]] inline std::string_view code(Outcome outcome) noexcept { return info(outcome).code; }
[[nodiscard]] inline std::string_view name(Outcome outcome) noexcept { return info(outcome).name; }
[[nodiscard]] inline OutcomeClass class_of(Outcome outcome) noexcept { return info(outcome).kind; }
/// "", "verdict", "outage" or "request".
[[nodiscard]] std::string_view name(OutcomeClass kind) noexcept;
/// True only for `kVerified` and `kSkipped`.
[[nodiscard]] inline bool admits(Outcome outcome) noexcept {
  return outcome == Outcome::kVerified || outcome == Outcome::kSkipped;
}

}  // namespace countersign
