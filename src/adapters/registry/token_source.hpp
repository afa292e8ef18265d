#pragma once
/// Tokens, fetched once for all who need the same one, and kept until shortly before they end.
///
/// Source: oci-registry 4.5.

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "adapters/registry/sender.hpp"
#include "adapters/registry/token.hpp"
#include "base/lru_map.hpp"

namespace countersign::registry {

struct Token {
  oci::Secret value;
  bool from_cache = false;
};

class TokenSource {
 public:
  explicit TokenSource(Sender& sender) : sender_(sender) {}

  /// A token for the wish. Concurrent callers share one request; if the one that sends it is
  /// cancelled, another takes over. Errors: "UNAUTHENTICATED" and "DENIED"
  /// (`kRegistryUnauthorized`), "RATE_LIMITED", "SERVER_ERROR", "BAD_RESPONSE", and the
  /// transport's.
  Task<Token> get(TokenWish wish, RetryState& state, Deadline deadline);
  /// The registry did not take it.
  void forget(const TokenWish& wish);

 private:
  using Clock = Deadline::Clock;
  struct Cached {
    oci::Secret value;
    Clock::time_point usable_until;
  };
  struct Refusal {
    std::optional<Error> error;
    Clock::time_point until;
  };
  struct Flight;
  class Leading;

  static std::string key_of(const TokenWish& wish);
  std::optional<Result<Token>> known(const std::string& key);
  Task<Token> fetch(TokenWish wish, std::string key, RetryState& state, Deadline deadline);
  static Task<bool> wait_for(std::shared_ptr<Flight> flight, Deadline deadline);

  static constexpr std::size_t kMaxTokens = 4096;

  Sender& sender_;
  LruMap<Cached> tokens_{kMaxTokens};
  LruMap<Refusal> refusals_{kMaxTokens};
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace countersign::registry
