#pragma once
/// What the engine says of one image, with everything that an operator wants to know about why.
/// Values only.
///
/// Source: interface of `verify --output json`; notary-verification VE-10; decisions 2 and 3.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/instant.hpp"
#include "base/outcome.hpp"
#include "trust/verification_level.hpp"

namespace countersign::verdict {

enum class CheckResult : std::uint8_t { kPassed, kFailed, kSkipped, kNotReached };
[[nodiscard]] std::string_view name(
    CheckResult result) noexcept;  ///< "passed", "failed", "skipped", "notReached"

struct CheckReport {
  trust::Check check = trust::Check::kIntegrity;
  CheckResult result = CheckResult::kNotReached;
  trust::CheckAction action = trust::CheckAction::kEnforce;
  std::string reason;  ///< empty unless it failed or was skipped
};

struct Signer {
  std::string subject;
  std::string issuer;
  std::string serial;      ///< hex
  std::string thumbprint;  ///< SHA-256 of the certificate, hex
};

/// The steps of notary-verification 8.2, in their order. A signature's rank among failed ones is
/// how far it came.
enum class Step : std::uint8_t {
  kFetch,
  kStructure,
  kTrustStore,
  kIntegrity,
  kPlugin,
  kIdentity,
  kExpiry,
  kTimestamp,
  kRevocation,
  kTarget,
  kUserMetadata,
  kDone,
};

/// One candidate signature. A default-constructed report is a failure.
struct SignatureReport {
  std::string digest;      ///< of the signature manifest
  std::string media_type;  ///< of the envelope; empty if it was never read
  std::string scheme;  ///< "notary.x509" or "notary.x509.signingAuthority"; empty if never known
  std::string signing_time;                          ///< RFC 3339, empty if unknown
  std::string expiry;                                ///< RFC 3339, empty if there is none
  Signer signer;                                     ///< empty strings if never known
  std::map<std::string, std::string> user_metadata;  ///< only of a verified signature
  std::vector<CheckReport> checks;  ///< all five, in the order of trust::kAllChecks
  Outcome outcome = Outcome::kInternalError;
  Step stopped_at = Step::kFetch;  ///< `kDone` exactly if it verified
  Reason reason;                   ///< the rule that it broke; none if it verified
  std::string message;             ///< why it failed; empty if it verified
  bool holds_trusted = false;      ///< a certificate of its chain is in a trust store
  unsigned link_checks = 0;        ///< signatures of certificates that were checked for it
  /// Of a verified signature: until when it stays so without being judged anew, which is the first
  /// end of what it rests on: certificates, its own expiry, answers about revocation.
  std::optional<Instant> valid_until;
  std::vector<std::string> warnings;
};

struct Timings {
  double total_ms = 0;
  double registry_ms = 0;  ///< of that, waiting for the registry
  unsigned exchanges = 0;  ///< HTTP requests sent for this image
};

/// The outages that what verified lately may bridge (decisions 1): also where all room was taken.
/// Mostly somebody else is down, slow or overloaded; what else they cover: docs/adr/0009.
[[nodiscard]] constexpr bool may_be_bridged(Outcome outcome) noexcept {
  return outcome == Outcome::kRevocationUnknown || outcome == Outcome::kRegistryThrottled ||
         outcome == Outcome::kRegistryUnreachable || outcome == Outcome::kDeadlineExceeded ||
         outcome == Outcome::kOverloaded;
}

/// Default-constructed it denies. Shared by all who ask for the same, so it never changes once it
/// is said; what belongs to one asker is in his Answer.
struct Verdict {
  std::string repository;  ///< normalised registry/repository; empty for an invalid reference
  std::string digest;      ///< what the reference resolved to; empty if it never did
  Outcome outcome = Outcome::kInternalError;
  Reason reason;          ///< the rule that decided; none if it verified
  std::string message;    ///< one line, without code and remedy
  std::string remedy;     ///< one line; empty if there is nothing to do
  std::string statement;  ///< trust policy statement; empty if none applied
  std::vector<SignatureReport> signatures;
  std::vector<std::string> warnings;
  std::vector<std::string> registry_warnings;  ///< what the registry says to its users
  Timings timings;
  /// Unsigned, as far as a registry says that answers oddly: not a reason to forget what is known.
  bool is_tentative = false;
  /// Of a verified image: that of the signature that verified.
  std::optional<Instant> valid_until;
};

}  // namespace countersign::verdict
