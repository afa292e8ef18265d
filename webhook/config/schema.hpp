#pragma once
/// The JSON Schema of the configuration file, for editors.

#include <string>

namespace countersign::config {

/// JSON Schema, draft 2020-12, printed from the table of keys (keys.hpp) and the defaults of the
/// structs. What a schema cannot say (names given twice, rules that can never match, …) the loader
/// still refuses.
[[nodiscard]] std::string print_schema();

}  // namespace countersign::config
