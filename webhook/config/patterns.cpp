#include "config/patterns.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "config/problems.hpp"

namespace countersign::config {
namespace {

constexpr std::size_t kMaxNamespaceBytes = 63;

Error wrong(std::string_view pattern, std::string_view what, std::string_view meant = {}) {
  return {Outcome::kInternalError, "PATTERN",
          in_quotes(pattern) + " " + std::string(what) + did_you_mean(meant)};
}

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

std::vector<std::string_view> components_of(std::string_view pattern) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t slash = pattern.find('/');
    parts.push_back(pattern.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    pattern.remove_prefix(slash + 1);
  }
}

bool can_be_registry(std::string_view component) {
  return component == "localhost" || component.find_first_of(".:*") != std::string_view::npos;
}

/// What a short name means in full.
std::string in_full(std::string_view pattern) {
  const bool single = !pattern.contains('/');
  return std::string(single ? "docker.io/library/" : "docker.io/") + std::string(pattern);
}

/// The pattern without scheme, tag and digest.
std::string without_decoration(std::string_view pattern) {
  std::string bare(pattern);
  if (const std::size_t scheme = bare.find("://"); scheme != std::string::npos)
    bare.erase(0, scheme + 3);
  bare.erase(std::min(bare.find('@'), bare.size()));
  const std::size_t name = bare.rfind('/');
  if (name != std::string::npos) bare.erase(std::min(bare.find(':', name), bare.size()));
  return bare;
}

Status check_component(std::string_view pattern, std::string_view component) {
  if (component.empty()) return wrong(pattern, "has an empty path component");
  if (component == "**") return ok();
  if (component.contains("**"))
    return wrong(pattern, "has \"**\" beside other text; it stands for whole components");
  return ok();
}

}  // namespace

Status check_image_pattern(std::string_view pattern) {
  if (pattern.empty()) return wrong(pattern, "is empty");
  if (pattern.size() > kMaxPatternBytes) return wrong(pattern, "is longer than 512 bytes");
  if (std::ranges::any_of(pattern, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return wrong(pattern, "can never match, as names are compared in lower case",
                 ascii_lower(pattern));
  }
  const auto parts = components_of(pattern);
  const bool decorated =
      pattern.contains("://") || pattern.contains('@') ||
      (parts.size() > 1 && std::ranges::any_of(parts.begin() + 1, parts.end(),
                                               [](auto part) { return part.contains(':'); }));
  if (decorated) {
    return wrong(pattern,
                 "can never match, as patterns are compared without scheme, tag and digest",
                 without_decoration(pattern));
  }
  const auto allowed = [](char c) {
    return is_lower_or_digit(c) || std::string_view("._-/:*[]").contains(c);
  };
  if (!std::ranges::all_of(pattern, allowed))
    return wrong(pattern, "holds a character that no image name has");
  for (const std::string_view part : parts) COUNTERSIGN_CHECK(check_component(pattern, part));
  if (parts.front() == "index.docker.io") {
    return wrong(pattern, "can never match, as that registry is named docker.io",
                 "docker.io" + std::string(pattern.substr(parts.front().size())));
  }
  if (pattern == "**") return ok();
  if (pattern == "*")
    return wrong(pattern, "can never match, as it is one component and names have two", "**");
  if (!can_be_registry(parts.front())) {
    return wrong(pattern, "can never match, as names begin with their registry", in_full(pattern));
  }
  if (parts.size() == 1) {
    return wrong(pattern, "can never match, as it names no repository",
                 std::string(pattern) + "/**");
  }
  if (parts.front() == "docker.io" && parts.size() == 2 && parts[1] != "**") {
    return wrong(pattern, "can never match, as Docker Hub's names have two components",
                 parts[1] == "*" ? "docker.io/**" : "docker.io/library/" + std::string(parts[1]));
  }
  return ok();
}

Status check_namespace_pattern(std::string_view pattern) {
  if (pattern.empty()) return wrong(pattern, "is empty");
  if (pattern.contains("**"))
    return wrong(pattern, "has \"**\"; in a namespace one \"*\" is any text");
  if (std::ranges::any_of(pattern, [](char c) { return c >= 'A' && c <= 'Z'; })) {
    return wrong(pattern, "can never match, as namespaces are in lower case", ascii_lower(pattern));
  }
  const auto allowed = [](char c) { return is_lower_or_digit(c) || c == '-' || c == '*'; };
  if (!std::ranges::all_of(pattern, allowed))
    return wrong(pattern, "holds a character that no namespace has");
  const auto literal = std::ranges::count_if(pattern, [](char c) { return c != '*'; });
  if (static_cast<std::size_t>(literal) > kMaxNamespaceBytes) {
    return wrong(pattern, "can never match, as namespaces have at most 63 characters");
  }
  if (pattern.front() == '-' || pattern.back() == '-') {
    return wrong(pattern, "can never match, as namespaces neither begin nor end with \"-\"");
  }
  return ok();
}

}  // namespace countersign::config
