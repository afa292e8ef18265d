#pragma once
/// One request to one server, if it is worth asking. What comes back is told to the book of health,
/// which all workers share.
///
/// Source: oci-registry 5.10. One for each worker, on its thread.

#include "adapters/http/transport.hpp"
#include "adapters/resilience/account.hpp"
#include "adapters/resilience/health_book.hpp"
#include "adapters/resilience/retry.hpp"
#include "async/clock.hpp"
#include "ports/observer.hpp"

namespace countersign::resilience {

/// What an answer says of its server.
enum class Condition : std::uint8_t { kFine, kTrouble, kRateLimited };

class Sender {
 public:
  struct Options {
    Condition (*condition_of)(http::Method method, Category category,
                              const http::Response& response) = nullptr;
    ports::Observer* observer = nullptr;
    Clock* clock = &real_clock();
  };

  /// All outlive it.
  Sender(http::Transport& transport, HealthBook& health, Options options)
      : transport_(transport), health_(health), options_(options) {}

  /// `state.retry_after` is set if the answer asks to wait, `state.limited` if it limits our rate
  /// without a word of when to come back.
  /// Errors: the transport's; `kRegistryUnreachable` "CIRCUIT_OPEN"; `kRegistryThrottled`
  /// "RATE_LIMITED".
  Task<http::Response> send(Account account, http::Request request, RetryState& state,
                            Deadline deadline);

  /// The rate limit of `state.limited` is believed: nothing more is asked there for a while.
  void give_up(const RetryState& state);

 private:
  class Report;
  void learn(const HealthBook::Place& place, bool limited, const http::Response& response,
             RetryState& state);

  http::Transport& transport_;
  HealthBook& health_;
  const Options options_;
};

}  // namespace countersign::resilience
