#pragma once
/// Whether a tree has the shape that the table of keys asks for.

#include <string>
#include <string_view>

#include "config/problems.hpp"
#include "config/yaml.hpp"

namespace countersign::config {

/// Adds a problem for every unknown, unsupported, missing and wrongly typed key.
void check_shape(const YamlNode& root, Problems& problems);

/// Reading what may or may not have its right shape: what has not is nothing here, as `check_shape`
/// has told it.
class Section {
 public:
  /// `node` may be null, or anything: then the section is empty.
  explicit Section(const YamlNode* node);

  [[nodiscard]] bool is_mapping() const noexcept { return mapping_ != nullptr; }
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  [[nodiscard]] Section section(std::string_view key) const { return Section(find(key)); }
  /// The entries of a list, whatever they are.
  [[nodiscard]] const std::vector<YamlNode>& list(std::string_view key) const;
  /// Non-empty text without control characters, and not what YAML takes for a number or boolean.
  [[nodiscard]] const YamlNode* text(std::string_view key) const;
  [[nodiscard]] bool boolean(std::string_view key, bool otherwise) const;

 private:
  const YamlNode* mapping_;
};

/// Non-empty, printable, and text to every YAML reader.
[[nodiscard]] bool is_text(const YamlNode& node);

}  // namespace countersign::config
