#pragma once
/// Tokens, fetched once for all who need the same one, and kept until shortly before they end.
///
/// A fetch is a task of its own with its own bound: who waits for it only leaves, and the retry
/// finds the token there.
///
/// Source: oci-registry 4.5.

#include <memory>
#include <optional>
#include <string>

#include "adapters/registry/token.hpp"
#include "adapters/resilience/sender.hpp"
#include "async/single_flight.hpp"
#include "base/lru_map.hpp"

namespace countersign::registry {

struct Token {
  Secret value;
  bool from_cache = false;
};

class TokenSource {
 public:
  /// Of one fetch, all its forms and attempts.
  static constexpr std::chrono::milliseconds kFetchLimit{10'000};

  /// Both outlive its fetches, which are tasks of `tasks`.
  TokenSource(resilience::Sender& sender, TaskSet& tasks) : sender_(sender), tasks_(tasks) {}

  /// A token for the wish. Concurrent callers share one request. Its exchanges count for who began
  /// it; `state.retry_after` is set for all. Errors: "UNAUTHENTICATED" and "DENIED"
  /// (`kRegistryUnauthorized`), "RATE_LIMITED", "SERVER_ERROR", "BAD_RESPONSE", and the
  /// transport's.
  Task<Token> get(TokenWish wish, resilience::RetryState& state, Deadline deadline);
  /// The registry did not take it.
  void forget(const TokenWish& wish);

 private:
  struct Cached {
    Secret value;
    Clock::TimePoint usable_until;
  };
  struct Refusal {
    std::optional<Error> error;
    Clock::TimePoint until;
  };
  /// What a fetch came to.
  struct Fetched {
    Result<Token> token;
    unsigned exchanges = 0;
    std::optional<std::chrono::seconds> retry_after{};
  };
  using Flights = SingleFlight<std::string, Fetched>;

  static std::string key_of(const TokenWish& wish);
  std::optional<Result<Token>> known(const std::string& key);
  static asio::awaitable<std::shared_ptr<const Fetched>, Executor> fly(TokenSource& self,
                                                                       TokenWish wish,
                                                                       std::string key);
  Task<Token> fetch(const TokenWish& wish, const std::string& key, resilience::RetryState& state,
                    Deadline deadline);

  static constexpr std::size_t kMaxTokens = 4096;

  resilience::Sender& sender_;
  TaskSet& tasks_;
  LruMap<Cached> tokens_{kMaxTokens};
  LruMap<Refusal> refusals_{kMaxTokens};
  Flights flights_{std::chrono::milliseconds(kFetchLimit)};
};

}  // namespace countersign::registry
