#pragma once
/// Where redirects lead, one step after the other. Whether that place may be asked, and what goes
/// along, is for others to say.
///
/// Source: RFC 9110 section 15.4; oci-registry 5.4 (three hops, no circle). Pure.

#include <cstdint>
#include <set>
#include <string>

#include "adapters/http/message.hpp"
#include "base/result.hpp"

namespace countersign::resilience {

/// 301, 302, 303, 307, 308.
[[nodiscard]] bool is_redirect(long status) noexcept;
/// Whether what was sent is sent again as it is: 307 and 308.
[[nodiscard]] bool keeps_method(long status) noexcept;

class Redirects {
 public:
  static constexpr unsigned kMaxHops = 3;

  /// What is signed loses nothing from https to http; all else does.
  enum class Downgrade : std::uint8_t { kRefused, kAllowed };

  explicit Redirects(http::Url from, Downgrade downgrade = Downgrade::kRefused);

  /// The URL that is asked now.
  [[nodiscard]] const http::Url& url() const noexcept { return url_; }
  /// The target of a redirect, which is asked next. Errors: `kRegistryMisbehaved`, "BAD_RESPONSE":
  /// no usable or two different Location headers, or from https to http.
  [[nodiscard]] Result<http::Url> target(const http::Response& response) const;
  /// Goes there. False: it is one hop too many, or a circle.
  [[nodiscard]] bool follow(http::Url target);

 private:
  http::Url url_;
  Downgrade downgrade_;
  std::set<std::string> visited_;
  unsigned hops_ = 0;
};

}  // namespace countersign::resilience
