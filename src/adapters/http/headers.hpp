#pragma once
/// Reading the headers of an answer, where a header that stands twice is never just one of the two.

#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/message.hpp"

namespace countersign::http {

/// All values of the header, name in lower case.
[[nodiscard]] inline std::vector<std::string_view> header_values(const Response& response,
                                                                 std::string_view name) {
  std::vector<std::string_view> values;
  for (const auto& [key, value] : response.headers) {
    if (key == name) values.push_back(value);
  }
  return values;
}

/// The first value; empty if there is none.
[[nodiscard]] inline std::string_view header(const Response& response, std::string_view name) {
  const auto values = header_values(response, name);
  return values.empty() ? std::string_view() : values.front();
}

/// True if the header stands several times with different values.
[[nodiscard]] inline bool is_contradictory(const Response& response, std::string_view name) {
  for (const std::string_view value : header_values(response, name)) {
    if (value != header(response, name)) return true;
  }
  return false;
}

}  // namespace countersign::http
