#include "config/configuration.hpp"

#include <nlohmann/json.hpp>

#include "config/durations.hpp"

namespace countersign::config {
namespace {

using OrderedJson = nlohmann::ordered_json;

template <class Names, class Enum>
std::string word(const Names& names, Enum value) {
  return std::string(names[static_cast<std::size_t>(value)]);
}

OrderedJson texts(const std::vector<Located<std::string>>& list) {
  OrderedJson out = OrderedJson::array();
  for (const auto& each : list) out.push_back(*each);
  return out;
}

OrderedJson print(const TrustConfig& trust) {
  OrderedJson out = OrderedJson::object();
  if (trust.policy_file) out["policy"] = **trust.policy_file;
  if (trust.policy_inline) out["policy"] = **trust.policy_inline;
  if (trust.directory) out["directory"] = **trust.directory;
  for (const StoreConfig& store : trust.stores) {
    out["stores"].push_back({{"type", word(kStoreTypeNames, *store.type)},
                             {"name", *store.name},
                             {"files", texts(store.files)}});
  }
  return out;
}

OrderedJson print(const RuleConfig& rule) {
  OrderedJson match = OrderedJson::object();
  if (!rule.namespaces.empty()) match["namespaces"] = texts(rule.namespaces);
  if (!rule.images.empty()) match["images"] = texts(rule.images);
  OrderedJson out = {
      {"name", *rule.name}, {"match", match}, {"action", word(kActionNames, *rule.action)}};
  for (const auto& [key, value] : rule.user_metadata) out["userMetadata"][key] = value;
  return out;
}

OrderedJson print(const EnforcementConfig& enforcement) {
  OrderedJson rules = OrderedJson::array();
  for (const RuleConfig& rule : enforcement.rules) rules.push_back(print(rule));
  OrderedJson by_default = {{"action", word(kActionNames, *enforcement.default_action)},
                            {"onOutage", word(kOnOutageNames, enforcement.on_outage)}};
  if (enforcement.on_outage == OnOutage::kLastGood) {
    by_default["lastGoodAge"] = print_duration(enforcement.last_good_age_or_default());
  }
  return {{"unknownKinds", word(kUnknownKindsNames, enforcement.unknown_kinds)},
          {"default", by_default},
          {"rules", rules}};
}

OrderedJson print(const RegistryConfig& registry) {
  OrderedJson out = {{"match", registry.match->text},
                     {"plainHttp", registry.plain_http},
                     {"plainHttpCredentials", registry.plain_http_credentials}};
  if (registry.ca) out["ca"] = **registry.ca;
  if (!registry.token_servers.empty()) out["tokenServers"] = texts(registry.token_servers);
  if (registry.docker_config) out["credentials"] = {{"dockerConfig", **registry.docker_config}};
  return out;
}

OrderedJson print(const PluginConfig& plugin) {
  OrderedJson out = {{"name", *plugin.name}, {"path", *plugin.path}, {"sha256", *plugin.sha256}};
  for (const auto& [key, value] : plugin.environment) out["environment"][key] = value;
  out["timeout"] = print_duration(plugin.timeout);
  return out;
}

OrderedJson print(const RevocationConfig& revocation) {
  OrderedJson out = OrderedJson::object();
  if (revocation.cache_directory) out["cacheDirectory"] = **revocation.cache_directory;
  if (revocation.offline_directory) out["offlineDirectory"] = **revocation.offline_directory;
  return out;
}

OrderedJson print(const ServerConfig& server) {
  OrderedJson out = {{"address", server.address->to_string()}};
  OrderedJson tls = OrderedJson::object();
  if (server.tls.certificate) tls["certificate"] = **server.tls.certificate;
  if (server.tls.key) tls["key"] = **server.tls.key;
  tls["clientCA"] = "";
  out["tls"] = tls;
  out["ops"] = server.ops->to_string();
  return out;
}

}  // namespace

std::string print_configuration(const Configuration& configuration) {
  OrderedJson registries = OrderedJson::array();
  for (const RegistryConfig& registry : configuration.registries)
    registries.push_back(print(registry));
  OrderedJson plugins = OrderedJson::array();
  for (const PluginConfig& plugin : configuration.plugins) plugins.push_back(print(plugin));
  OrderedJson networks = OrderedJson::array();
  for (const auto& network : configuration.egress.allow) networks.push_back(network->to_string());
  const OrderedJson out = {{"apiVersion", kApiVersion},
                           {"kind", kKind},
                           {"trust", print(configuration.trust)},
                           {"enforcement", print(configuration.enforcement)},
                           {"registries", registries},
                           {"plugins", plugins},
                           {"limits",
                            {{"signatures", configuration.limits.signatures},
                             {"verification", print_duration(configuration.limits.verification)}}},
                           {"egress", {{"allow", networks}}},
                           {"revocation", print(configuration.revocation)},
                           {"server", print(configuration.server)},
                           {"log",
                            {{"level", word(kLogLevelNames, configuration.log.level)},
                             {"format", word(kLogFormatNames, configuration.log.format)}}}};
  return out.dump(2) + "\n";
}

}  // namespace countersign::config
