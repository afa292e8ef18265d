#include "adapters/registry/token_source.hpp"

#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "adapters/http/curl_transport.hpp"
#include "adapters/registry/error_answer.hpp"
#include "async/timer.hpp"
#include "crypto/hash.hpp"

namespace countersign::registry {
namespace {

// Wrong passwords lock accounts, so a refusal is believed for a while.
constexpr std::chrono::seconds kRefusalTtl{5};
constexpr std::chrono::seconds kLeastMargin{10};

Error budget_exhausted() {
  return {Outcome::kDeadlineExceeded, "BUDGET_EXHAUSTED", "waiting for a token"};
}

/// What a token server's refusal means, which is not what a registry's would.
Error refusal(const std::string& what, const http::Response& response) {
  Error error = status_error(what, response);
  if (error.outcome() == Outcome::kImageNotFound) {
    return {Outcome::kRegistryMisbehaved, "BAD_RESPONSE", error.message()};
  }
  return error;
}

}  // namespace

/// One request that is under way, and those who wait for it.
struct TokenSource::Flight {
  std::optional<Result<Token>> result;
  std::list<Timer*> waiters;

  void wake_all() {
    for (Timer* timer : waiters) timer->cancel();
  }
};

/// Ends the flight however the leader ends, also when it is cancelled.
class TokenSource::Leading {
 public:
  Leading(TokenSource& source, std::string key) : source_(source), key_(std::move(key)) {
    flight_ = std::make_shared<Flight>();
    source_.flights_.insert_or_assign(key_, flight_);
  }
  Leading(const Leading&) = delete;
  Leading& operator=(const Leading&) = delete;
  ~Leading() {
    source_.flights_.erase(key_);
    flight_->wake_all();
  }
  void set_result(Result<Token> result) { flight_->result = std::move(result); }

 private:
  TokenSource& source_;
  std::string key_;
  std::shared_ptr<Flight> flight_;
};

std::string TokenSource::key_of(const TokenWish& wish) {
  // The credential stands in it only as a hash, and the key is never shown.
  std::string who = "anonymous";
  if (wish.credential) {
    crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
    for (const std::string* part : {&wish.credential->username, &wish.credential->password.reveal(),
                                    &wish.credential->identity_token.reveal()}) {
      hasher.update(as_bytes(std::to_string(part->size()) + ":"));
      hasher.update(as_bytes(*part));
    }
    who = to_hex(hasher.finish());
  }
  std::string key =
      wish.registry + "\n" + wish.realm.to_string() + "\n" + wish.service + "\n" + who;
  for (const std::string& scope : wish.scopes) key.append("\n").append(scope);
  return key;
}

std::optional<Result<Token>> TokenSource::known(const std::string& key) {
  if (const Cached* cached = tokens_.find(key);
      cached != nullptr && Clock::now() < cached->usable_until) {
    return Result<Token>(Token{cached->value, true});
  }
  if (const Refusal* refused = refusals_.find(key);
      refused != nullptr && Clock::now() < refused->until) {
    return Result<Token>(*refused->error);
  }
  return std::nullopt;
}

void TokenSource::forget(const TokenWish& wish) { tokens_.erase(key_of(wish)); }

/// True if the flight ended, false at the deadline or when cancelled.
Task<bool> TokenSource::wait_for(std::shared_ptr<Flight> flight, Deadline deadline) {
  const Executor executor = co_await asio::this_coro::executor;
  Timer timer(executor, deadline.at());
  flight->waiters.push_back(&timer);
  struct Leave {
    Flight& flight;
    Timer* timer;
    ~Leave() { flight.waiters.remove(timer); }
  } leave{*flight, &timer};
  const auto [error] = co_await timer.async_wait(kTuple);
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  co_return error&& cancellation.cancelled() == asio::cancellation_type::none;
}

Task<Token> TokenSource::get(TokenWish wish, RetryState& state, Deadline deadline) {
  const std::string key = key_of(wish);
  for (;;) {
    if (auto answer = known(key)) co_return *std::move(answer);
    const auto flying = flights_.find(key);
    if (flying == flights_.end()) break;
    const std::shared_ptr<Flight> flight = flying->second;
    auto ended = co_await wait_for(flight, deadline);
    if (!ended || !*ended) co_return budget_exhausted();
    // Without a result the leader was cancelled or ran out of its own time: then this one may lead.
    if (flight->result) co_return *flight->result;
  }
  Leading leading(*this, key);
  auto token = co_await fetch(std::move(wish), key, state, deadline);
  if (token || token.error().outcome() != Outcome::kDeadlineExceeded) leading.set_result(token);
  co_return token;
}

Task<Token> TokenSource::fetch(TokenWish wish, std::string key, RetryState& state,
                               Deadline deadline) {
  Result<Token> last = Error();
  for (const TokenForm form : token_forms(wish)) {
    http::Request request = token_request(wish, form);
    const std::string what = http::describe(request.method, request.url);
    auto response =
        co_await sender_.send(ports::ExchangeKind::kToken, std::move(request), state, deadline);
    if (!response) co_return std::move(response).error();
    if (response->status == 200) {
      auto answer = read_token_answer(response->body, Instant::now());
      if (!answer) co_return std::move(answer).error().while_doing(what);
      const auto margin = std::max(kLeastMargin, answer->lifetime / 10);
      if (answer->lifetime > margin) {
        tokens_.put(key, Cached{answer->token, Clock::now() + (answer->lifetime - margin)});
      }
      co_return Token{std::move(answer->token), false};
    }
    if (response->status >= 300 && response->status < 400) {
      co_return Error(Outcome::kRegistryMisbehaved, "BAD_RESPONSE",
                      what + ": a token server must not redirect");
    }
    last = refusal(what, *response);
    if (!wants_other_form(form, response->status)) break;
  }
  if (last.error().reason() == Reason("UNAUTHENTICATED")) {
    refusals_.put(key, Refusal{last.error(), Clock::now() + kRefusalTtl});
  }
  co_return last;
}

}  // namespace countersign::registry
