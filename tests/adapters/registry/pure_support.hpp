#pragma once
/// Answers for the pure parts' tests.

#include <string>
#include <utility>
#include <vector>

#include "adapters/http/transport.hpp"

namespace countersign::registry {

inline http::Response answer(long status, std::string body = {},
                             std::vector<std::pair<std::string, std::string>> headers = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

/// A registry's own 404.
inline http::Response not_found() {
  return answer(404, R"({"errors":[{"code":"MANIFEST_UNKNOWN"}]})");
}

}  // namespace countersign::registry
