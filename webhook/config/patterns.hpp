#pragma once
/// The syntax of what rules match. A pattern that can never match is a mistake, and is told as one.
///
/// Source: what an image is called in full: oci-registry 1.2; `*` stays within one path component,
/// `**` is any number of them; patterns are compared with `registry/repository`, without tag and
/// digest (decisions 23). Left to the caller: matching.

#include <string_view>

#include "base/result.hpp"

namespace countersign::config {

inline constexpr std::size_t kMaxPatternBytes = 512;

/// Errors: `kInternalError`, reason "PATTERN"; the message says what is wrong and what was probably
/// meant.
Status check_image_pattern(std::string_view pattern);
/// A namespace's name, in which `*` is any text. Errors as above.
Status check_namespace_pattern(std::string_view pattern);

}  // namespace countersign::config
