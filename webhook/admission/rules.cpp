#include "admission/rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace countersign::admission {

Result<Rules> Rules::create(Action default_action, UnknownKinds unknown_kinds,
                            std::vector<Rule> rules) {
  const auto bad = [](std::string_view rule, std::string_view why) {
    return Error::mistake("rules", fmt::format("rule \"{}\": {}", printable(rule, 64), why));
  };
  for (auto rule = rules.begin(); rule != rules.end(); ++rule) {
    if (rule->name.empty()) return bad("", "a rule needs a name");
    if (rule->name == kDefaultName) {
      return bad(rule->name, "the name \"default\" is taken by the default action");
    }
    const auto same = [&](const Rule& other) { return other.name == rule->name; };
    if (std::any_of(rules.begin(), rule, same)) {
      return bad(rule->name, "another rule has this name");
    }
  }
  Rules created;
  created.default_action_ = default_action;
  created.unknown_kinds_ = unknown_kinds;
  created.rules_ = std::move(rules);
  return created;
}

Rules::Choice Rules::choose_for_unread(std::optional<std::string_view> namespace_name) const {
  std::optional<Choice> strictest;
  const auto consider = [&](const Choice& choice) {
    if (!strictest || choice.action < strictest->action) strictest = choice;
  };
  for (const Rule& rule : rules_) {
    if (namespace_name && !in_namespace(rule, *namespace_name)) continue;
    const bool all_images = rule.match.images.empty();
    const bool by_namespace = !rule.match.namespaces.empty();
    consider({rule.action, rule.name, all_images && by_namespace});
    if (all_images && (namespace_name || !by_namespace)) return *strictest;
  }
  consider({default_action_, kDefaultName, false});
  return *strictest;
}

bool Rules::in_namespace(const Rule& rule, std::string_view namespace_name) noexcept {
  const auto& patterns = rule.match.namespaces;
  return patterns.empty() || std::ranges::any_of(patterns, [&](const NamespacePattern& pattern) {
           return pattern.matches(namespace_name);
         });
}

bool Rules::names_image(const Rule& rule, std::string_view image) noexcept {
  return std::ranges::any_of(rule.match.images,
                             [&](const ImagePattern& pattern) { return pattern.matches(image); });
}

}  // namespace countersign::admission
