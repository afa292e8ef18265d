#include "adapters/registry/exchange.hpp"

#include <random>
#include <set>
#include <utility>

#include "adapters/http/describe.hpp"
#include "adapters/registry/auth_steps.hpp"
#include "adapters/registry/error_answer.hpp"
#include "adapters/registry/headers.hpp"
#include "adapters/registry/warning.hpp"
#include "async/wakeup.hpp"

namespace countersign::registry {
namespace {

constexpr unsigned kMaxHops = 3;

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// The target of a redirect from `from`.
Result<http::Url> redirect_target(const std::string& what, const http::Response& response,
                                  const http::Url& from) {
  const auto bad = [&](std::string_view why) {
    return Error(Outcome::kRegistryMisbehaved, "BAD_RESPONSE",
                 what + ": redirect: " + std::string(why));
  };
  if (is_contradictory(response, "location")) return bad("two different Location headers");
  if (response.redirect_url.empty()) return bad("no usable Location");
  auto next = http::Url::parse(response.redirect_url);
  if (!next) return bad(next.error().message());
  if (from.is_https() && !next->is_https()) return bad("from https to http");
  return next;
}

}  // namespace

http::Url Target::url(std::string_view rest) const {
  auto parsed = http::Url::parse(endpoint.origin() + "/v2/" + repository + "/" + std::string(rest));
  return *std::move(parsed);  // endpoint, repository and rest are of checked grammars
}

Result<Target> target_of(const oci::ImageReference& image,
                         std::shared_ptr<const http::Settings> peers) {
  const std::string& registry = image.registry();
  const http::RegistryMatch match = http::find_registry(*peers, registry);
  const std::string host = registry == "docker.io" ? "registry-1.docker.io" : registry;
  auto endpoint =
      http::Url::parse((http::uses_plain_http(match) ? "http://" : "https://") + host + "/");
  if (!endpoint) return Error(Outcome::kInvalidReference, "host", endpoint.error().message());
  return Target{.registry = registry,
                .repository = image.repository(),
                .endpoint = *std::move(endpoint),
                .peers = std::move(peers),
                .trace = nullptr};
}

double Exchange::jitter() const {
  if (options_.jitter) return options_.jitter();
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(engine);
}

Task<http::Response> Exchange::ask(Target target, Ask ask, Deadline deadline) {
  const http::Asked what(ask.method, ask.url.to_string());
  RetryState state;
  state.trace = target.trace;
  bool fresh_connection = false;
  for (;;) {
    state.retry_after.reset();
    ++state.attempts;
    auto response = co_await attempt(target, ask, state, fresh_connection, deadline);
    const bool misdirected = response && response->status == 421 && state.attempts == 1;
    if (response && !misdirected) {
      if (response->status < 400) co_return response;
      const Error meaning = status_error(what.text(), *response);
      const bool failed =
          meaning.reason() == Reason("RATE_LIMITED") || meaning.reason() == Reason("SERVER_ERROR");
      if (!failed) co_return response;
      response = meaning;
    }
    if (misdirected) {
      fresh_connection = true;
      continue;
    }
    const Error& error = response.error();
    const auto pause = pause_before_retry(options_.retry, state, error.reason(), deadline,
                                          options_.clock->now(), jitter());
    if (!pause) {
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

Task<http::Response> Exchange::attempt(const Target& target, const Ask& ask, RetryState& state,
                                       bool fresh_connection, Deadline deadline) {
  using Kind = AuthSteps::Next::Kind;
  const http::Asked what(ask.method, ask.url.to_string());
  const std::string place = target.endpoint.origin() + "\n" + target.registry;
  const Demand* known = hints_.find(place);
  AuthSteps steps({.peers = target.peers,
                   .registry = target.registry,
                   .repository = target.repository,
                   .endpoint = target.endpoint,
                   .credential = http::configured_credential(*target.peers, target.registry)},
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
        auto reply =
            co_await follow(target, ask, steps.authorization(), state, fresh_connection, deadline);
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

Task<Exchange::Reply> Exchange::follow(const Target& target, const Ask& ask,
                                       std::optional<Secret> authorization, RetryState& state,
                                       bool fresh_connection, Deadline deadline) {
  http::Url url = ask.url;
  std::set<std::string> visited;
  bool left_origin = false;
  for (unsigned hop = 0;; ++hop) {
    visited.insert(url.to_string());
    http::Request request;
    request.method = ask.method;
    request.url = url.to_string();
    request.purpose = left_origin ? http::Purpose::kRedirect : http::Purpose::kRegistry;
    request.peers = target.peers;
    request.registry = target.registry;
    request.max_body = ask.max_body;
    request.timeout = options_.exchange_timeout;
    request.fresh_connection = fresh_connection;
    request.headers.emplace_back("Accept", ask.accept);
    // Once away from the registry nothing of ours goes along, not even on the way back.
    if (!left_origin && authorization) request.authorization = *authorization;
    const http::Asked what(ask.method, request.url);
    auto response = co_await sender_.send(ask.kind, std::move(request), state, deadline);
    if (!response) co_return std::move(response).error();
    if (target.trace != nullptr && !left_origin) note_warnings(*response, *target.trace);
    if (!is_redirect(response->status)) co_return Reply{*std::move(response), left_origin};
    auto next = redirect_target(what.text(), *response, url);
    if (!next) co_return std::move(next).error();
    const bool leaves = !same_origin(*next, target.endpoint);
    if (leaves && ask.redirects == Ask::Redirects::kSameOrigin)
      co_return Reply{*std::move(response), left_origin};
    left_origin = left_origin || leaves;
    url = *std::move(next);
    if (hop + 1 > kMaxHops || visited.contains(url.to_string())) {
      co_return Error(Outcome::kRegistryMisbehaved, "BAD_RESPONSE",
                      what.text() + ": too many redirects, or in a circle");
    }
  }
}

}  // namespace countersign::registry
