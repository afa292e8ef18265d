#pragma once
/// One request to one host, if that host's circuit breaker and rate gate let it through. What comes
/// back teaches both. They are kept for each registry and purpose apart.
///
/// Source: oci-registry 5.10. One for each worker, on its thread.

#include <string>

#include "adapters/http/transport.hpp"
#include "adapters/resilience/circuit_breaker.hpp"
#include "adapters/resilience/rate_gate.hpp"
#include "adapters/resilience/retry.hpp"
#include "async/clock.hpp"
#include "base/lru_map.hpp"
#include "ports/observer.hpp"

namespace countersign::resilience {

/// On whose behalf a request is sent.
struct Account {
  std::string registry;  ///< identity; also a metric's label
  ports::ExchangeKind kind = ports::ExchangeKind::kResolve;
};

class Sender {
 public:
  struct Options {
    /// Whether an answer says that our rate is limited, beside its status.
    bool (*is_rate_limited)(const http::Response& response) = nullptr;
    ports::Observer* observer = nullptr;
    Clock* clock = &real_clock();
  };

  /// All outlive it.
  Sender(http::Transport& transport, Options options) : transport_(transport), options_(options) {}

  /// `state.retry_after` is set if the answer asks to wait.
  /// Errors: the transport's; `kRegistryUnreachable` "CIRCUIT_OPEN"; `kRegistryThrottled`
  /// "RATE_LIMITED".
  Task<http::Response> send(Account account, http::Request request, RetryState& state,
                            Deadline deadline);

 private:
  struct Health {
    CircuitBreaker breaker;
    RateGate gate;
  };
  class Report;

  static std::string key(const Account& account, const http::Request& request);
  void learn(Health& health, const http::Response& response, RetryState& state);

  static constexpr std::size_t kMaxHosts = 4096;

  http::Transport& transport_;
  const Options options_;
  LruMap<Health> hosts_{kMaxHosts};
};

}  // namespace countersign::resilience
