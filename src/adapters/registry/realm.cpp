#include "adapters/registry/realm.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace countersign::registry {
namespace {

constexpr std::size_t kMaxRealm = 2048;

}  // namespace

Result<http::Url> check_realm(std::string_view realm, std::string_view registry,
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
  return *std::move(url);
}

}  // namespace countersign::registry
