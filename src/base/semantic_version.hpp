#pragma once
/// Versions as SemVer 2.0.0 defines them: read strictly, compared by precedence.
///
/// Source: https://semver.org/spec/v2.0.0.html, items 2, 9, 10 and 11. No leading "v".

#include <array>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

class SemanticVersion {
 public:
  static constexpr std::size_t kMaxBytes = 256;  ///< numbers are as long as they like, below this

  /// Nothing if it is no version of this form.
  [[nodiscard]] static std::optional<SemanticVersion> parse(std::string_view text);

  /// Item 11. Build metadata do not count: versions that differ in them alone are equivalent.
  friend std::weak_ordering operator<=>(const SemanticVersion& a, const SemanticVersion& b);
  friend bool operator==(const SemanticVersion& a, const SemanticVersion& b) {
    return (a <=> b) == std::weak_ordering::equivalent;
  }

 private:
  std::array<std::string, 3> core_;      ///< major, minor, patch: digits
  std::vector<std::string> prerelease_;  ///< identifiers; none for a release
};

}  // namespace countersign
