#include "adapters/registry/link.hpp"

#include <ranges>
#include <string>

#include "base/text.hpp"

namespace countersign::registry {
namespace {

Error bad(std::string what) {
  return {Outcome::kRegistryMisbehaved, "BAD_RESPONSE", "Link: " + std::move(what)};
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t blank = list.find_first_of(" \t");
    if (ascii_iequals(list.substr(0, blank), token)) return true;
    if (blank == std::string_view::npos) return false;
    list.remove_prefix(blank + 1);
  }
  return false;
}

/// The end of a quoted string that starts at `at`, or npos.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

struct Link {
  std::string_view target;
  bool is_next = false;
};

/// Reads one link and moves `rest` behind it and its comma.
Result<Link> take_link(std::string_view* rest) {
  std::string_view text = *rest;
  if (!text.starts_with('<')) return bad("want '<'");
  const std::size_t close = text.find('>');
  if (close == std::string_view::npos) return bad("want '>'");
  Link link{.target = text.substr(1, close - 1)};
  std::size_t at = close + 1;
  bool rel_seen = false;
  for (;;) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == ';')) ++at;
    if (at >= text.size() || text[at] == ',') break;
    const std::size_t name_end = std::min(text.find_first_of("=;, \t", at), text.size());
    const std::string_view name = text.substr(at, name_end - at);
    if (name.empty()) return bad("want a parameter");
    at = name_end;
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
    std::string_view value;
    if (at < text.size() && text[at] == '=') {
      ++at;
      while (at < text.size() && (text[at] == ' ' || text[at] == '\t')) ++at;
      if (at < text.size() && text[at] == '"') {
        const std::size_t end = end_of_quoted(text, at);
        if (end == std::string_view::npos) return bad("quoted string does not end");
        value = text.substr(at + 1, end - at - 2);
        at = end;
      } else {
        const std::size_t end = std::min(text.find_first_of(";,", at), text.size());
        value = trimmed(text.substr(at, end - at));
        at = end;
      }
    }
    // RFC 8288: `rel` counts where it stands first.
    if (ascii_iequals(name, "rel") && !rel_seen) {
      rel_seen = true;
      link.is_next = has_token(value, "next");
    }
  }
  *rest = at < text.size() ? text.substr(at + 1) : std::string_view();
  return link;
}

/// "." or "..", percent-encoded or not: some server may resolve it.
bool has_dot_segment(std::string_view path) {
  std::string plain = ascii_lower(path);
  for (std::size_t at = 0; (at = plain.find("%2e", at)) != std::string::npos; ++at)
    plain.replace(at, 3, ".");
  for (const auto segment : std::views::split(plain, '/')) {
    const std::string_view text(segment.begin(), segment.end());
    if (text == "." || text == "..") return true;
  }
  return false;
}

}  // namespace

Result<std::optional<http::Url>> next_page(const std::vector<std::string_view>& link_fields,
                                           const http::Url& page, std::string_view path_prefix) {
  for (std::string_view rest : link_fields) {
    for (;;) {
      while (rest.starts_with(' ') || rest.starts_with('\t') || rest.starts_with(','))
        rest.remove_prefix(1);
      if (rest.empty()) break;
      COUNTERSIGN_TRY(const Link link, take_link(&rest));
      if (!link.is_next) continue;
      COUNTERSIGN_TRY(http::Url next, page.resolve(link.target));
      if (!same_origin(next, page))
        return bad("the next page is on another host: " + next.redacted());
      if (!next.path().starts_with(path_prefix) || has_dot_segment(next.path()))
        return bad("the next page is no list of referrers: " + next.redacted());
      return std::optional<http::Url>(std::move(next));
    }
  }
  return std::optional<http::Url>();
}

}  // namespace countersign::registry
