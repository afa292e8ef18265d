#include "adapters/registry/scope.hpp"

#include <algorithm>
#include <set>

namespace countersign::registry {
namespace {

constexpr std::size_t kMaxScopes = 8;
constexpr std::size_t kMaxPlainScope = 64;

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t at = text.find(separator);
    if (at != 0) parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) break;
    text.remove_prefix(at + 1);
  }
  return parts;
}

bool is_plain(std::string_view scope) {
  return scope.size() <= kMaxPlainScope && std::ranges::all_of(scope, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                  c == '.';
         });
}

}  // namespace

std::vector<std::string> scopes_to_request(std::string_view repository,
                                           std::string_view challenge_scope) {
  std::set<std::string> actions = {"pull"};
  std::set<std::string> plain;
  for (const std::string_view scope : split(challenge_scope, ' ')) {
    const std::size_t first = scope.find(':');
    if (first == std::string_view::npos) {
      if (is_plain(scope) && plain.size() < kMaxScopes) plain.emplace(scope);
      continue;
    }
    // The name may hold a colon itself (host with port), so it ends at the last one.
    const std::size_t last = scope.rfind(':');
    if (last == first || scope.substr(0, first) != "repository") continue;
    if (scope.substr(first + 1, last - first - 1) != repository) continue;
    for (const std::string_view action : split(scope.substr(last + 1), ',')) {
      if (action == "pull" || action == "metadata_read") actions.emplace(action);
    }
  }
  std::string own = "repository:" + std::string(repository) + ":";
  for (const std::string& action : actions)
    own.append(action == *actions.begin() ? "" : ",").append(action);
  std::vector<std::string> scopes(plain.begin(), plain.end());
  scopes.push_back(std::move(own));
  std::ranges::sort(scopes);
  return scopes;
}

}  // namespace countersign::registry
