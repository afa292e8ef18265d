#include "adapters/http/describe.hpp"

#include "adapters/http/url.hpp"
#include "base/text.hpp"

namespace countersign::http {
namespace {

std::string_view name(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
  }
  return "";
}

}  // namespace

std::string describe(Method method, std::string_view url) {
  const auto parsed = Url::parse(url);
  const std::string shown =
      parsed ? parsed->redacted() : printable(url.substr(0, url.find('?')), 256);
  return std::string(name(method)) + " " + shown;
}

}  // namespace countersign::http
