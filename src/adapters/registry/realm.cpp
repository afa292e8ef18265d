#include "adapters/registry/realm.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace countersign::registry {
namespace {

constexpr std::size_t kMaxRealm = 2048;

struct KnownPair {
  std::string_view endpoint;
  std::string_view realm;
};
constexpr KnownPair kKnownPairs[] = {
    {"registry-1.docker.io", "auth.docker.io"},
    {"registry.gitlab.com", "gitlab.com"},
};

bool is_known_pair(const http::Url& endpoint, const http::Url& realm) {
  if (realm.port() != 443 || endpoint.port() != 443) return false;
  for (const KnownPair& pair : kKnownPairs) {
    if (endpoint.host() == pair.endpoint && realm.host() == pair.realm) return true;
  }
  return endpoint.host().ends_with(".gcr.io") && realm.host() == "gcr.io";
}

}  // namespace

Result<Realm> check_realm(std::string_view realm, std::string_view registry,
                          const http::Url& endpoint, const http::Settings& settings) {
  const auto bad = [&](std::string_view what) {
    return Error(
        Outcome::kRegistryMisbehaved, "BAD_RESPONSE",
        fmt::format("registry {} names an unusable token server: {}", endpoint.authority(), what));
  };
  if (realm.size() > kMaxRealm) return bad(fmt::format("{} bytes of URL", realm.size()));
  auto url = http::Url::parse(realm);
  if (!url) return bad(url.error().message());
  const http::RegistryMatch match = http::find_registry(settings, registry);
  if (!url->is_https() && !http::uses_plain_http(match))
    return bad("http://" + url->authority() + " is not https");
  const bool trusted = url->host() == endpoint.host() || is_known_pair(endpoint, *url) ||
                       http::is_token_server(match, *url);
  const bool encrypted = url->is_https() || http::may_send_in_clear(match, url->host());
  return Realm{*std::move(url), trusted && encrypted};
}

}  // namespace countersign::registry
