#pragma once
/// What was asked, for messages. To be called where something went wrong: it reads the URL again.

#include <string>
#include <string_view>
#include <utility>

#include "adapters/http/message.hpp"

namespace countersign::http {

/// "GET https://shop.example/v2/cart/manifests/1", without what may be secret.
[[nodiscard]] std::string describe(Method method, std::string_view url);

/// The same, made only where it is needed: most exchanges go well.
class Asked {
 public:
  Asked(Method method, std::string url) : method_(method), url_(std::move(url)) {}
  [[nodiscard]] std::string text() const { return describe(method_, url_); }

 private:
  Method method_;
  std::string url_;
};

}  // namespace countersign::http
