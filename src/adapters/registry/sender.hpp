#pragma once
/// One request to one host, if that host's circuit breaker and rate gate let it through. What comes
/// back teaches both. They are kept for each registry and purpose apart.
///
/// Source: oci-registry 5.10.

#include <string>

#include "adapters/http/transport.hpp"
#include "adapters/registry/circuit_breaker.hpp"
#include "adapters/registry/options.hpp"
#include "base/lru_map.hpp"

namespace countersign::http {
class Url;
}

namespace countersign::registry {

class Sender {
 public:
  /// Both outlive it.
  Sender(http::Transport& transport, const Options& options)
      : transport_(transport), options_(options) {}

  /// `state.retry_after` is set if the answer asks to wait.
  /// Errors: the transport's; `kRegistryUnreachable` "CIRCUIT_OPEN"; `kRegistryThrottled`
  /// "RATE_LIMITED".
  Task<http::Response> send(ports::ExchangeKind kind, http::Request request, RetryState& state,
                            Deadline deadline);

 private:
  struct Health {
    CircuitBreaker breaker;
    RateGate gate;
  };
  class Report;

  static std::string key(const http::Request& request, const http::Url& url);
  void learn(Health& health, const http::Response& response, RetryState& state);

  static constexpr std::size_t kMaxHosts = 4096;

  http::Transport& transport_;
  const Options& options_;
  LruMap<Health> hosts_{kMaxHosts};
};

}  // namespace countersign::registry
