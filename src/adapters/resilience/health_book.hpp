#pragma once
/// What is known of the health of servers, for all workers.
///
/// Whoever owns one repository chooses what its registry answers there: errors, limits, silence. So
/// an answer is held against that registry, repository, credential and category alone. A server as
/// a whole is left alone only while it cannot be reached at all: its name, its port, its TLS.
///
/// Source: oci-registry 5.10; decisions 32. Deviation: three repositories that fail alike hold back
/// no fourth, since whoever owns three could then stop one that is asked for the first time. Any
/// thread may call; the time is an argument.

#include <chrono>
#include <mutex>
#include <string>

#include "adapters/resilience/account.hpp"
#include "adapters/resilience/circuit_breaker.hpp"
#include "adapters/resilience/rate_gate.hpp"
#include "base/lru_map.hpp"

namespace countersign::resilience {

class HealthBook {
 public:
  using Time = Deadline::Clock::time_point;
  /// Tenants choose names; beyond this, what was not used for the longest time is forgotten.
  static constexpr std::size_t kMaxEntries = 4096;

  /// Where a request goes, and for whom.
  struct Place {
    std::string server;      ///< registry and origin
    std::string repository;  ///< registry and repository
    std::string own;         ///< everything
  };
  [[nodiscard]] static Place place_of(const Account& account, const std::string& origin);

  enum class Answer : std::uint8_t {
    kAsk,          ///< its end must be told to `ended`
    kRateLimited,  ///< it limited this asker's rate a moment ago
    kFails,        ///< it failed this asker again and again
    kUnreachable,  ///< nobody can reach it
  };
  [[nodiscard]] Answer may_ask(const Place& place, bool is_get, Time now);

  enum class End : std::uint8_t {
    kSucceeded,    ///< a usable answer
    kFailed,       ///< trouble that was answered, or came after the request was sent
    kUnreachable,  ///< trouble before the request could be sent
    kNothing,      ///< cancelled, out of time, refused by us: says nothing
  };
  void ended(const Place& place, End end, Time now);

  /// Nothing of this asker's is let through for so long (at most RateGate::kLongest).
  void close(const Place& place, std::chrono::seconds span, Time now);
  /// No GET is.
  void close_for_get(const Place& place, std::chrono::seconds span, Time now);

  /// Entries of askers; for metrics.
  [[nodiscard]] std::size_t size() const;

 private:
  struct Own {
    CircuitBreaker breaker;
    RateGate gate;
  };
  struct Worked {};

  mutable std::mutex mutex_;
  LruMap<Own> own_{kMaxEntries};
  LruMap<CircuitBreaker> servers_{kMaxEntries};
  LruMap<Worked> worked_{kMaxEntries};  ///< repositories that gave a usable answer
};

}  // namespace countersign::resilience
