#pragma once
/// WWW-Authenticate: what a registry asks for.
///
/// Source: RFC 9110 section 11 (grammar); oci-registry 4.1 (rules for malformed fields, selection).
/// Pure.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace countersign::registry {

struct Challenge {
  std::string scheme;  ///< lower case
  std::string token68;
  std::vector<std::pair<std::string, std::string>> parameters;  ///< names in lower case
  /// False if a parameter stands twice, or the field broke off inside it.
  bool usable = true;

  /// Empty if absent.
  [[nodiscard]] std::string_view parameter(std::string_view name) const noexcept;
};

struct ChallengeField {
  std::vector<Challenge> challenges;
  /// Parsing ended early; what stands before is still good.
  bool malformed = false;
  /// Beyond the limits: nothing of it counts, and what it holds is not known.
  bool too_much = false;
};

/// Parses one header field. Of one with more than 8 KiB or 16 challenges nothing counts.
[[nodiscard]] ChallengeField parse_challenges(std::string_view field);

/// What to answer a 401 with.
struct Demand {
  enum class Kind : std::uint8_t { kNone, kBasic, kBearer };
  Kind kind = Kind::kNone;
  std::string realm;
  std::string service;
  std::string scope;
  std::string error;  ///< "invalid_token", "insufficient_scope"
  std::string why;    ///< for kNone: what is wrong, for people
};

/// The first usable Bearer with a realm, else Basic; but a Bearer that cannot be used never turns
/// into Basic, nor does one in a field that is beyond the limits.
[[nodiscard]] Demand select_challenge(const std::vector<std::string_view>& fields);

}  // namespace countersign::registry
