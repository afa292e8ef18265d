#pragma once
/// Counting what the adapters do, for metrics and reports.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "revocation/status.hpp"

namespace countersign::ports {

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

/// Who counts what the adapters do. Every member may be called on every worker's thread, and does
/// nothing unless it is overridden.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  /// Called once for each request that was sent to a registry or for it; `status` is 0 if no answer
  /// came. `registry` is the identity in the image reference, also for token servers and blob
  /// stores: others choose those, and labels must stay bounded.
  virtual void on_exchange(std::string_view registry, ExchangeKind kind, long status,
                           std::chrono::steady_clock::duration duration) noexcept;
  /// `method` is "ocsp", "crl" or "ocsp-fallback-crl"; once for each certificate that was asked
  /// about.
  virtual void on_check(std::string_view method, revocation::Status status) noexcept;
  /// `cache` is "ocsp" or "crl"; `result` is "hit", "miss" or "refresh".
  virtual void on_cache(std::string_view cache, std::string_view result,
                        std::size_t entries) noexcept;
};

}  // namespace countersign::ports
