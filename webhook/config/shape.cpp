#include "config/shape.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/whole_number.hpp"
#include "config/durations.hpp"
#include "config/keys.hpp"

namespace countersign::config {
namespace {

constexpr std::size_t kMaxTextBytes = 4096;

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
  });
}

std::string described(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kSequence:
      return "a list";
    case YamlNode::Kind::kMapping:
      return "a mapping";
    case YamlNode::Kind::kText:
    case YamlNode::Kind::kRefused:
      break;
  }
  return node.style == YamlNode::Style::kQuoted ? "the text " + in_quotes(node.text)
                                                : printable(node.text, 80);
}

bool is_boolean(const YamlNode& node) {
  return node.kind == YamlNode::Kind::kText && node.style == YamlNode::Style::kPlain &&
         (node.text == "true" || node.text == "false");
}

class Checker {
 public:
  explicit Checker(Problems& problems) : problems_(problems) {}

  /// `table_path` has `[]`, `shown_path` the numbers of the entries.
  void check_mapping(const YamlNode& node, std::string_view table_path,
                     const std::string& shown_path) {
    const auto children = children_of(table_path);
    for (const YamlEntry& entry : node.entries) {
      const auto key = std::ranges::find(children, std::string_view(entry.key), &Key::name);
      if (key == children.end()) {
        unknown_key(entry, children, shown_path);
      } else {
        check_value(entry.value, **key, joined(shown_path, entry.key), entry.place);
      }
    }
    for (const Key* key : children) {
      if (key->presence == Presence::kRequired && node.find(key->name()) == nullptr) {
        missing_key(node, *key, shown_path);
      }
    }
  }

 private:
  static std::string joined(const std::string& path, std::string_view name) {
    return path.empty() ? std::string(name) : path + "." + std::string(name);
  }
  static std::string where(const std::string& path) {
    return path.empty() ? " at the top" : " in " + path;
  }

  void unknown_key(const YamlEntry& entry, const std::vector<const Key*>& children,
                   const std::string& path) {
    std::vector<std::string_view> names;
    std::string known;
    for (const Key* key : children) {
      names.push_back(key->name());
      if (key->support == Support::kPlanned) continue;
      known += (known.empty() ? "" : ", ") + std::string(key->name());
    }
    std::string hint = elsewhere(entry.key);
    if (hint.empty()) hint = did_you_mean(nearest(entry.key, names));
    if (hint.empty()) hint = "; known here: " + known;
    problems_.add(entry.place, "unknown key " + in_quotes(entry.key) + where(path) + hint);
  }

  /// Where a key that is known, but not here, belongs.
  static std::string elsewhere(std::string_view name) {
    if (name == "insecureSkipTLSVerify")
      return "; it is an option of the command line only, for tests";
    const auto known = all_keys();
    const auto key = std::ranges::find(known, name, &Key::name);
    if (std::ranges::count(known, name, &Key::name) != 1) return {};
    if (key->parent().empty()) return "; it belongs at the top, not indented";
    return "; it belongs in " + std::string(key->parent());
  }

  void missing_key(const YamlNode& node, const Key& key, const std::string& path) {
    std::string hint;
    if (key.type == KeyType::kChoice) hint = ", which is " + one_of(key.choices);
    problems_.add(node.place, "missing key " + in_quotes(key.name()) + where(path) + hint);
  }

  void wrong(const YamlNode& node, const std::string& path, std::string_view want) {
    problems_.add(node.place, path + ": want " + std::string(want) + ", not " + described(node));
  }

  void check_value(const YamlNode& node, const Key& key, const std::string& path, Place key_place) {
    if (node.kind == YamlNode::Kind::kRefused) return;
    if (key.support == Support::kPlanned) {
      problems_.add(key_place, path + " is not supported yet");
      return;
    }
    if (node.kind == YamlNode::Kind::kNull) {
      problems_.add(
          key_place,
          path + " has no value; remove the key, or check the indentation of what follows");
      return;
    }
    switch (key.type) {
      case KeyType::kText:
        return check_text(node, key, path);
      case KeyType::kBoolean:
        return check_boolean(node, path);
      case KeyType::kWholeNumber:
        return check_whole_number(node, key, path);
      case KeyType::kDuration:
        return check_duration(node, key, path);
      case KeyType::kChoice:
        return check_choice(node, key, path);
      case KeyType::kTextList:
        return check_text_list(node, key, path);
      case KeyType::kTextMapping:
        return check_text_mapping(node, key, path);
      case KeyType::kMapping:
        if (node.kind != YamlNode::Kind::kMapping) return wrong(node, path, "a mapping");
        return check_mapping(node, key.path, path);
      case KeyType::kMappingList:
        return check_mapping_list(node, key, path);
      case KeyType::kDocument:
        return check_document(node, path);
    }
  }

