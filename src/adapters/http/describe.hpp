#pragma once
/// What was asked, for messages.

#include <string>
#include <utility>

#include "adapters/http/message.hpp"

namespace countersign::http {

/// "GET https://shop.example/v2/cart/manifests/1", without what may be secret.
[[nodiscard]] std::string describe(Method method, const Url& url);

/// The same, made only where it is needed: most exchanges go well.
class Asked {
 public:
  Asked(Method method, Url url) : method_(method), url_(std::move(url)) {}
  [[nodiscard]] std::string text() const { return describe(method_, url_); }

 private:
  Method method_;
  Url url_;
};

}  // namespace countersign::http
