#include "base/semantic_version.hpp"

#include <algorithm>

namespace countersign {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_identifier_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
}

bool is_number(std::string_view text) { return std::ranges::all_of(text, is_digit); }

/// Item 2: digits without leading zeros.
bool is_plain_number(std::string_view text) {
  return !text.empty() && is_number(text) && (text.size() == 1 || text.front() != '0');
}

/// Parts between dots. "a..b" has an empty one.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t dot = text.find('.');
    parts.emplace_back(text.substr(0, dot));
    if (dot == std::string_view::npos) return parts;
    text.remove_prefix(dot + 1);
  }
}

bool is_identifier(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_identifier_character);
}

/// Of digits without leading zeros, however many.
std::weak_ordering compare_numbers(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return a.size() <=> b.size();
  return a <=> b;
}

/// Item 11.4.
std::weak_ordering compare_identifiers(std::string_view a, std::string_view b) {
  const bool a_is_number = is_number(a);
  if (a_is_number != is_number(b))
    return a_is_number ? std::weak_ordering::less : std::weak_ordering::greater;
  return a_is_number ? compare_numbers(a, b) : std::weak_ordering(a <=> b);
}

}  // namespace

std::optional<SemanticVersion> SemanticVersion::parse(std::string_view text) {
  if (text.size() > kMaxBytes) return std::nullopt;
  if (const std::size_t plus = text.find('+'); plus != std::string_view::npos) {
    if (!std::ranges::all_of(split(text.substr(plus + 1)), is_identifier)) return std::nullopt;
    text = text.substr(0, plus);
  }
  SemanticVersion version;
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    version.prerelease_ = split(text.substr(dash + 1));
    for (const std::string& each : version.prerelease_) {
      // Item 9: numeric identifiers have no leading zeros.
      if (!is_identifier(each) || (is_number(each) && !is_plain_number(each))) return std::nullopt;
    }
    text = text.substr(0, dash);
  }
  const std::vector<std::string> core = split(text);
  if (core.size() != version.core_.size() || !std::ranges::all_of(core, is_plain_number))
    return std::nullopt;
  std::ranges::copy(core, version.core_.begin());
  return version;
}

std::weak_ordering operator<=>(const SemanticVersion& a, const SemanticVersion& b) {
  for (std::size_t i = 0; i < a.core_.size(); ++i) {
    const auto order = compare_numbers(a.core_[i], b.core_[i]);
    if (order != 0) return order;
  }
  // Item 11.3: a pre-release comes before its release.
  if (a.prerelease_.empty() || b.prerelease_.empty())
    return b.prerelease_.size() <=> a.prerelease_.size();
  const std::size_t shared = std::min(a.prerelease_.size(), b.prerelease_.size());
  for (std::size_t i = 0; i < shared; ++i) {
    const auto order = compare_identifiers(a.prerelease_[i], b.prerelease_[i]);
    if (order != 0) return order;
  }
  return a.prerelease_.size() <=> b.prerelease_.size();
}

}  // namespace countersign
