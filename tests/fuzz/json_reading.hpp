#pragma once
/// nlohmann's own reading of a document, which is lenient where ours is strict: a second reader for
/// what ours has accepted.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace countersign::fuzz {

/// Of an invalid document it is "discarded".
[[nodiscard]] inline nlohmann::json lenient_json(std::string_view text) {
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
}

/// A member that is a string; empty if there is none.
[[nodiscard]] inline std::string text_in(const nlohmann::json& object, std::string_view name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace countersign::fuzz
