#pragma once
/// Enforcement rules: what is asked of an image in a namespace.
///
/// Source: interface 4 (`enforcement`), decisions 23. First match wins; none means the default
/// action. The fields of one match are ANDed, the entries of one field ORed; a field without
/// entries does not constrain. Left to the caller: reading the file, and refusing an empty list
/// there (it would not constrain).

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admission/action.hpp"
#include "admission/patterns.hpp"
#include "base/result.hpp"
#include "verdict/user_metadata.hpp"

namespace countersign::admission {

struct Match {
  std::vector<NamespacePattern> namespaces;
  std::vector<ImagePattern> images;
};

struct Rule {
  std::string name;
  Match match;
  Action action = Action::kEnforce;
  verdict::UserMetadata user_metadata = {};  ///< asked of each image's signature
};

/// The rules of one configuration. Default-constructed it enforces everywhere.
class Rules {
 public:
  /// The name under which the default action is reported.
  static constexpr std::string_view kDefaultName = "default";
  static inline const verdict::UserMetadata kNoMetadata = {};

  Rules() = default;
  /// Errors: `kInternalError` with reason "rules" if a name is missing, is "default", or stands
  /// there twice.
  static Result<Rules> create(Action default_action, UnknownKinds unknown_kinds,
                              std::vector<Rule> rules);

  [[nodiscard]] Action default_action() const noexcept { return default_action_; }
  [[nodiscard]] UnknownKinds unknown_kinds() const noexcept { return unknown_kinds_; }

  /// Views live as long as these rules.
  struct Choice {
    Action action = Action::kEnforce;
    std::string_view rule = kDefaultName;
    bool by_namespace_only = false;  ///< the rule looks at nothing else
    const verdict::UserMetadata* user_metadata = &kNoMetadata;
  };
  /// `image_name` is called at most when a rule asks for it, and gives "host/repository" in normal
  /// form as a string_view, or nothing for an invalid reference, which matches only rules without
  /// image patterns.
  template <std::invocable ImageName>
  [[nodiscard]] Choice choose(std::string_view namespace_name, ImageName&& image_name) const {
    for (const Rule& rule : rules_) {
      if (!in_namespace(rule, namespace_name)) continue;
      if (rule.match.images.empty())
        return {rule.action, rule.name, !rule.match.namespaces.empty(), &rule.user_metadata};
      const std::optional<std::string_view> image = image_name();
      if (image && names_image(rule, *image))
        return {rule.action, rule.name, false, &rule.user_metadata};
    }
    return {default_action_, kDefaultName, false};
  }

  /// For an object whose images could not be read, so that any of them might be in it: the
  /// strictest of all that could have been chosen in the namespace, the first of equals. Without a
  /// namespace it could be in any.
  [[nodiscard]] Choice choose_for_unread(std::optional<std::string_view> namespace_name) const;

 private:
  static bool in_namespace(const Rule& rule, std::string_view namespace_name) noexcept;
  static bool names_image(const Rule& rule, std::string_view image) noexcept;

  Action default_action_ = Action::kEnforce;
  UnknownKinds unknown_kinds_ = UnknownKinds::kDeny;
  std::vector<Rule> rules_;
};

}  // namespace countersign::admission
