// Any lines as WWW-Authenticate fields of one answer. What is read keeps the grammar, and is what a
// second reader finds that takes the field apart from outside; no Bearer challenge that stands
// there turns into Basic. What follows from the choice is bounded: the token server that may see a
// credential, the rights that are asked for, and the request for them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/registry/bound_credential.hpp"
#include "adapters/registry/challenge.hpp"
#include "adapters/registry/realm.hpp"
#include "adapters/registry/scope.hpp"
#include "adapters/registry/token.hpp"
#include "fuzz/credential_places.hpp"
#include "fuzz/memory.hpp"
#include "fuzz/require.hpp"
#include "fuzz/scripted_registry.hpp"

namespace {

namespace cs = countersign;
using cs::fuzz::require;
using cs::registry::Challenge;
using cs::registry::ChallengeField;
using cs::registry::Demand;

constexpr std::size_t kMaxField = 8192;
constexpr std::size_t kMaxChallenges = 16;
constexpr ChallengeField kTooMuch{.challenges = {}, .malformed = true, .too_much = true};

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}
bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

// ---- the second reader: first the commas outside quotes, then each element by itself

std::vector<std::string_view> elements_of(std::string_view field) {
  std::vector<std::string_view> elements;
  bool quoted = false;
  std::size_t start = 0;
  for (std::size_t i = 0; i <= field.size(); ++i) {
    if (i == field.size() || (field[i] == ',' && !quoted)) {
      elements.push_back(cs::trimmed(field.substr(start, i - start)));
      start = i + 1;
    } else if (field[i] == '"') {
      quoted = !quoted;
    } else if (field[i] == '\\' && quoted && i + 1 < field.size()) {
      ++i;
    }
  }
  return elements;
}

using Parameter = std::pair<std::string, std::string>;

std::optional<std::string> quoted_value(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
    if (is_control(text[i])) return std::nullopt;
    value.push_back(text[i]);
  }
  return value;
}

/// "name = value" or "name = "value"".
std::optional<Parameter> parameter_of(std::string_view element) {
  const std::size_t equals = element.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view name = cs::trimmed(element.substr(0, equals));
  const std::string_view value = cs::trimmed(element.substr(equals + 1));
  if (!is_token(name)) return std::nullopt;
  if (is_token(value)) return Parameter(cs::ascii_lower(name), value);
  auto inside = quoted_value(value);
  if (!inside) return std::nullopt;
  return Parameter(cs::ascii_lower(name), *std::move(inside));
}

bool is_token68(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || std::string_view("-._~+/").contains(c);
  });
}

/// A scheme, and what stands behind it.
std::optional<Challenge> challenge_of(std::string_view element) {
  const std::size_t blank = std::min(element.find_first_of(" \t"), element.size());
  const std::string_view rest = cs::trimmed(element.substr(blank));
  if (!is_token(element.substr(0, blank))) return std::nullopt;
  Challenge challenge{
      .scheme = cs::ascii_lower(element.substr(0, blank)), .token68 = {}, .parameters = {}};
  if (rest.empty()) return challenge;
  if (is_token68(rest)) {
    challenge.token68 = rest;
    return challenge;
  }
  auto first = parameter_of(rest);
  if (!first) return std::nullopt;
  challenge.parameters.push_back(*std::move(first));
  return challenge;
}

ChallengeField second_reading(std::string_view field) {
  ChallengeField read;
  if (field.size() > kMaxField) return kTooMuch;
  for (const std::string_view element : elements_of(field)) {
    if (element.empty()) continue;
    auto parameter = parameter_of(element);
    const bool may_follow = !read.challenges.empty() && read.challenges.back().token68.empty();
    if (parameter && may_follow) {
      Challenge& last = read.challenges.back();
      if (std::ranges::any_of(last.parameters,
                              [&](const auto& each) { return each.first == parameter->first; }))
        last.usable = false;
      last.parameters.push_back(*std::move(parameter));
    } else if (auto challenge = challenge_of(element); challenge && !parameter) {
      read.challenges.push_back(*std::move(challenge));
    } else {
      read.malformed = true;
      break;
    }
  }
  if (read.challenges.size() > kMaxChallenges) return kTooMuch;
  return read;
}

