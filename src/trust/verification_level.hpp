#pragma once
/// Verification levels: which of the five checks a failure of which is fatal.
///
/// Source: notary-verification 7.6, PO-12.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace countersign::trust {

/// The five level-controlled checks, in the order of the specification's table.
enum class Check : std::uint8_t {
  kIntegrity,
  kAuthenticity,
  kAuthenticTimestamp,
  kExpiry,
  kRevocation
};
inline constexpr std::size_t kChecks = 5;
inline constexpr std::array kAllChecks = {Check::kIntegrity, Check::kAuthenticity,
                                          Check::kAuthenticTimestamp, Check::kExpiry,
                                          Check::kRevocation};
/// "integrity", "authenticity", "authenticTimestamp", "expiry", "revocation"
[[nodiscard]] std::string_view name(Check check) noexcept;

/// How far a failed check goes: fatal for the signature, a warning, or not performed.
enum class CheckAction : std::uint8_t { kEnforce, kLog, kSkip };
[[nodiscard]] std::string_view name(CheckAction action) noexcept;  ///< "enforce", "log", "skip"

/// A level with its overrides applied. Default-constructed it is `strict`.
struct VerificationLevel {
  std::string name = "strict";  ///< "custom" once anything is overridden
  std::array<CheckAction, kChecks> actions{};

  [[nodiscard]] CheckAction of(Check check) const noexcept {
    return actions[static_cast<std::size_t>(check)];
  }
  /// Level `skip`: no verification, no network.
  [[nodiscard]] bool skips_everything() const noexcept {
    return of(Check::kIntegrity) == CheckAction::kSkip;
  }
};

}  // namespace countersign::trust
