#include "adapters/registry/token_source.hpp"

#include <utility>

#include "adapters/http/describe.hpp"
#include "adapters/registry/credential_id.hpp"
#include "adapters/registry/error_answer.hpp"

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
  if (response.status == 404) {
    return {Outcome::kRegistryMisbehaved, "BAD_RESPONSE", error.message()};
  }
  return error;
}

const oci::Credential* shown(const TokenWish& wish) {
  return wish.credential ? &*wish.credential : nullptr;
}

}  // namespace

std::string TokenSource::key_of(const TokenWish& wish) {
  const std::string who = credential_id(shown(wish));
  std::string key =
      wish.endpoint.registry() + "\n" + wish.realm.to_string() + "\n" + wish.service + "\n" + who;
  for (const std::string& scope : wish.scopes) key.append("\n").append(scope);
  return key;
}

std::optional<Result<Token>> TokenSource::known(const std::string& key) {
  if (const Cached* cached = tokens_.find(key);
      cached != nullptr && tasks_.clock().now() < cached->usable_until) {
    return Result<Token>(Token{cached->value, true});
  }
  if (const Refusal* refused = refusals_.find(key);
      refused != nullptr && tasks_.clock().now() < refused->until) {
    return Result<Token>(*refused->error);
  }
  return std::nullopt;
}

void TokenSource::forget(const TokenWish& wish) { tokens_.erase(key_of(wish)); }

Task<Token> TokenSource::get(TokenWish wish, resilience::RetryState& state, Deadline deadline) {
  std::string key = key_of(wish);
  if (auto answer = known(key)) co_return *std::move(answer);
  if (tasks_.clock().now() >= deadline.at()) co_return budget_exhausted();
  const Flights::Begin begin = [&]() -> Result<Flights::Work> {
    return Flights::Work([this, wish, key] { return fly(*this, wish, key); });
  };
  const auto joined = co_await flights_.join(key, tasks_, deadline, begin);
  if (joined.end != Joined<Fetched>::End::kEnded || !joined.value) co_return budget_exhausted();
  const Fetched& fetched = *joined.value;
  if (joined.began && state.trace != nullptr) state.trace->exchanges += fetched.exchanges;
  if (fetched.retry_after) state.retry_after = fetched.retry_after;
  co_return fetched.token;
}

asio::awaitable<std::shared_ptr<const TokenSource::Fetched>, Executor> TokenSource::fly(
    TokenSource& self, TokenWish wish, std::string key) {
  ports::Trace trace;
  resilience::RetryState state;
  state.trace = &trace;
  auto token =
      co_await self.fetch(wish, key, state, Deadline(self.tasks_.clock().now() + kFetchLimit));
  co_return std::make_shared<const Fetched>(std::move(token), trace.exchanges, state.retry_after);
}

Task<Token> TokenSource::fetch(const TokenWish& wish, const std::string& key,
                               resilience::RetryState& state, Deadline deadline) {
  Result<Token> last = Error();
  for (const TokenForm form : token_forms(wish)) {
    http::Request request = token_request(wish, form);
    const http::Asked what(request.method, request.url);
    resilience::Account account{.registry = wish.endpoint.registry(),
                                .repository = wish.repository,
                                .credential = credential_id(shown(wish)),
                                .category = resilience::Category::kToken,
                                .kind = ports::ExchangeKind::kToken};
    auto response = co_await sender_.send(std::move(account), std::move(request), state, deadline);
    if (!response) co_return std::move(response).error();
    if (response->status == 200) {
      auto answer = read_token_answer(response->body, tasks_.clock().utc());
      if (!answer) co_return std::move(answer).error().while_doing(what.text());
      const auto margin = std::max(kLeastMargin, answer->lifetime / 10);
      if (answer->lifetime > margin) {
        tokens_.put(key, Cached{answer->token, tasks_.clock().now() + (answer->lifetime - margin)});
      }
      co_return Token{std::move(answer->token), false};
    }
    if (response->status >= 300 && response->status < 400) {
      co_return Error(Outcome::kRegistryMisbehaved, "BAD_RESPONSE",
                      what.text() + ": a token server must not redirect");
    }
    last = refusal(what.text(), *response);
    if (!wants_other_form(form, response->status)) break;
  }
  if (last.error().reason() == Reason("UNAUTHENTICATED")) {
    refusals_.put(key, Refusal{last.error(), tasks_.clock().now() + kRefusalTtl});
  }
  co_return last;
}

}  // namespace countersign::registry