bool are_same(const Challenge& a, const Challenge& b) {
  return a.scheme == b.scheme && a.token68 == b.token68 && a.parameters == b.parameters &&
         a.usable == b.usable;
}

void require_same(const ChallengeField& got, const ChallengeField& want) {
  if (got.too_much && !want.too_much)  // what it broke off in was the one too many
    return require(want.malformed && want.challenges.size() == kMaxChallenges);
  require(got.malformed == want.malformed && got.too_much == want.too_much);
  if (!want.malformed) require(got.challenges.size() == want.challenges.size());
  // What a field broke off in is not the same in both.
  const std::size_t whole =
      want.challenges.size() - (want.malformed && !want.challenges.empty() ? 1 : 0);
  require(got.challenges.size() >= whole);
  for (std::size_t i = 0; i < whole; ++i) require(are_same(got.challenges[i], want.challenges[i]));
}

// ---- what is read

void require_grammar(const ChallengeField& field) {
  require(field.challenges.size() <= kMaxChallenges);
  for (const Challenge& challenge : field.challenges) {
    require(is_token(challenge.scheme) && challenge.scheme == cs::ascii_lower(challenge.scheme));
    require(challenge.token68.empty() ||
            (is_token68(challenge.token68) && challenge.parameters.empty()));
    for (auto at = challenge.parameters.begin(); at != challenge.parameters.end(); ++at) {
      require(is_token(at->first) && at->first == cs::ascii_lower(at->first));
      require(std::ranges::none_of(at->second, &is_control));
      const bool twice = std::any_of(challenge.parameters.begin(), at,
                                     [&](const auto& each) { return each.first == at->first; });
      require(!twice || !challenge.usable);
    }
  }
}

/// As it would be written by somebody careful.
std::string rendered(const std::vector<Challenge>& challenges) {
  std::string text;
  for (const Challenge& challenge : challenges) {
    text += (text.empty() ? "" : ", ") + challenge.scheme;
    if (!challenge.token68.empty()) text += " " + challenge.token68;
    const char* before = " ";
    for (const auto& [name, value] : challenge.parameters) {
      text += before + name + "=\"";
      for (const char c : value)
        text += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
      text += "\"";
      before = ", ";
    }
  }
  return text;
}

void check_field(std::string_view text) {
  std::optional<ChallengeField> field;
  const std::size_t cost = cs::fuzz::peak_of([&] { field = cs::registry::parse_challenges(text); });
  require(cost <= 200 * std::min(text.size(), kMaxField) + 4096);
  require_grammar(*field);
  require_same(*field, second_reading(text));
  if (field->malformed) return;
  const std::string again = rendered(field->challenges);
  if (again.size() <= kMaxField) require_same(cs::registry::parse_challenges(again), *field);
}

// ---- what follows from it

void require_fair(const std::vector<std::string_view>& fields, const Demand& demand) {
  const Challenge* first = nullptr;
  std::vector<ChallengeField> read;
  bool bearer = false;
  bool unread = false;
  for (const std::string_view field : fields) {
    read.push_back(second_reading(field));
    unread = unread || read.back().too_much;
  }
  for (const ChallengeField& field : read) {
    for (const Challenge& each : field.challenges) {
      bearer = bearer || each.scheme == "bearer";
      const bool good = each.scheme == "bearer" && each.usable && !each.parameter("realm").empty();
      if (good && first == nullptr) first = &each;
    }
  }
  switch (demand.kind) {
    case Demand::Kind::kBearer:
      require(!demand.realm.empty() && demand.why.empty());
      // Ours may also know one that stands before the place where a field broke off.
      if (first != nullptr && std::ranges::none_of(read, &ChallengeField::malformed))
        require(demand.realm == first->parameter("realm") &&
                demand.service == first->parameter("service") &&
                demand.scope == first->parameter("scope"));
      break;
    case Demand::Kind::kBasic:
      require(!bearer && !unread);
      break;
    case Demand::Kind::kNone:
      require(!demand.why.empty() && demand.why.size() < 2048 && cs::is_plain_ascii(demand.why));
  }
}

