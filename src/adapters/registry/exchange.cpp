#include "adapters/registry/exchange.hpp"

#include <random>
#include <set>
#include <utility>

#include "adapters/http/describe.hpp"
#include "adapters/registry/error_answer.hpp"
#include "adapters/registry/headers.hpp"
#include "adapters/registry/scope.hpp"
#include "adapters/registry/warning.hpp"
#include "async/wakeup.hpp"

namespace countersign::registry {
namespace {

constexpr unsigned kMaxHops = 3;
constexpr unsigned kMaxSends = 3;         // for one credential
constexpr unsigned kMaxTokenFetches = 2;  // for one credential

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Error unauthenticated(const std::string& what, std::string_view why) {
  return {Outcome::kRegistryUnauthorized, "UNAUTHENTICATED", what + ": " + std::string(why)};
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
  const http::Asked what(ask.method, ask.url.to_string());
  const std::string origin = target.endpoint.origin();
  Authorization authorization;
  if (const oci::Credential* credential = http::credential_for(*target.peers, target.registry);
      credential != nullptr && !credential->registry_token.empty()) {
    authorization.kind = Authorization::Kind::kStaticToken;
    authorization.header = "Bearer " + credential->registry_token.reveal();
  } else if (const Demand* hint = hints_.find(origin + "\n" + target.registry)) {
    const Demand demand = *hint;
    auto prepared = co_await authorize(target, demand, state, deadline);
    if (!prepared) {
      hints_.erase(origin + "\n" + target.registry);
      co_return std::move(prepared).error().while_doing(what.text());
    }
    authorization = *std::move(prepared);
  }

  unsigned token_fetches =
      authorization.kind == Authorization::Kind::kToken && !authorization.from_cache ? 1 : 0;
  for (unsigned sends = 1;; ++sends) {
    auto reply =
        co_await follow(target, ask, authorization.header, state, fresh_connection, deadline);
    if (!reply) co_return std::move(reply).error();
    const long status = reply->response.status;
    const bool is_cached =
        authorization.kind == Authorization::Kind::kToken && authorization.from_cache;
    // ECR answers 403 and ECR Public 400, both without a challenge, to a token that has expired.
    const bool maybe_expired = is_cached && (status == 400 || status == 403) && !reply->left_origin;
    if (status != 401 && !maybe_expired) co_return std::move(reply->response);
    if (reply->left_origin)
      co_return unauthenticated(
          what.text(), "the host that it redirects to wants credentials, which are not its own");
    if (sends >= kMaxSends) co_return unauthenticated(what.text(), "refused again and again");

    Demand demand;
    if (maybe_expired) {
      demand.kind = Demand::Kind::kBearer;
      demand.realm = authorization.wish->realm.to_string();
      demand.service = authorization.wish->service;
      for (const std::string& scope : authorization.wish->scopes)
        demand.scope.append(demand.scope.empty() ? "" : " ").append(scope);
    } else {
      demand = select_challenge(header_values(reply->response, "www-authenticate"));
    }
    if (demand.kind == Demand::Kind::kNone) co_return unauthenticated(what.text(), demand.why);
    if (authorization.kind == Authorization::Kind::kStaticToken)
      co_return unauthenticated(what.text(), "the registry token was refused");
    if (authorization.kind == Authorization::Kind::kBasic && demand.kind == Demand::Kind::kBasic) {
      co_return unauthenticated(what.text(), "user name or password was refused");
    }
    if (authorization.wish) tokens_.forget(*authorization.wish);
    if (demand.kind == Demand::Kind::kBearer && token_fetches >= kMaxTokenFetches) {
      co_return unauthenticated(what.text(), "the token was refused");
    }
    const std::optional<TokenWish> last_wish = authorization.wish;
    const bool was_fresh =
        authorization.kind == Authorization::Kind::kToken && !authorization.from_cache;
    const std::string withheld_from = authorization.withheld_from;
    if (was_fresh && demand.kind == Demand::Kind::kBearer &&
        scopes_to_request(target.repository, demand.scope) == last_wish->scopes) {
      const std::string hint =
          withheld_from.empty()
              ? std::string("the token was refused: not found, or no access")
              : "an anonymous token was refused; the registry's credentials were not shown to " +
                    withheld_from + ", which is not among its tokenServers";
      co_return unauthenticated(what.text(), hint);
    }
    auto next = co_await authorize(target, demand, state, deadline);
    if (!next) co_return std::move(next).error().while_doing(what.text());
    authorization = *std::move(next);
    if (authorization.kind == Authorization::Kind::kToken && !authorization.from_cache)
      ++token_fetches;
    hints_.put(origin + "\n" + target.registry, std::move(demand));
  }
}

Task<Exchange::Authorization> Exchange::authorize(const Target& target, Demand demand,
                                                  RetryState& state, Deadline deadline) {
  const oci::Credential* credential = http::credential_for(*target.peers, target.registry);
  Authorization authorization;
  if (demand.kind == Demand::Kind::kBasic) {
    if (credential == nullptr || credential->username.empty() || credential->password.empty()) {
      co_return Error(
          Outcome::kRegistryUnauthorized, "UNAUTHENTICATED",
          "it wants a user name and a password, and none may be sent to " + target.registry);
    }
    authorization.kind = Authorization::Kind::kBasic;
    authorization.header = basic_authorization(*credential);
    co_return authorization;
  }
  auto realm = check_realm(demand.realm, target.registry, target.endpoint, *target.peers);
  if (!realm) co_return std::move(realm).error();
  TokenWish wish{.registry = target.registry,
                 .realm = std::move(realm->url),
                 .service = demand.service,
                 .scopes = scopes_to_request(target.repository, demand.scope),
                 .credential = {},
                 .peers = target.peers};
  if (credential != nullptr) {
    if (realm->may_see_credentials) {
      wish.credential = *credential;
    } else {
      authorization.withheld_from = wish.realm.authority();
    }
  }
  auto token = co_await tokens_.get(wish, state, deadline);
  if (!token) {
    Error error = std::move(token).error();
    if (!authorization.withheld_from.empty() && error.outcome() == Outcome::kRegistryUnauthorized) {
      co_return std::move(error).while_doing("the registry's credentials were not shown to " +
                                             authorization.withheld_from +
                                             ", which is not among its tokenServers");
    }
    co_return error;
  }
  authorization.kind = Authorization::Kind::kToken;
  authorization.header = "Bearer " + token->value.reveal();
  authorization.from_cache = token->from_cache;
  authorization.wish = std::move(wish);
  co_return authorization;
}

Task<Exchange::Reply> Exchange::follow(const Target& target, const Ask& ask,
                                       std::string authorization, RetryState& state,
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
    if (!left_origin && !authorization.empty())
      request.headers.emplace_back("Authorization", authorization);
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
