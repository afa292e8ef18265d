#pragma once
/// The one door for YAML: a strict subset, read into a plain tree. The YAML library stays behind
/// it.
///
/// What is refused, though YAML has it, because two readers could understand it in two ways or
/// because it costs more than it gives: anchors, aliases and merge keys, tags, several documents, a
/// key twice (the library would keep the first), plain text over several lines, control characters,
/// tabs as indentation, more than 1 MiB, 32 levels or 20,000 values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/problems.hpp"

namespace countersign::config {

inline constexpr std::size_t kMaxYamlBytes = std::size_t{1024} * 1024;
inline constexpr std::size_t kMaxYamlDepth = 32;
inline constexpr std::size_t kMaxYamlNodes = 20'000;

struct YamlEntry;

struct YamlNode {
  enum class Kind : std::uint8_t {
    kNull,
    kText,  ///< a scalar; whether plain `5` is a number is for the reader to say
    kSequence,
    kMapping,
    kRefused,  ///< a problem has been told; nothing more is to be said about this node
  };
  enum class Style : std::uint8_t { kPlain, kQuoted };

  Kind kind = Kind::kNull;
  Style style = Style::kPlain;
  Place place;
  std::string text;                ///< kText
  std::vector<YamlNode> items;     ///< kSequence
  std::vector<YamlEntry> entries;  ///< kMapping, in the file's order, each key once

  /// Null if there is no such key.
  [[nodiscard]] const YamlEntry* find(std::string_view key) const;
};

struct YamlEntry {
  std::string key;
  Place place;  ///< of the key
  YamlNode value;
};

/// The tree, as far as it could be read; only without new problems is it the document. Nothing if
/// the syntax is broken, which is one problem, as what follows cannot be told.
std::optional<YamlNode> parse_yaml(std::string_view text, Problems& problems);

/// What a plain scalar is under YAML 1.2's core schema. Quoted text is always text.
enum class ScalarType : std::uint8_t { kText, kBoolean, kWholeNumber, kNumber };
[[nodiscard]] ScalarType scalar_type(const YamlNode& node);

/// The node as JSON text, for documents that are JSON elsewhere (the trust policy) and may be
/// written inline. Plain `true`, `1` and `~` become JSON's values.
[[nodiscard]] std::string to_json_text(const YamlNode& node);

}  // namespace countersign::config
