#include "config/contradictions.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace countersign::config {
namespace {

std::string in_line(Place place) { return "line " + std::to_string(place.line); }

using Patterns = std::vector<Located<std::string>>;

bool has_pattern(const Patterns& patterns, std::string_view pattern) {
  return std::ranges::any_of(patterns, [&](const auto& each) { return *each == pattern; });
}

bool holds_all(const Patterns& patterns, const Patterns& others) {
  return std::ranges::all_of(others,
                             [&](const auto& other) { return has_pattern(patterns, *other); });
}

/// Whether every namespace that `later` matches is matched by `earlier`, as far as equal patterns
/// and "*" show it.
bool covers_namespaces(const RuleConfig& earlier, const RuleConfig& later) {
  if (earlier.namespaces.empty() || has_pattern(earlier.namespaces, "*")) return true;
  return !later.namespaces.empty() && holds_all(earlier.namespaces, later.namespaces);
}

/// The same for images. A rule without `images` matches invalid references too, which "**" does
/// not.
bool covers_images(const RuleConfig& earlier, const RuleConfig& later) {
  if (earlier.images.empty()) return true;
  if (later.images.empty()) return false;
  return has_pattern(earlier.images, "**") || holds_all(earlier.images, later.images);
}

void check_rules(const std::vector<RuleConfig>& rules, Problems& problems) {
  std::map<std::string_view, Place> names;
  for (auto rule = rules.begin(); rule != rules.end(); ++rule) {
    const auto [first, is_new] = names.emplace(*rule->name, rule->name.place);
    if (!is_new) {
      problems.add(rule->name.place, "rule \"" + *rule->name +
                                         "\" is here a second time; the first is in " +
                                         in_line(first->second));
    }
    if (*rule->action == Action::kSkip && !rule->user_metadata.empty()) {
      problems.add(rule->place, "rule \"" + *rule->name +
                                    "\" asks for userMetadata and verifies nothing: remove one, or "
                                    "choose another action than skip");
    }
    const auto cover = std::find_if(rules.begin(), rule, [&](const RuleConfig& earlier) {
      return covers_namespaces(earlier, *rule) && covers_images(earlier, *rule);
    });
    if (cover != rule) {
      problems.add(rule->place, "rule \"" + *rule->name + "\" can never match: rule \"" +
                                    *cover->name + "\" in " + in_line(cover->place) +
                                    " comes first and matches all that it matches");
    }
  }
}

void check_outages(const EnforcementConfig& enforcement, Problems& problems) {
  if (enforcement.last_good_age && enforcement.on_outage != OnOutage::kLastGood) {
    problems.add(enforcement.last_good_age->place,
                 "lastGoodAge without onOutage: lastGood says nothing; remove it, or add that");
  }
}

void check_registry(const RegistryConfig& registry, Problems& problems) {
  const std::string& match = registry.match->text;
  const Place place = registry.match.place;
  if (registry.plain_http && registry.match->is_wildcard()) {
    problems.add(place, "plainHttp does not go with the wildcard \"" + match +
                            "\"; name each such registry");
  }
  if (registry.plain_http_credentials && !registry.plain_http) {
    problems.add(place, "plainHttpCredentials without plainHttp: true says nothing; remove it");
  }
  if (registry.plain_http && registry.ca) {
    problems.add(registry.ca->place,
                 "ca does not go with plainHttp, where there is no certificate to check");
  }
  if (registry.plain_http && registry.docker_config && !registry.plain_http_credentials &&
      !registry.match->is_wildcard() && !registry.match->is_loopback()) {
    problems.add(registry.docker_config->place,
                 "credentials are not sent over plain HTTP to \"" + match +
                     "\", which is no loopback address; remove them, or set plainHttpCredentials: "
                     "true if that network "
                     "may read them");
  }
}

void check_registries(const std::vector<RegistryConfig>& registries, Problems& problems) {
  std::map<std::string_view, Place> matches;
  for (const RegistryConfig& registry : registries) {
    const auto [first, is_new] = matches.emplace(registry.match->text, registry.match.place);
    if (!is_new) {
      problems.add(registry.match.place, "registry \"" + registry.match->text +
                                             "\" is here a second time; the first is in " +
                                             in_line(first->second));
    }
    check_registry(registry, problems);
  }
}

void check_stores(const std::vector<StoreConfig>& stores, Problems& problems) {
  std::map<std::pair<StoreType, std::string_view>, Place> seen;
  for (const StoreConfig& store : stores) {
    const auto [first, is_new] =
        seen.emplace(std::pair(*store.type, std::string_view(*store.name)), store.place);
    if (!is_new) {
      problems.add(store.place, "trust store \"" + std::string(trust::name(*store.type)) + ":" +
                                    *store.name + "\" is here a second time; the first is in " +
                                    in_line(first->second) + "; put all its files into one entry");
    }
  }
}

void check_plugins(const std::vector<PluginConfig>& plugins, Problems& problems) {
  std::map<std::string_view, Place> names;
  for (const PluginConfig& plugin : plugins) {
    const auto [first, is_new] = names.emplace(*plugin.name, plugin.name.place);
    if (!is_new) {
      problems.add(plugin.name.place, "plugin \"" + *plugin.name +
                                          "\" is here a second time; the first is in " +
                                          in_line(first->second));
    }
  }
}

void check_server(const ServerConfig& server, Problems& problems) {
  if (server.tls.certificate && !server.tls.key) {
    problems.add(server.tls.certificate->place,
                 "server.tls.certificate needs server.tls.key, its private key");
  }
  if (server.tls.key && !server.tls.certificate) {
    problems.add(server.tls.key->place, "server.tls.key needs server.tls.certificate");
  }
  if (server.address->port != 0 && *server.address == *server.ops) {
    const Place place = server.ops.written() ? server.ops.place : server.address.place;
    problems.add(place, "server.address and server.ops are both " + server.ops->to_string() +
                            "; each needs an address of its own");
  }
}

}  // namespace

void check_contradictions(const Configuration& configuration, Problems& problems) {
  check_stores(configuration.trust.stores, problems);
  check_rules(configuration.enforcement.rules, problems);
  check_outages(configuration.enforcement, problems);
  check_registries(configuration.registries, problems);
  check_plugins(configuration.plugins, problems);
  check_server(configuration.server, problems);
}

}  // namespace countersign::config
