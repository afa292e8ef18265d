#pragma once
/// What an answer other than success means, and what may be shown of it.
///
/// Source: oci-registry 2.5 (status codes, error body), 0.4. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/message.hpp"
#include "base/error.hpp"

namespace countersign::registry {

/// `{"errors":[{"code":…,"message":…}]}`, read as far as it can be.
struct ErrorBody {
  std::vector<std::string> codes;  ///< at most three, as the registry spelled them, made printable
  std::string message;             ///< the first one; ASCII, at most 256 characters

  [[nodiscard]] bool has(std::string_view code) const;
  [[nodiscard]] bool is_denial() const { return has("DENIED") || has("UNAUTHORIZED"); }
};

[[nodiscard]] ErrorBody read_error_body(std::string_view body);

/// Whether an answer that is no success says that our rate is limited: 429, or the code
/// TOOMANYREQUESTS.
[[nodiscard]] bool is_rate_limited(const http::Response& response);

/// The error that a status stands for, with what the body says of it:
/// "HEAD https://…: answered 404 (MANIFEST_UNKNOWN: manifest unknown)".
[[nodiscard]] Error status_error(std::string_view what, const http::Response& response);

}  // namespace countersign::registry
