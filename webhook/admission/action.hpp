#pragma once
/// What a rule asks for, and the words for it in the configuration file, in logs and in metrics.
///
/// Source: interface 4 (`enforcement`), decisions 23; kubernetes-admission K-110.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace countersign::admission {

/// What becomes of an image that does not verify. The strictest comes first.
enum class Action : std::uint8_t {
  kEnforce,  ///< denied
  kWarn,     ///< admitted, with a warning to the user, and recorded
  kAudit,    ///< admitted and recorded
  kSkip,     ///< not looked at
};
/// In the order of the enumerators.
inline constexpr std::array<std::string_view, 4> kActionNames = {"enforce", "warn", "audit",
                                                                 "skip"};
[[nodiscard]] constexpr std::string_view name(Action action) noexcept {
  return kActionNames[static_cast<std::size_t>(action)];
}

/// What becomes of an object of a kind that we cannot read.
enum class UnknownKinds : std::uint8_t { kDeny, kAllow };
/// In the order of the enumerators.
inline constexpr std::array<std::string_view, 2> kUnknownKindsNames = {"deny", "allow"};

}  // namespace countersign::admission
