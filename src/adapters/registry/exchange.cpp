#include "adapters/registry/exchange.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "adapters/http/describe.hpp"
#include "adapters/registry/auth_steps.hpp"
#include "adapters/registry/credential_id.hpp"
#include "adapters/registry/warning.hpp"
#include "adapters/resilience/redirects.hpp"
#include "async/wakeup.hpp"

namespace countersign::registry {
namespace {

/// Another credential may do where this one did not. Some registries say of what one may not see
/// that it is not there.
bool is_refused(const Result<http::Response>& answer) {
  return answer ? answer->status == 403 || answer->status == 404
                : answer.error().outcome() == Outcome::kRegistryUnauthorized;
}

}  // namespace

http::Url Target::url(std::string_view rest) const {
  auto parsed =
      http::Url::parse(endpoint.base().origin() + "/v2/" + repository + "/" + std::string(rest));
  return *std::move(parsed);  // endpoint, repository and rest are of checked grammars
}

std::chrono::milliseconds Exchange::short_pause() const {
  const double base = static_cast<double>(options_.retry.base.count());
  return std::chrono::milliseconds(
      static_cast<std::chrono::milliseconds::rep>(base * (0.5 + 0.5 * jitter())));
}

double Exchange::jitter() const {
  if (options_.jitter) return options_.jitter();
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

Task<http::Response> Exchange::ask(Target target, Ask ask, Deadline deadline) {
  const http::Asked what(ask.method, ask.url);
  resilience::RetryState state;
  state.trace = target.trace;
  bool fresh_connection = false;
  for (;;) {
    state.retry_after.reset();
    ++state.attempts;
    auto response = co_await attempt(target, ask, state, fresh_connection, deadline);
    const bool misdirected = response && response->status == 421 && state.attempts == 1;
    if (response && !misdirected) {
      if (condition_of(ask.method, ask.category, *response) == resilience::Condition::kFine)
        co_return response;
      response = status_error(what.text(), *response);
    }
    if (misdirected) {
      fresh_connection = true;
      continue;
    }
    const Error& error = response.error();
    const auto pause = pause_before_retry(options_.retry, state, error.reason(), deadline,
                                          options_.clock->now(), jitter());
    if (!pause) {
      sender_.give_up(state);
      // A server that asks for more patience than we have limits our rate, whatever its status was.
      const bool asks_too_much = error.reason() == Reason("SERVER_ERROR") && state.retry_after &&
                                 state.attempts < options_.retry.max_attempts;
      if (asks_too_much)
        co_return Error(Outcome::kRegistryThrottled, "RATE_LIMITED", error.message());
      co_return response;
    }
    if (error.reason() == Reason("RATE_LIMITED")) state.waited_for_rate_limit = true;
    // A stalled connection must not stall the second attempt too.
    fresh_connection = error.reason() == Reason("TIMEOUT");
    [[maybe_unused]] const bool slept = co_await sleep_for(*options_.clock, *pause);
  }
}

Task<http::Response> Exchange::attempt(const Target& target, const Ask& ask,
                                       resilience::RetryState& state, bool fresh_connection,
                                       Deadline deadline) {
  auto chain = co_await target.credentials->of(target.access, target.endpoint.registry(),
                                               target.repository, deadline);
  if (!chain) co_return std::move(chain).error().while_doing(http::describe(ask.method, ask.url));
  const std::size_t count = std::min(chain->size(), ports::kMaxCredentials);
  std::optional<Result<http::Response>> refusal;
  for (std::size_t i = 0;; ++i) {
    const oci::Credential* credential = i < count ? &(*chain)[i] : nullptr;
    auto answer = co_await attempt_with(credential, target, ask, state, fresh_connection, deadline);
    if (!is_refused(answer)) co_return answer;
    // That it is not there is the word of one who may not see it as long as another was sent away.
    const bool is_missing = answer && answer->status == 404;
    if (!refusal && !is_missing) refusal = answer;
    if (i + 1 >= count) co_return is_missing&& refusal ? *std::move(refusal) : std::move(answer);
  }
}

Task<http::Response> Exchange::attempt_with(const oci::Credential* credential, const Target& target,
                                            const Ask& ask, resilience::RetryState& state,
                                            bool fresh_connection, Deadline deadline) {
  using Kind = AuthSteps::Next::Kind;
  const http::Asked what(ask.method, ask.url);
  // By repository: projects on one host may ask for different things.
  const std::string place = target.endpoint.base().origin() + "\n" + target.endpoint.registry() +
                            "\n" + target.repository;
  const Demand* known = hints_.find(place);
  AuthSteps steps(
      {.endpoint = target.endpoint, .repository = target.repository, .credential = credential},
      known != nullptr ? std::optional(*known) : std::nullopt);
  Reply last;
  AuthSteps::Next next = steps.start();
  while (true) {
    if (const auto refused = steps.take_refused()) tokens_.forget(*refused);
    switch (next.kind) {
      case Kind::kFetchToken: {
        auto token = co_await tokens_.get(steps.wish(), state, deadline);
        const bool from_cache = token && token->from_cache;
        next = steps.token(token ? Result<Secret>(std::move(token->value)) : token.error(),
                           from_cache);
        break;
      }
      case Kind::kSend: {
        auto reply = co_await follow(credential, target, ask, steps.authorization(), state,
                                     fresh_connection, deadline);
        if (!reply) co_return std::move(reply).error();
        last = *std::move(reply);
        next = steps.reply(last.response, last.left_origin);
        if (steps.learnt()) hints_.put(place, *steps.learnt());
        break;
      }
      case Kind::kAnswer:
        co_return std::move(last.response);
      case Kind::kFail:
        // A hint that leads nowhere is worse than none.
        if (!steps.learnt()) hints_.erase(place);
        co_return std::move(next.error).while_doing(what.text());
    }
  }
}

Task<Exchange::Reply> Exchange::follow(const oci::Credential* credential, const Target& target,
                                       const Ask& ask, std::optional<Secret> authorization,
                                       resilience::RetryState& state, bool fresh_connection,
                                       Deadline deadline) {
  resilience::Redirects redirects(ask.url);
  bool left_origin = false;
  for (;;) {
    const auto purpose = left_origin ? http::Purpose::kRedirect : http::Purpose::kRegistry;
    http::Request request{.method = ask.method,
                          .url = redirects.url(),
                          .route = target.endpoint.route_to(redirects.url(), purpose),
                          .max_body = ask.max_body,
                          .timeout = options_.exchange_timeout,
                          .fresh_connection = fresh_connection};
    request.headers.emplace_back("Accept", ask.accept);
    // Once away from the registry nothing of ours goes along, not even on the way back.
    if (!left_origin && authorization) request.authorization = *authorization;
    resilience::Account account{.registry = target.endpoint.registry(),
                                .repository = target.repository,
                                .credential = credential_id(credential),
                                .category = ask.category,
                                .kind = ask.kind};
    auto response = co_await sender_.send(std::move(account), std::move(request), state, deadline);
    if (!response) co_return std::move(response).error();
    if (target.trace != nullptr && !left_origin) note_warnings(*response, *target.trace);
    if (!resilience::is_redirect(response->status))
      co_return Reply{*std::move(response), left_origin};
    const http::Asked what(ask.method, redirects.url());
    auto next = redirects.target(*response);
    if (!next) co_return std::move(next).error().while_doing(what.text() + ": redirect");
    const bool leaves = !same_origin(*next, target.endpoint.base());
    if (leaves && ask.redirects == Ask::Redirects::kSameOrigin)
      co_return Reply{*std::move(response), left_origin};
    left_origin = left_origin || leaves;
    if (!redirects.follow(*std::move(next))) {
      co_return Error(Outcome::kRegistryMisbehaved, "BAD_RESPONSE",
                      what.text() + ": too many redirects, or in a circle");
    }
  }
}

}  // namespace countersign::registry
