#include "adapters/http/describe.hpp"

namespace countersign::http {

std::string describe(Method method, const Url& url) {
  return std::string(name(method)) + " " + url.redacted();
}

}  // namespace countersign::http
