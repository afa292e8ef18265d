#pragma once
/// What a plain scalar of YAML 1.1 is to kubectl.

#include <string>

#include "base/json.hpp"

namespace countersign::objects {

/// Null, a boolean, a number, or text.
[[nodiscard]] Json scalar_as_kubectl_reads_it(const std::string& text);

}  // namespace countersign::objects
