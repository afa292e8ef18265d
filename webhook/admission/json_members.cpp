#include "admission/json_members.hpp"

#include <fmt/format.h>

#include "base/text.hpp"

namespace countersign::admission {

std::string Place::text() const {
  return fmt::format("{}{}{}", root, member.empty() ? "" : ".", member);
}

Error unsupported(Reason reason, Place where, std::string_view what) {
  return {Outcome::kUnsupportedObject, reason, fmt::format("{}: {}", where.text(), what)};
}

Error duplicate(Place where, std::string_view name) {
  return unsupported("duplicate-key", where,
                     fmt::format("duplicate key \"{}\"", printable(name, 64)));
}

Result<std::string_view> string_of(const Member& member, Place where) {
  if (!member.present) return std::string_view();
  std::string_view text;
  if (member.value.get(text) != simdjson::SUCCESS) {
    return unsupported("type", where, "want a string");
  }
  return text;
}

Result<std::optional<dom::object>> object_of(const Member& member, Place where) {
  if (!member.present) return std::optional<dom::object>();
  dom::object object;
  if (member.value.get(object) != simdjson::SUCCESS) {
    return unsupported("type", where, "want an object");
  }
  return std::optional(object);
}

}  // namespace countersign::admission
