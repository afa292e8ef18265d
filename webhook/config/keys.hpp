#pragma once
/// The table of all keys: the one truth that the loader checks a file's shape with, suggests keys
/// from, and that the JSON Schema is printed from. Defaults are not here but in configuration.hpp,
/// as the values of the structs.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::config {

enum class KeyType : std::uint8_t {
  kText,
  kBoolean,
  kWholeNumber,
  kDuration,
  kChoice,
  kTextList,
  kTextMapping,  ///< any keys, each with a text
  kMapping,
  kMappingList,
  kDocument,  ///< a path, JSON text, or the document as YAML
};

enum class Presence : std::uint8_t { kOptional, kRequired };
/// `kPlanned`: part of the contract, refused as "not supported yet".
enum class Support : std::uint8_t { kBuilt, kPlanned };
enum class Empty : std::uint8_t { kRefused, kAllowed };

struct Key {
  /// From the top: "enforcement.rules[].match.images". `[]` stands for the entries of a list of
  /// mappings.
  std::string_view path;
  KeyType type;
  std::string_view description;
  Presence presence = Presence::kOptional;
  Support support = Support::kBuilt;
  Empty empty = Empty::kRefused;                   ///< kText and kTextList only; "" or []
  std::span<const std::string_view> choices = {};  ///< kChoice only
  std::int64_t minimum = 0;                        ///< kWholeNumber; kDuration in milliseconds
  std::int64_t maximum = 0;
  std::string_view pattern = {};  ///< of text or the list's texts, for the schema

  [[nodiscard]] std::string_view name() const noexcept;  ///< "images"
  [[nodiscard]] std::string_view parent()
      const noexcept;  ///< "enforcement.rules[].match"; empty at the top
};

/// Parents stand before their children.
[[nodiscard]] std::span<const Key> all_keys() noexcept;
/// Null if there is no such key. `path` has `[]` where entries of a list are.
[[nodiscard]] const Key* find_key(std::string_view path) noexcept;
[[nodiscard]] std::vector<const Key*> children_of(std::string_view path);

}  // namespace countersign::config