void require_modest(const std::vector<std::string>& scopes) {
  require(!scopes.empty() && scopes.size() <= 9);
  require(std::ranges::is_sorted(scopes));
  require(std::ranges::adjacent_find(scopes) == scopes.end());
  for (const std::string& scope : scopes) {
    const bool own =
        scope == "repository:team/app:pull" || scope == "repository:team/app:metadata_read,pull";
    const bool plain =
        !scope.empty() && scope.size() <= 64 && std::ranges::all_of(scope, [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                 std::string_view("-_.").contains(c);
        });
    require(own || plain);
  }
  require(std::ranges::any_of(
      scopes, [](const auto& scope) { return scope.starts_with("repository:team/app:"); }));
}

/// The value of `name` in a form, percent-decoded; the last one.
std::string value_in(std::string_view form, std::string_view name) {
  std::string value;
  for (const std::string_view pair : cs::fuzz::split(form, '&')) {
    const std::size_t equals = pair.find('=');
    if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
    value.clear();
    for (std::size_t i = equals + 1; i < pair.size(); ++i) {
      const bool escape = pair[i] == '%' && i + 2 < pair.size();
      value.push_back(
          escape ? static_cast<char>(std::stoi(std::string(pair.substr(i + 1, 2)), nullptr, 16))
                 : pair[i]);
      if (escape) i += 2;
    }
  }
  return value;
}

void check_request(const cs::registry::TokenWish& wish, const cs::fuzz::Place& place) {
  for (const cs::registry::TokenForm form : cs::registry::token_forms(wish)) {
    const cs::http::Request request = cs::registry::token_request(wish, form);
    const std::string url = request.url.to_string();
    require(same_origin(request.url, wish.realm) && request.url.path() == wish.realm.path());
    for (const char c : url + request.body) require(c > 0x20 && c < 0x7f);
    const bool post = request.method == cs::http::Method::kPost;
    if (!wish.service.empty())
      require(value_in(post ? request.body : request.url.query(), "service") == wish.service);
    const bool shows =
        (url + request.body + request.authorization.reveal()).contains("0PENSESAME") ||
        !request.authorization.empty();
    if (shows) require(cs::fuzz::may_be_token_server(place, url));
    if (url.size() <= cs::http::Url::kMaxLength) {
      const auto again = cs::http::Url::parse(url);
      require(again.has_value() && again->to_string() == url);
    }
  }
}

void check_realm(const Demand& demand, const cs::fuzz::Place& place) {
  const auto endpoint = cs::registry::Endpoints::make(cs::fuzz::settings_of_places())
                            ->of(std::string(place.registry));
  const cs::oci::Credential credential{.username = "user", .password = cs::Secret("0PENSESAME")};
  const cs::registry::BoundCredential bound(*endpoint, &credential);
  const auto realm = cs::registry::check_realm(demand.realm, *endpoint);
  if (!realm) {
    cs::fuzz::require_showable(realm.error());
    require(realm.error().outcome() == cs::Outcome::kRegistryMisbehaved);
    return;
  }
  require(realm->is_https() || !cs::fuzz::is_encrypted(place));
  const cs::oci::Credential* shown = bound.shown_to(*realm);
  if (shown != nullptr) require(cs::fuzz::may_be_token_server(place, realm->to_string()));
  cs::registry::TokenWish wish{.endpoint = *endpoint,
                               .repository = "team/app",
                               .realm = *realm,
                               .service = demand.service,
                               .scopes = cs::registry::scopes_to_request("team/app", demand.scope),
                               .credential = {}};
  require_modest(wish.scopes);
  if (shown != nullptr) wish.credential = *shown;
  // What a script says itself is no leak.
  if (!(demand.realm + demand.service + demand.scope).contains("0PENSESAME"))
    check_request(wish, place);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::vector<std::string_view> fields = cs::fuzz::split(text, '\n');
  for (const std::string_view field : fields) check_field(field);
  const Demand demand = cs::registry::select_challenge(fields);
  require_fair(fields, demand);
  require_modest(cs::registry::scopes_to_request("team/app", text));
  if (demand.kind != Demand::Kind::kBearer) return 0;
  for (const cs::fuzz::Place& place : cs::fuzz::kPlaces) check_realm(demand, place);
  return 0;
}
