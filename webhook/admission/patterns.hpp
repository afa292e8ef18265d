#pragma once
/// Patterns of enforcement rules. Anchored at both ends; matched without exponential backtracking.
///
/// Source: decisions 23. `*` stands for any characters within one path component, none included.
/// `**` is a component of its own: at the start or in the middle it stands for any number of
/// components, none included; at the end for at least one. So `shop.example/team/**` is everything
/// below "team", and `**/cart` every repository called "cart".

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace countersign::admission {

/// A glob for names of namespaces: lower-case letters, digits, `-` and `*`.
class NamespacePattern {
 public:
  /// Errors: `kInternalError` with reason "pattern"; the message says what is wrong and what was
  /// probably meant.
  static Result<NamespacePattern> parse(std::string_view text);

  [[nodiscard]] bool matches(std::string_view namespace_name) const noexcept;
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  explicit NamespacePattern(std::string_view text) : text_(text) {}
  std::string text_;
};

/// A pattern for `host/repository` in normal form ("docker.io/library/nginx"), without tag and
/// digest.
class ImagePattern {
 public:
  /// Errors: as above; also for patterns that can never match, such as "nginx" or
  /// "docker.io/nginx".
  static Result<ImagePattern> parse(std::string_view text);

  /// `name` as oci::ImageReference::name() gives it.
  [[nodiscard]] bool matches(std::string_view name) const noexcept;
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  explicit ImagePattern(std::string_view text, std::vector<std::string> components)
      : text_(text), components_(std::move(components)) {}
  std::string text_;
  std::vector<std::string> components_;
};

}  // namespace countersign::admission
