#include "adapters/registry/auth_steps.hpp"

#include <utility>

#include "adapters/http/headers.hpp"
#include "adapters/registry/realm.hpp"
#include "adapters/registry/scope.hpp"

namespace countersign::registry {
namespace {

constexpr unsigned kMaxSends = 3;         // for one credential
constexpr unsigned kMaxTokenFetches = 2;  // for one credential

AuthSteps::Next fail(Error error) {
  return {.kind = AuthSteps::Next::Kind::kFail, .error = std::move(error)};
}

AuthSteps::Next unauthenticated(std::string why) {
  return fail({Outcome::kRegistryUnauthorized, "UNAUTHENTICATED", std::move(why)});
}

/// The demand that a token fulfilled once, for one that may have expired.
Demand demand_behind(const TokenWish& wish) {
  Demand demand;
  demand.kind = Demand::Kind::kBearer;
  demand.realm = wish.realm.to_string();
  demand.service = wish.service;
  for (const std::string& scope : wish.scopes)
    demand.scope.append(demand.scope.empty() ? "" : " ").append(scope);
  return demand;
}

}  // namespace

AuthSteps::AuthSteps(AuthSubject subject, std::optional<Demand> hint)
    : subject_(std::move(subject)),
      credential_(subject_.endpoint, subject_.credential),
      demand_(std::move(hint)) {}

AuthSteps::Next AuthSteps::start() {
  if (credential_.has_registry_token()) {
    kind_ = Kind::kStaticToken;
    authorization_ = credential_.authorization_for(subject_.endpoint.base());
    demand_.reset();
    return {.kind = Next::Kind::kSend};
  }
  if (!demand_) return {.kind = Next::Kind::kSend};
  return authorize(*demand_);
}

/// Errors if nothing can answer the demand.
AuthSteps::Next AuthSteps::authorize(Demand demand) {
  wish_.reset();
  withheld_from_.clear();
  demand_ = std::move(demand);
  if (demand_->kind == Demand::Kind::kBasic) {
    auto basic = credential_.authorization_for(subject_.endpoint.base());
    if (!basic) {
      return unauthenticated("it wants a user name and a password, and none may be sent to " +
                             subject_.endpoint.registry());
    }
    kind_ = Kind::kBasic;
    authorization_ = std::move(basic);
    from_cache_ = false;
    learnt_ = demand_;
    return {.kind = Next::Kind::kSend};
  }
  auto realm = check_realm(demand_->realm, subject_.endpoint);
  if (!realm) return fail(std::move(realm).error());
  TokenWish wish{.endpoint = subject_.endpoint,
                 .repository = subject_.repository,
                 .realm = *std::move(realm),
                 .service = demand_->service,
                 .scopes = scopes_to_request(subject_.repository, demand_->scope),
                 .credential = {}};
  if (const oci::Credential* shown = credential_.shown_to(wish.realm)) {
    wish.credential = *shown;
  } else if (credential_.exists()) {
    withheld_from_ = wish.realm.authority();
  }
  wish_ = std::move(wish);
  return {.kind = Next::Kind::kFetchToken};
}

std::string AuthSteps::withheld() const {
  return withheld_from_ + ", which is not among its tokenServers";
}

AuthSteps::Next AuthSteps::token(const Result<Secret>& token, bool from_cache) {
  if (!token) {
    Error error = token.error();
    if (!withheld_from_.empty() && error.outcome() == Outcome::kRegistryUnauthorized) {
      return fail(std::move(error).while_doing("the registry's credentials were not shown to " +
                                               withheld()));
    }
    return fail(std::move(error));
  }
  kind_ = Kind::kToken;
  authorization_ = credential_.authorization_for(subject_.endpoint.base(), *token);
  from_cache_ = from_cache;
  if (!from_cache) ++token_fetches_;
  learnt_ = demand_;
  return {.kind = Next::Kind::kSend};
}

AuthSteps::Next AuthSteps::reply(const http::Response& response, bool left_origin) {
  ++sends_;
  const long status = response.status;
  // ECR answers 403 and ECR Public 400, both without a challenge, to a token that has expired.
  const bool maybe_expired =
      kind_ == Kind::kToken && from_cache_ && (status == 400 || status == 403) && !left_origin;
  if (status != 401 && !maybe_expired) return {.kind = Next::Kind::kAnswer};
  if (left_origin) {
    return unauthenticated(
        "the host that it redirects to wants credentials, which are not its own");
  }
  if (sends_ >= kMaxSends) return unauthenticated("refused again and again");
  Demand demand;
  if (const Next refused = demand_of(response, maybe_expired, demand);
      refused.kind == Next::Kind::kFail) {
    return refused;
  }
  return authorize(std::move(demand));
}

/// Whether a demand asks for what a wish got already. Projects on one host may have token servers
/// of their own.
bool AuthSteps::is_same(const Demand& demand, const TokenWish& wish) const {
  const auto realm = http::Url::parse(demand.realm);
  return realm && realm->to_string() == wish.realm.to_string() && demand.service == wish.service &&
         scopes_to_request(subject_.repository, demand.scope) == wish.scopes;
}

/// What the refusal asks for; fails if nothing that we could send would be new.
AuthSteps::Next AuthSteps::demand_of(const http::Response& response, bool maybe_expired,
                                     Demand& demand) {
  demand = maybe_expired ? demand_behind(*wish_)
                         : select_challenge(header_values(response, "www-authenticate"));
  if (demand.kind == Demand::Kind::kNone) return unauthenticated(demand.why);
  if (kind_ == Kind::kStaticToken) return unauthenticated("the registry token was refused");
  if (kind_ == Kind::kBasic && demand.kind == Demand::Kind::kBasic)
    return unauthenticated("user name or password was refused");
  if (kind_ == Kind::kToken) refused_ = wish_;
  if (demand.kind != Demand::Kind::kBearer) return {.kind = Next::Kind::kSend};
  if (token_fetches_ >= kMaxTokenFetches) return unauthenticated("the token was refused");
  const bool was_fresh = kind_ == Kind::kToken && !from_cache_;
  if (was_fresh && is_same(demand, *wish_)) {
    return unauthenticated(
        withheld_from_.empty()
            ? std::string("the token was refused: not found, or no access")
            : "an anonymous token was refused; the registry's credentials were not shown to " +
                  withheld());
  }
  return {.kind = Next::Kind::kSend};
}

}  // namespace countersign::registry
