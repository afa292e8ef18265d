#include "config/schema.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

#include "config/configuration.hpp"
#include "config/keys.hpp"

namespace countersign::config {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::string_view kDurationPattern = "^(0|[1-9][0-9]*)(ms|s|m|h)$";

/// A configuration in which everything that has a default is there to be looked up.
OrderedJson defaults() {
  Configuration configuration;
  configuration.registries.emplace_back();
  configuration.plugins.emplace_back();
  return OrderedJson::parse(print_configuration(configuration));
}

/// The value at `path`, or null. `[]` is the first entry.
OrderedJson value_at(const OrderedJson& from, std::string_view path) {
  const OrderedJson* at = &from;
  while (!path.empty()) {
    const std::size_t dot = path.find('.');
    std::string_view step = path.substr(0, dot);
    path = dot == std::string_view::npos ? std::string_view() : path.substr(dot + 1);
    const bool into_list = step.ends_with("[]");
    if (into_list) step.remove_suffix(2);
    const auto member = at->find(std::string(step));
    if (member == at->end()) return nullptr;
    at = &*member;
    if (!into_list) continue;
    if (!at->is_array() || at->empty()) return nullptr;
    at = &at->front();
  }
  return *at;
}

OrderedJson mapping_schema(std::string_view path, const OrderedJson& defaults);

OrderedJson text_schema(const Key& key) {
  OrderedJson schema = {{"type", "string"}};
  if (key.empty == Empty::kRefused || key.type == KeyType::kTextList) schema["minLength"] = 1;
  if (!key.pattern.empty()) schema["pattern"] = key.pattern;
  return schema;
}

OrderedJson type_schema(const Key& key, const OrderedJson& defaults) {
  switch (key.type) {
    case KeyType::kText:
      return text_schema(key);
    case KeyType::kBoolean:
      return {{"type", "boolean"}};
    case KeyType::kWholeNumber:
      return {{"type", "integer"}, {"minimum", key.minimum}, {"maximum", key.maximum}};
    case KeyType::kDuration:
      return {{"type", "string"}, {"pattern", kDurationPattern}};
    case KeyType::kChoice:
      if (key.choices.size() == 1) return {{"const", key.choices.front()}};
      return {{"enum", key.choices}};
    case KeyType::kTextList: {
      OrderedJson schema = {{"type", "array"}, {"items", text_schema(key)}};
      if (key.empty == Empty::kRefused) schema["minItems"] = 1;
      return schema;
    }
    case KeyType::kTextMapping:
      return {{"type", "object"}, {"minProperties", 1}, {"additionalProperties", text_schema(key)}};
    case KeyType::kMapping:
      return mapping_schema(key.path, defaults);
    case KeyType::kMappingList: {
      OrderedJson schema = {{"type", "array"},
                            {"items", mapping_schema(std::string(key.path) + "[]", defaults)}};
      if (key.empty == Empty::kRefused) schema["minItems"] = 1;
      return schema;
    }
    case KeyType::kDocument:
      return {{"type", {"string", "object"}}, {"minLength", 1}};
  }
  return OrderedJson::object();
}

OrderedJson key_schema(const Key& key, const OrderedJson& defaults) {
  OrderedJson schema = {{"description", key.description}};
  schema.update(type_schema(key, defaults));
  const OrderedJson value = value_at(defaults, key.path);
  const bool has_default =
      key.presence == Presence::kOptional && value.is_primitive() && !value.is_null();
  if (has_default) schema["default"] = value;
  return schema;
}

OrderedJson mapping_schema(std::string_view path, const OrderedJson& defaults) {
  OrderedJson properties = OrderedJson::object();
  OrderedJson required = OrderedJson::array();
  for (const Key* key : children_of(path)) {
    if (key->support == Support::kPlanned) continue;
    properties[std::string(key->name())] = key_schema(*key, defaults);
    if (key->presence == Presence::kRequired) required.push_back(key->name());
  }
  OrderedJson schema = {
      {"type", "object"}, {"additionalProperties", false}, {"properties", properties}};
  if (!required.empty()) schema["required"] = required;
  return schema;
}

}  // namespace

std::string print_schema() {
  OrderedJson schema = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "Configuration of Countersign"},
      {"description", "One file; everything but trust has a default. Unknown keys are refused."}};
  schema.update(mapping_schema("", defaults()));
  return schema.dump(2) + "\n";
}

}  // namespace countersign::config
