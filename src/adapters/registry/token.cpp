#include "adapters/registry/token.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/registry/bound_credential.hpp"
#include "base/bytes.hpp"
#include "base/json.hpp"

namespace countersign::registry {
namespace {

constexpr std::string_view kClientId = "countersign";
constexpr std::chrono::seconds kDefaultLifetime{60};
constexpr std::chrono::seconds kLongestLifetime = std::chrono::hours{1};
constexpr std::size_t kMaxToken = std::size_t{16} * 1024;
// Azure's name for "the password is a refresh token".
constexpr std::string_view kNullUser = "00000000-0000-0000-0000-000000000000";

Error bad(std::string what) {
  return {Outcome::kRegistryMisbehaved, "BAD_RESPONSE", "token answer: " + std::move(what)};
}

std::string text_of(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// Visible ASCII only: it becomes a header.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxToken &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

std::chrono::seconds lifetime_of(const Json& answer, Instant now) {
  std::chrono::seconds life = kDefaultLifetime;
  const auto expires = answer.find("expires_in");
  if (expires != answer.end() && expires->is_number_unsigned() && *expires > 0U) {
    const auto seconds =
        std::min<std::uint64_t>(expires->get<std::uint64_t>(), kLongestLifetime.count());
    life = std::chrono::seconds(static_cast<std::chrono::seconds::rep>(seconds));
  }
  // A clock that runs ahead must not make it live longer; one that runs behind may make it die at
  // once.
  const auto issued = parse_rfc3339(text_of(answer, "issued_at"));
  if (issued && issued->seconds < now.seconds) {
    const std::chrono::seconds age(now.seconds - issued->seconds);
    life = age >= life ? std::chrono::seconds{0} : life - age;
  }
  return life;
}

void add_form(std::string* form, std::string_view name, std::string_view value) {
  if (!form->empty()) form->push_back('&');
  form->append(name).append("=").append(http::percent_encode(value));
}

std::string joined(const std::vector<std::string>& scopes) {
  std::string all;
  for (const std::string& scope : scopes) all.append(all.empty() ? "" : " ").append(scope);
  return all;
}

}  // namespace

std::vector<TokenForm> token_forms(const TokenWish& wish) {
  if (!wish.credential) return {TokenForm::kAnonymousGet};
  const oci::Credential& credential = *wish.credential;
  const bool password = !credential.username.empty() && !credential.password.empty();
  std::vector<TokenForm> forms;
  if (!credential.identity_token.empty() || (password && credential.username == kNullUser)) {
    forms.push_back(TokenForm::kRefreshPost);
    if (password) forms.push_back(TokenForm::kBasicGet);
    return forms;
  }
  if (!password) return {TokenForm::kAnonymousGet};
  return {TokenForm::kBasicGet, TokenForm::kPasswordPost};
}

bool wants_other_form(TokenForm form, long status) noexcept {
  if (status == 404 || status == 405) return true;
  return status == 400 && form == TokenForm::kBasicGet;
}

http::Request token_request(const TokenWish& wish, TokenForm form) {
  http::Request request{.url = wish.realm,
                        .route = wish.endpoint.route_to(wish.realm, http::Purpose::kToken),
                        .max_body = kMaxTokenAnswer};
  request.headers.emplace_back("Accept", "application/json");
  if (form == TokenForm::kAnonymousGet || form == TokenForm::kBasicGet) {
    if (!wish.service.empty()) request.url.add_query("service", wish.service);
    for (const std::string& scope : wish.scopes) request.url.add_query("scope", scope);
    if (form == TokenForm::kBasicGet) request.authorization = basic_authorization(*wish.credential);
    return request;
  }
  request.method = http::Method::kPost;
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  const oci::Credential& credential = *wish.credential;
  const bool refresh = form == TokenForm::kRefreshPost;
  add_form(&request.body, "grant_type", refresh ? "refresh_token" : "password");
  add_form(&request.body, "service", wish.service);
  add_form(&request.body, "client_id", kClientId);
  add_form(&request.body, "scope", joined(wish.scopes));
  if (refresh) {
    const bool identity = !credential.identity_token.empty();
    add_form(&request.body, "refresh_token",
             (identity ? credential.identity_token : credential.password).reveal());
  } else {
    add_form(&request.body, "username", credential.username);
    add_form(&request.body, "password", credential.password.reveal());
  }
  return request;
}

Result<TokenAnswer> read_token_answer(std::string_view body, Instant now) {
  constexpr JsonLimits kLimits{.max_bytes = kMaxTokenAnswer, .max_depth = 16};
  COUNTERSIGN_TRY(const Json answer,
                  parse_json(body, kLimits, Outcome::kRegistryMisbehaved, "BAD_RESPONSE"));
  if (!answer.is_object()) return bad("want an object");
  std::string token = text_of(answer, "access_token");
  if (token.empty()) token = text_of(answer, "token");
  if (token.empty()) return bad("no token in it");
  if (!is_token(token)) return bad("a token that cannot stand in a header");
  return TokenAnswer{Secret(std::move(token)), lifetime_of(answer, now)};
}

}  // namespace countersign::registry
