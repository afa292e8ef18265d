#include "admission/patterns.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "oci/image_reference.hpp"

namespace countersign::admission {
namespace {

constexpr std::size_t kMaxPatternBytes = 512;
constexpr std::string_view kAnyDepth = "**";

bool is_lower_alnum(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

Error bad(std::string_view what, std::string_view text, std::string_view why) {
  return {Outcome::kInternalError, "pattern",
          fmt::format("{} pattern \"{}\": {}", what, printable(text, 128), why)};
}
Error bad_namespace(std::string_view text, std::string_view why) {
  return bad("namespace", text, why);
}
Error bad_image(std::string_view text, std::string_view why) { return bad("image", text, why); }

/// `*` stands for any characters. Only the last `*` is ever tried again: at most |pattern| x |text|
/// steps.
bool glob(std::string_view pattern, std::string_view text) noexcept {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t star_end = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_end = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++star_end;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t slash = text.find('/');
    parts.emplace_back(text.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    text.remove_prefix(slash + 1);
  }
}

/// The first component of a reference is a host if it has a dot or a port, or is "localhost"
/// (oci-registry 1.2).
bool can_be_host(std::string_view component) {
  return component.contains('.') || component.contains(':') || component.contains('*') ||
         component == "localhost";
}

Status check_host(std::string_view text, std::string_view host) {
  // A host may be an address in brackets; what follows the last colon outside of them is a port.
  const std::size_t bracket = host.rfind(']');
  const std::size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view port = colon == std::string_view::npos ? "" : host.substr(colon + 1);
  const auto in_port = [](char c) { return is_digit(c) || c == '*'; };
  if (colon != std::string_view::npos && (port.empty() || !std::ranges::all_of(port, in_port))) {
    return bad_image(text, "a port is a number; patterns have no tag and no digest");
  }
  const auto allowed = [](char c) {
    return is_lower_alnum(c) || std::string_view(".-*:[]").contains(c);
  };
  if (!std::ranges::all_of(host, allowed)) {
    return bad_image(text, fmt::format("\"{}\" is not a registry host", printable(host, 64)));
  }
  return ok();
}

Status check_component(std::string_view text, std::string_view component) {
  if (component.empty()) return bad_image(text, "empty path component (\"//\" or \"/\" at an end)");
  if (component.contains(kAnyDepth) && component != kAnyDepth) {
    return bad_image(text, fmt::format("\"**\" must stand alone between slashes; write \"*\" "
                                       "within a component, or \"{}/**\"",
                                       printable(component.substr(0, component.find('*')), 64)));
  }
  if (component.contains('@') || component.contains(':')) {
    return bad_image(
        text,
        fmt::format("patterns have no tag and no digest; write \"{}\"",
                    printable(text.substr(0, text.find_first_of("@:", text.find('/'))), 128)));
  }
  const auto allowed = [](char c) {
    return is_lower_alnum(c) || std::string_view("._-*").contains(c);
  };
  if (!std::ranges::all_of(component, allowed)) {
    return bad_image(
        text,
        fmt::format("\"{}\" is not part of a repository name; only \"*\" and \"**\" are wildcards",
                    printable(component, 64)));
  }
  return ok();
}

}  // namespace

Result<NamespacePattern> NamespacePattern::parse(std::string_view text) {
  if (text.empty()) return bad_namespace(text, "empty; write \"*\" for all namespaces");
  if (text.size() > kMaxPatternBytes) return bad_namespace(text, "too long");
  if (text.contains(kAnyDepth)) return bad_namespace(text, "write \"*\" instead of \"**\"");
  if (std::ranges::any_of(text, is_upper)) {
    return bad_namespace(text, fmt::format("names of namespaces are lower case; write \"{}\"",
                                           printable(ascii_lower(text), 128)));
  }
  const auto allowed = [](char c) { return is_lower_alnum(c) || c == '-' || c == '*'; };
  if (!std::ranges::all_of(text, allowed)) {
    return bad_namespace(text, "only letters, digits, \"-\" and the wildcard \"*\" are allowed");
  }
  return NamespacePattern(text);
}

bool NamespacePattern::matches(std::string_view namespace_name) const noexcept {
  return glob(text_, namespace_name);
}

Result<ImagePattern> ImagePattern::parse(std::string_view text) {
  if (text.empty()) return bad_image(text, "empty; write \"**\" for all images");
  if (text.size() > kMaxPatternBytes) return bad_image(text, "too long");
  if (const std::size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    return bad_image(
        text, fmt::format("not a URL; write \"{}\"", printable(text.substr(scheme + 3), 128)));
  }
  if (std::ranges::any_of(text, is_upper)) {
    return bad_image(text, fmt::format("matched in lower case; write \"{}\"",
                                       printable(ascii_lower(text), 128)));
  }
  auto components = split(text);
  for (std::size_t i = 0; i < components.size(); ++i) {
    const bool host = i == 0 && components.size() > 1 && components[0] != kAnyDepth;
    if (host && !components[0].empty() && !components[0].contains(kAnyDepth)) {
      COUNTERSIGN_CHECK(check_host(text, components[0]));
    } else {
      COUNTERSIGN_CHECK(check_component(text, components[i]));
    }
  }

  // What follows is well formed and can never match.
  if (components.size() == 1) {
    if (components[0] == kAnyDepth) return ImagePattern(text, std::move(components));
    if (components[0] == "*") return bad_image(text, "matches no image; write \"**\" for all");
    if (components[0].contains('.')) {
      return bad_image(text, fmt::format("names no repository; write \"{}/**\"", text));
    }
    return bad_image(text, fmt::format("names no registry; write \"docker.io/library/{}\"", text));
  }
  if (components[0] != kAnyDepth && !can_be_host(components[0])) {
    return bad_image(text, fmt::format("names no registry; write \"docker.io/{}\"", text));
  }
  // The port that a registry has anyway is no part of its name, as in image references.
  components[0] = std::string(oci::without_default_port(components[0]));
  if (components[0] == "registry-1.docker.io" || components[0] == "registry.hub.docker.com" ||
      components[0].starts_with("docker.io:") || components[0].starts_with("index.docker.io:")) {
    return bad_image(text, fmt::format("Docker Hub is called docker.io; write \"docker.io{}\"",
                                       text.substr(text.find('/'))));
  }
  if (components[0] == "index.docker.io") {
    return bad_image(text, fmt::format("Docker Hub is called docker.io; write \"docker.io{}\"",
                                       text.substr(text.find('/'))));
  }
  if (components[0] == "docker.io" && components.size() == 2 && components[1] != kAnyDepth) {
    return bad_image(
        text, fmt::format("Docker Hub names have two parts; write \"docker.io/library/{}\"{}",
                          components[1], components[1] == "*" ? " or \"docker.io/**\"" : ""));
  }
  return ImagePattern(text, std::move(components));
}

/// As `glob`, with components for characters: only the last `**` is ever tried again.
bool ImagePattern::matches(std::string_view name) const noexcept {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t p = 0;  // component of the pattern
  std::size_t at =
      0;  // where the next component of the name starts; behind its end when there is none left
  std::size_t retry_p = kNone;
  std::size_t retry_at = 0;
  while (at <= name.size()) {
    if (p < components_.size() && components_[p] == kAnyDepth) {
      ++p;
      if (p == components_.size()) return true;
      retry_p = p;
      retry_at = at;
      continue;
    }
    const std::size_t end = std::min(name.find('/', at), name.size());
    if (p < components_.size() && glob(components_[p], name.substr(at, end - at))) {
      ++p;
      at = end + 1;
      continue;
    }
    if (retry_p == kNone) return false;
    const std::size_t slash = name.find('/', retry_at);
    if (slash == kNone) return false;
    retry_at = slash + 1;
    at = retry_at;
    p = retry_p;
  }
  return p == components_.size();
}

}  // namespace countersign::admission
