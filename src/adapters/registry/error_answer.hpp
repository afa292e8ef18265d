#pragma once
/// What an answer other than success means, and what may be shown of it.
///
/// Source: oci-registry 2.5 (status codes, error body), 0.4. Pure.

#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/message.hpp"
#include "adapters/resilience/sender.hpp"
#include "base/error.hpp"

namespace countersign::registry {

/// `{"errors":[{"code":…,"message":…}]}`, read as far as it can be.
struct ErrorBody {
  std::vector<std::string> codes;  ///< at most three, as the registry spelled them, made printable
  std::string message;             ///< the first one; ASCII, at most 256 characters

  [[nodiscard]] bool has(std::string_view code) const;
};

[[nodiscard]] ErrorBody read_error_body(std::string_view body);

/// Whether a registry itself answered, and nobody in front of it: an error body of its form, or the
/// header Docker-Distribution-Api-Version.
[[nodiscard]] bool has_marks(const http::Response& response);

/// What an answer says of the registry's condition. A 404 without its marks is trouble, but where a
/// HEAD or the referrers API was asked: those are asked otherwise.
[[nodiscard]] resilience::Condition condition_of(http::Method method, resilience::Category category,
                                                 const http::Response& response);

/// The error that a status stands for, with what the body says of it:
/// "HEAD https://…: answered 404 (MANIFEST_UNKNOWN: manifest unknown)".
[[nodiscard]] Error status_error(std::string_view what, const http::Response& response);

}  // namespace countersign::registry
