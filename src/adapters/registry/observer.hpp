#pragma once
/// Counting exchanges, for metrics and reports.

#include <chrono>
#include <cstdint>
#include <string_view>

namespace countersign::registry {

/// What an exchange was for.
enum class ExchangeKind : std::uint8_t { kResolve, kReferrers, kManifest, kBlob, kToken };

[[nodiscard]] constexpr std::string_view name(ExchangeKind kind) noexcept {
  switch (kind) {
    case ExchangeKind::kResolve:
      return "resolve";
    case ExchangeKind::kReferrers:
      return "referrers";
    case ExchangeKind::kManifest:
      return "manifest";
    case ExchangeKind::kBlob:
      return "blob";
    case ExchangeKind::kToken:
      return "token";
  }
  return "";
}

class ExchangeObserver {
 public:
  ExchangeObserver() = default;
  ExchangeObserver(const ExchangeObserver&) = delete;
  ExchangeObserver& operator=(const ExchangeObserver&) = delete;
  virtual ~ExchangeObserver() = default;

  /// Called once for each request that was sent; `status` is 0 if no answer came. `registry` is the
  /// identity in the image reference, also for token servers and blob stores: others choose those,
  /// and labels must stay bounded.
  virtual void on_exchange(std::string_view registry, ExchangeKind kind, long status,
                           std::chrono::steady_clock::duration duration) noexcept = 0;
};

}  // namespace countersign::registry
