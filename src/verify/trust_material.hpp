#pragma once
/// One generation of what is trusted.

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string_view>

#include "trust/policy_document.hpp"
#include "trust/trust_store.hpp"

namespace countersign::verify {

/// Names everything that a verdict rests on but for the image: two generations with the same id
/// judge alike. Default-constructed it is nobody's.
class TrustId {
 public:
  TrustId() = default;
  friend auto operator<=>(const TrustId&, const TrustId&) = default;

 private:
  friend TrustId trust_id(std::string_view policy, const trust::TrustStores& stores,
                          std::span<const std::string_view> conditions);
  std::array<std::uint8_t, 32> hash_{};
};

/// From the text of the policy, the certificates of the stores, and what else a verdict depends on:
/// digests of plugins, limits.
[[nodiscard]] TrustId trust_id(std::string_view policy, const trust::TrustStores& stores,
                               std::span<const std::string_view> conditions);

/// Immutable; a decision uses exactly one.
struct TrustMaterial {
  trust::PolicyDocument policy;
  trust::TrustStores stores;
  TrustId id = {};
};

}  // namespace countersign::verify
