#include "adapters/resilience/redirects.hpp"

#include <utility>

#include "adapters/http/headers.hpp"

namespace countersign::resilience {
namespace {

Error bad(std::string_view why) {
  return {Outcome::kRegistryMisbehaved, "BAD_RESPONSE", std::string(why)};
}

}  // namespace

bool is_redirect(long status) noexcept {
  return status == 301 || status == 302 || status == 303 || keeps_method(status);
}

bool keeps_method(long status) noexcept { return status == 307 || status == 308; }

Redirects::Redirects(http::Url from, Downgrade downgrade)
    : url_(std::move(from)), downgrade_(downgrade) {
  visited_.insert(url_.to_string());
}

Result<http::Url> Redirects::target(const http::Response& response) const {
  if (is_contradictory(response, "location")) return bad("two different Location headers");
  if (response.redirect_url.empty()) return bad("no usable Location");
  auto next = http::Url::parse(response.redirect_url);
  if (!next) return bad(next.error().message());
  if (downgrade_ == Downgrade::kRefused && url_.is_https() && !next->is_https())
    return bad("from https to http");
  return next;
}

bool Redirects::follow(http::Url target) {
  url_ = std::move(target);
  ++hops_;
  return hops_ <= kMaxHops && visited_.insert(url_.to_string()).second;
}

}  // namespace countersign::resilience
