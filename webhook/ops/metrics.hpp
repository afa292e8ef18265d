#pragma once
/// Counters and histograms of the running webhook, and their Prometheus text.
///
/// Names are a contract (docs/metrics.md). Labels are bounded: no image, digest, uid or user ever
/// becomes one.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/outcome.hpp"

namespace countersign::ops {

/// May be used from every thread. All known label sets start at 0.
class Metrics {
 public:
  Metrics(std::string_view version, std::string_view commit);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// `decision`: "allow", "deny", "would-deny", "skip" or "error"; `action`: "enforce", "warn",
  /// "audit", "skip".
  void count_review(std::string_view decision, std::string_view action, double seconds);
  /// An image, or an object whose images could not be read.
  void count_verdict(Outcome outcome);
  void observe_verification(double seconds);
  /// `registry` is one that the configuration names, else "other".
  void count_exchange(std::string_view registry, std::string_view kind, long status,
                      double seconds);
  /// `method`: "ocsp", "crl" or "ocsp-fallback-crl"; `result`: "good", "revoked" or "unknown".
  void count_revocation(std::string_view method, std::string_view result) noexcept;
  /// `cache`: "ocsp" or "crl"; `result`: "hit", "miss" or "refresh".
  void count_cache(std::string_view cache, std::string_view result, std::size_t entries) noexcept;
  void count_coalesced(std::uint64_t total);
  /// Under way, and waiting for room to begin.
  void set_in_flight(std::size_t verifications, std::size_t waiting);
  void set_certificate_not_after(std::string_view role, std::int64_t unix_seconds);
  void set_config_generation(std::uint64_t generation, std::int64_t loaded_at_unix_seconds);

  /// Prometheus text format 0.0.4.
  [[nodiscard]] std::string text() const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace countersign::ops