  void check_text(const YamlNode& node, const Key& key, const std::string& path) {
    if (node.kind != YamlNode::Kind::kText) return wrong(node, path, "text");
    if (scalar_type(node) != ScalarType::kText) {
      return wrong(node, path, "text (put it in quotes)");
    }
    if (node.text.empty() && key.empty == Empty::kRefused)
      return problems_.add(node.place, path + " is empty");
    if (node.text.size() > kMaxTextBytes)
      return problems_.add(node.place, path + " is longer than 4096 bytes");
    if (has_control_character(node.text)) {
      problems_.add(node.place, path + " holds a control character: " + in_quotes(node.text));
    }
  }

  /// Keys are foreign: any text that can be shown. (YAML itself bounds them, at 1024 characters.)
  void check_text_mapping(const YamlNode& node, const Key& key, const std::string& path) {
    if (node.kind != YamlNode::Kind::kMapping) return wrong(node, path, "a mapping");
    if (node.entries.empty()) return problems_.add(node.place, path + " is empty");
    for (const YamlEntry& entry : node.entries) {
      if (entry.key.empty()) problems_.add(entry.place, path + " has an empty key");
      if (has_control_character(entry.key)) {
        problems_.add(entry.place,
                      path + ": key " + in_quotes(entry.key) + " holds a control character");
      }
      if (entry.value.kind == YamlNode::Kind::kNull)
        return problems_.add(entry.place, joined(path, entry.key) + " has no value");
      check_text(entry.value, key, joined(path, entry.key));
    }
  }

  void check_boolean(const YamlNode& node, const std::string& path) {
    if (node.kind != YamlNode::Kind::kText) return wrong(node, path, "true or false");
    if (is_boolean(node)) return;
    const std::string lower = ascii_lower(node.text);
    std::string_view meant;
    if (lower == "true" || lower == "yes" || lower == "on" || lower == "y" || lower == "1")
      meant = "true";
    if (lower == "false" || lower == "no" || lower == "off" || lower == "n" || lower == "0")
      meant = "false";
    std::string hint = meant.empty() ? "" : "; did you mean " + std::string(meant) + "?";
    problems_.add(node.place, path + ": want true or false, not " + described(node) + hint);
  }

  void check_whole_number(const YamlNode& node, const Key& key, const std::string& path) {
    if (node.kind != YamlNode::Kind::kText) return wrong(node, path, "a whole number");
    if (node.style == YamlNode::Style::kQuoted && parse_whole_number(node.text)) {
      return wrong(node, path, "a whole number (without quotes)");
    }
    const auto number = parse_whole_number(node.text);
    const auto minimum = static_cast<std::uint64_t>(key.minimum);
    const auto maximum = static_cast<std::uint64_t>(key.maximum);
    if (node.style == YamlNode::Style::kPlain && number && *number >= minimum && *number <= maximum)
      return;
    wrong(node, path,
          "a whole number from " + std::to_string(key.minimum) + " to " +
              std::to_string(key.maximum));
  }

  void check_duration(const YamlNode& node, const Key& key, const std::string& path) {
    const std::string range = print_duration(std::chrono::milliseconds(key.minimum)) + " to " +
                              print_duration(std::chrono::milliseconds(key.maximum));
    if (node.kind != YamlNode::Kind::kText) return wrong(node, path, "a duration from " + range);
    const auto duration = parse_duration(node.text);
    if (!duration) {
      problems_.add(node.place, path +
                                    ": want a duration such as \"5s\", \"250ms\" or \"1h\", not " +
                                    described(node) + did_you_mean(meant_duration(node.text)));
    } else if (duration->count() < key.minimum || duration->count() > key.maximum) {
      wrong(node, path, "a duration from " + range);
    }
  }

