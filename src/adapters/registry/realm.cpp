#include "adapters/registry/realm.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace countersign::registry {
namespace {

constexpr std::size_t kMaxRealm = 2048;

}  // namespace

Result<http::Url> check_realm(std::string_view realm, const Endpoint& endpoint) {
  const auto bad = [&](std::string_view what) {
    return Error(Outcome::kRegistryMisbehaved, "BAD_RESPONSE",
                 fmt::format("registry {} names an unusable token server: {}",
                             endpoint.base().authority(), what));
  };
  if (realm.size() > kMaxRealm) return bad(fmt::format("{} bytes of URL", realm.size()));
  auto url = http::Url::parse(realm);
  if (!url) return bad(url.error().message());
  if (!url->is_https() && !endpoint.plain_http())
    return bad("http://" + url->authority() + " is not https");
  return *std::move(url);
}

}  // namespace countersign::registry