  void check_choice(const YamlNode& node, const Key& key, const std::string& path) {
    if (node.kind != YamlNode::Kind::kText) return wrong(node, path, one_of(key.choices));
    if (std::ranges::find(key.choices, node.text) != key.choices.end()) return;
    const std::string_view meant =
        key.choices.size() > 1 ? nearest(node.text, key.choices) : std::string_view();
    problems_.add(node.place, path + ": want " + one_of(key.choices) + ", not " +
                                  in_quotes(node.text) + did_you_mean(meant));
  }

  void check_text_list(const YamlNode& node, const Key& key, const std::string& path) {
    if (node.kind == YamlNode::Kind::kText) {
      return problems_.add(node.place, path + ": want a list: [" + in_quotes(node.text) + "]");
    }
    if (node.kind != YamlNode::Kind::kSequence) return wrong(node, path, "a list");
    if (node.items.empty() && key.empty == Empty::kRefused) {
      return problems_.add(
          node.place, path + " is an empty list, which matches nothing; remove the key or fill it");
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      if (node.items[i].kind == YamlNode::Kind::kRefused) continue;
      check_text(node.items[i], Key{.path = "", .type = KeyType::kText, .description = ""},
                 path + "[" + std::to_string(i) + "]");
    }
  }

  void check_mapping_list(const YamlNode& node, const Key& key, const std::string& path) {
    if (node.kind != YamlNode::Kind::kSequence)
      return wrong(node, path, "a list (each entry begins with \"-\")");
    if (node.items.empty() && key.empty == Empty::kRefused) {
      return problems_.add(node.place, path + " is an empty list; remove the key or fill it");
    }
    const std::string entry_path = std::string(key.path) + "[]";
    for (std::size_t i = 0; i < node.items.size(); ++i) {
      const std::string shown = path + "[" + std::to_string(i) + "]";
      if (node.items[i].kind == YamlNode::Kind::kRefused) continue;
      if (node.items[i].kind == YamlNode::Kind::kMapping) {
        check_mapping(node.items[i], entry_path, shown);
      } else {
        wrong(node.items[i], shown, "a mapping");
      }
    }
  }

  void check_document(const YamlNode& node, const std::string& path) {
    if (node.kind == YamlNode::Kind::kMapping) return;
    if (node.kind != YamlNode::Kind::kText)
      return wrong(node, path, "a path or the document itself");
    if (trimmed(node.text).empty()) return problems_.add(node.place, path + " is empty");
    if (scalar_type(node) != ScalarType::kText)
      return wrong(node, path, "a path or the document itself");
  }

  Problems& problems_;
};

}  // namespace

bool is_text(const YamlNode& node) {
  return node.kind == YamlNode::Kind::kText && scalar_type(node) == ScalarType::kText &&
         !node.text.empty() && node.text.size() <= kMaxTextBytes &&
         !has_control_character(node.text);
}

void check_shape(const YamlNode& root, Problems& problems) {
  if (root.kind == YamlNode::Kind::kRefused) return;
  if (root.kind == YamlNode::Kind::kNull) return problems.add({}, "the file is empty");
  if (root.kind != YamlNode::Kind::kMapping) {
    return problems.add(root.place, "want a mapping at the top, not " + described(root));
  }
  Checker(problems).check_mapping(root, "", "");
}

Section::Section(const YamlNode* node)
    : mapping_(node != nullptr && node->kind == YamlNode::Kind::kMapping ? node : nullptr) {}

const YamlNode* Section::find(std::string_view key) const {
  if (mapping_ == nullptr) return nullptr;
  const YamlEntry* entry = mapping_->find(key);
  return entry == nullptr ? nullptr : &entry->value;
}

const std::vector<YamlNode>& Section::list(std::string_view key) const {
  static const std::vector<YamlNode> kNothing;
  const YamlNode* node = find(key);
  return node == nullptr ? kNothing : node->items;
}

const YamlNode* Section::text(std::string_view key) const {
  const YamlNode* node = find(key);
  return node != nullptr && is_text(*node) ? node : nullptr;
}

bool Section::boolean(std::string_view key, bool otherwise) const {
  const YamlNode* node = find(key);
  if (node == nullptr || !is_boolean(*node)) return otherwise;
  return node->text == "true";
}

}  // namespace countersign::config
