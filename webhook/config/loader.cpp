#include "config/loader.hpp"

#include <algorithm>
#include <utility>

#include "admission/patterns.hpp"
#include "base/text.hpp"
#include "base/whole_number.hpp"
#include "config/contradictions.hpp"
#include "config/durations.hpp"
#include "config/shape.hpp"
#include "config/yaml.hpp"
#include "oci/digest.hpp"
#include "trust/trust_store.hpp"

namespace countersign::config {
namespace {

/// The syntax of what rules match is known where they are matched.
template <class Pattern>
Status check_pattern(std::string_view text) {
  auto pattern = Pattern::parse(text);
  if (pattern) return ok();
  return std::move(pattern).error();
}

constexpr std::size_t kMaxRuleNameBytes = 63;
constexpr std::size_t kMaxRules = 1000;
constexpr std::size_t kMaxPluginNameBytes = 128;

template <class Enum, class Names>
bool choose(const Section& section, std::string_view key, const Names& names, Located<Enum>& into) {
  const YamlNode* node = section.text(key);
  if (node == nullptr) return false;
  const auto found = std::ranges::find(names, node->text);
  if (found == names.end()) return false;
  into = {static_cast<Enum>(found - names.begin()), node->place};
  return true;
}

std::optional<Located<std::string>> text_of(const Section& section, std::string_view key) {
  const YamlNode* node = section.text(key);
  if (node == nullptr) return std::nullopt;
  return Located<std::string>(node->text, node->place);
}

std::vector<Located<std::string>> texts_of(const Section& section, std::string_view key) {
  std::vector<Located<std::string>> texts;
  for (const YamlNode& item : section.list(key)) {
    if (is_text(item)) texts.emplace_back(item.text, item.place);
  }
  return texts;
}

/// One section of the file after the other. The shape has been checked: what has not its right
/// shape is passed over here, and what is told here is what a shape cannot say.
class Reader {
 public:
  explicit Reader(Problems& problems) : problems_(problems) {}

  TrustConfig trust(const Section& section, Place place) {
    TrustConfig trust;
    read_policy(section.find("policy"), trust);
    trust.directory = text_of(section, "directory");
    for (const YamlNode& entry : section.list("stores")) read_store(entry, trust);
    if (section.is_mapping() && section.find("directory") == nullptr &&
        section.find("stores") == nullptr) {
      problems_.add(place,
                    "trust needs stores, a directory, or both: without them no signer is trusted");
    }
    return trust;
  }

  EnforcementConfig enforcement(const Section& section) {
    EnforcementConfig enforcement;
    Located<UnknownKinds> unknown_kinds;
    if (choose(section, "unknownKinds", kUnknownKindsNames, unknown_kinds))
      enforcement.unknown_kinds = *unknown_kinds;
    choose(section.section("default"), "action", kActionNames, enforcement.default_action);
    Located<OnOutage> on_outage;
    if (choose(section.section("default"), "onOutage", kOnOutageNames, on_outage))
      enforcement.on_outage = *on_outage;
    if (const YamlNode* age = section.section("default").find("lastGoodAge")) {
      if (const auto duration = parse_duration(age->text))
        enforcement.last_good_age = Located(*duration, age->place);
    }
    const auto& rules = section.list("rules");
    if (rules.size() > kMaxRules) {
      problems_.add(rules[kMaxRules].place, "more than " + std::to_string(kMaxRules) + " rules");
      return enforcement;
    }
    for (const YamlNode& entry : rules) read_rule(entry, enforcement);
    return enforcement;
  }

  std::vector<RegistryConfig> registries(const std::vector<YamlNode>& entries) {
    std::vector<RegistryConfig> registries;
    for (const YamlNode& entry : entries) {
      const Section section(&entry);
      RegistryConfig registry;
      registry.place = entry.place;
      registry.plain_http = section.boolean("plainHttp", registry.plain_http);
      registry.plain_http_credentials =
          section.boolean("plainHttpCredentials", registry.plain_http_credentials);
      registry.ca = text_of(section, "ca");
      registry.token_servers = read_hosts(section);
      registry.docker_config = text_of(section.section("credentials"), "dockerConfig");
      check_credentials(section.find("credentials"));
      if (parse(section.text("match"), "match", registry.match))
        registries.push_back(std::move(registry));
    }
    return registries;
  }

  std::vector<PluginConfig> plugins(const std::vector<YamlNode>& entries) {
    std::vector<PluginConfig> plugins;
    if (entries.size() > kMaxPlugins) {
      problems_.add(entries[kMaxPlugins].place,
                    "more than " + std::to_string(kMaxPlugins) + " plugins");
      return plugins;
    }
    for (const YamlNode& entry : entries) {
      const Section section(&entry);
      PluginConfig plugin;
      plugin.place = entry.place;
      if (const YamlNode* timeout = section.find("timeout"))
        plugin.timeout = parse_duration(timeout->text).value_or(plugin.timeout);
      read_environment(section.find("environment"), plugin);
      const auto name = text_of(section, "name");
      const auto path = text_of(section, "path");
      const auto sha256 = text_of(section, "sha256");
      const bool name_is_right = name && check_plugin_name(*name);
      const bool digest_is_right = sha256 && check_sha256(*sha256);
      if (!name_is_right || !path || !digest_is_right) continue;
      plugin.name = *name;
      plugin.path = *path;
      plugin.sha256 = *sha256;
      plugins.push_back(std::move(plugin));
    }
    return plugins;
  }

  EgressConfig egress(const Section& section) {
    EgressConfig egress;
    for (const YamlNode& item : section.list("allow")) {
      if (!is_text(item)) continue;
      auto network = parse_egress_network(item.text);
      if (network) {
        egress.allow.emplace_back(*std::move(network), item.place);
      } else {
        problems_.add(item.place, "egress.allow: " + network.error().message());
      }
    }
    return egress;
  }

  static RevocationConfig revocation(const Section& section) {
    return {.cache_directory = text_of(section, "cacheDirectory"),
            .offline_directory = text_of(section, "offlineDirectory")};
  }

  ServerConfig server(const Section& section) {
    ServerConfig server;
    parse(section.text("address"), "server.address", server.address);
    parse(section.text("ops"), "server.ops", server.ops);
    const Section tls = section.section("tls");
    server.tls.certificate = text_of(tls, "certificate");
    server.tls.key = text_of(tls, "key");
    if (const YamlNode* client_ca = tls.text("clientCA")) {
      problems_.add(client_ca->place,
                    "server.tls.clientCA is not supported yet; remove it or leave it empty");
    }
    if (tls.is_mapping() && tls.find("certificate") == nullptr && tls.find("key") == nullptr &&
        tls.find("clientCA") == nullptr) {
      problems_.add(section.find("tls")->place,
                    "server.tls is empty; remove it, or name a certificate and its key");
    }
    return server;
  }

  static LimitsConfig limits(const Section& section) {
    LimitsConfig limits;
    if (const YamlNode* node = section.find("signatures")) {
      limits.signatures =
          static_cast<unsigned>(parse_whole_number(node->text).value_or(limits.signatures));
    }
    if (const YamlNode* node = section.find("verification")) {
      limits.verification = parse_duration(node->text).value_or(limits.verification);
    }
    return limits;
  }

  static LogConfig log(const Section& section) {
    Located<LogLevel> level(LogConfig{}.level);
    Located<LogFormat> format(LogConfig{}.format);
    choose(section, "level", kLogLevelNames, level);
    choose(section, "format", kLogFormatNames, format);
    return {*level, *format};
  }

 private:
  /// True if `node` is there and right; a problem if it is there and wrong.
  template <class T>
  bool parse(const YamlNode* node, std::string_view key, Located<T>& into) {
    if (node == nullptr) return false;
    auto parsed = T::parse(node->text);
    if (!parsed) {
      problems_.add(node->place, std::string(key) + ": " + parsed.error().message());
      return false;
    }
    into = {*std::move(parsed), node->place};
    return true;
  }

  static void read_policy(const YamlNode* node, TrustConfig& trust) {
    if (node == nullptr) return;
    if (node->kind == YamlNode::Kind::kMapping) {
      trust.policy_inline = Located<std::string>(to_json_text(*node), node->place);
    } else if (node->kind == YamlNode::Kind::kText) {
      const std::size_t first = node->text.find_first_not_of(" \t\r\n");
      const bool is_json = first != std::string::npos && node->text[first] == '{';
      (is_json ? trust.policy_inline : trust.policy_file) =
          Located<std::string>(node->text, node->place);
    }
  }

  void read_store(const YamlNode& entry, TrustConfig& trust) {
    const Section section(&entry);
    StoreConfig store;
    store.place = entry.place;
    store.files = texts_of(section, "files");
    const bool typed = choose(section, "type", kStoreTypeNames, store.type);
    const auto name = text_of(section, "name");
    if (name && !trust::is_store_name(**name)) {
      problems_.add(
          name->place,
          "trust store name " + in_quotes(**name) +
              " may hold only letters, digits, \"_\", \".\" and \"-\", and not be \".\" or \"..\"");
      return;
    }
    if (!name || !typed) return;
    store.name = *name;
    trust.stores.push_back(std::move(store));
  }

  void read_rule(const YamlNode& entry, EnforcementConfig& enforcement) {
    const Section section(&entry);
    RuleConfig rule;
    rule.place = entry.place;
    const bool has_action = choose(section, "action", kActionNames, rule.action);
    const auto name = text_of(section, "name");
    if (name && (*name)->size() > kMaxRuleNameBytes) {
      problems_.add(name->place, "rule name " + in_quotes(**name) + " is longer than 63 bytes");
    }
    const bool matches =
        read_match(section.find("match"), name ? in_quotes(**name) : "without a name", rule);
    read_user_metadata(section.find("userMetadata"), rule);
    if (!name || !matches || !has_action) return;
    rule.name = *name;
    enforcement.rules.push_back(std::move(rule));
  }

  static void read_user_metadata(const YamlNode* node, RuleConfig& rule) {
    if (node == nullptr || node->kind != YamlNode::Kind::kMapping) return;
    for (const YamlEntry& entry : node->entries)
      rule.user_metadata.emplace_back(entry.key, entry.value.text);
  }

  bool check_plugin_name(const Located<std::string>& name) {
    const bool begins =
        !name->starts_with('.') && !name->starts_with('-') && !name->starts_with('_');
    if (begins && name->size() <= kMaxPluginNameBytes && trust::is_store_name(*name)) return true;
    problems_.add(name.place, "plugin name " + in_quotes(*name) +
                                  " may hold only letters, digits, \"_\", \".\" and \"-\", begins "
                                  "with a letter or digit, and has 128 characters at most");
    return false;
  }

  bool check_sha256(const Located<std::string>& digest) {
    if (oci::Digest::parse("sha256:" + *digest)) return true;
    problems_.add(digest.place,
                  "sha256: want 64 lower-case hexadecimal digits, as sha256sum "
                  "prints them, not " +
                      in_quotes(*digest));
    return false;
  }

  void read_environment(const YamlNode* node, PluginConfig& plugin) {
    if (node == nullptr || node->kind != YamlNode::Kind::kMapping) return;
    for (const YamlEntry& entry : node->entries) {
      const auto is_right = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_';
      };
      if (!std::ranges::all_of(entry.key, is_right)) {
        problems_.add(entry.place, "environment: " + in_quotes(entry.key) +
                                       " is no name of a variable: want letters, digits and \"_\"");
      }
      plugin.environment.emplace_back(entry.key, entry.value.text);
    }
  }

  bool read_match(const YamlNode* node, const std::string& rule_name, RuleConfig& rule) {
    if (node == nullptr || node->kind != YamlNode::Kind::kMapping) return false;
    if (node->entries.empty()) {
      problems_.add(
          node->place,
          "rule " + rule_name +
              " matches everything; say what it matches, or set enforcement.default instead");
      return false;
    }
    const Section match(node);
    const bool namespaces = read_patterns(
        match, "namespaces", &check_pattern<admission::NamespacePattern>, rule.namespaces);
    const bool images =
        read_patterns(match, "images", &check_pattern<admission::ImagePattern>, rule.images);
    return namespaces && images && !(rule.namespaces.empty() && rule.images.empty());
  }

  /// False if the key is there and not every entry of it is right.
  bool read_patterns(const Section& match, std::string_view key, Status (*check)(std::string_view),
                     std::vector<Located<std::string>>& into) {
    const YamlNode* node = match.find(key);
    if (node == nullptr) return true;
    into = texts_of(match, key);
    bool all_right = into.size() == node->items.size() && !into.empty();
    for (const auto& pattern : into) {
      const Status status = check(*pattern);
      if (status) continue;
      problems_.add(pattern.place, std::string(key) + ": " + status.error().message());
      all_right = false;
    }
    return all_right;
  }

  std::vector<Located<std::string>> read_hosts(const Section& section) {
    auto hosts = texts_of(section, "tokenServers");
    for (const auto& host : hosts) {
      const Status status = check_host(*host);
      if (!status) problems_.add(host.place, "tokenServers: " + status.error().message());
    }
    return hosts;
  }

  void check_credentials(const YamlNode* node) {
    if (node == nullptr || node->kind != YamlNode::Kind::kMapping || !node->entries.empty()) return;
    problems_.add(node->place, "credentials is empty; remove it, or name a dockerConfig");
  }

  Problems& problems_;
};

Configuration read(const YamlNode& root, Problems& problems) {
  const Section top(&root);
  Reader reader(problems);
  Configuration configuration;
  configuration.file = problems.file();
  const YamlEntry* trust = root.find("trust");
  configuration.trust =
      reader.trust(top.section("trust"), trust == nullptr ? root.place : trust->place);
  configuration.enforcement = reader.enforcement(top.section("enforcement"));
  configuration.registries = reader.registries(top.list("registries"));
  configuration.plugins = reader.plugins(top.list("plugins"));
  configuration.limits = Reader::limits(top.section("limits"));
  configuration.egress = reader.egress(top.section("egress"));
  configuration.revocation = Reader::revocation(top.section("revocation"));
  configuration.server = reader.server(top.section("server"));
  configuration.log = Reader::log(top.section("log"));
  return configuration;
}

}  // namespace

Configuration load_configuration(std::string_view text, Problems& problems) {
  const auto root = parse_yaml(text, problems);
  if (!root) {
    Configuration nothing;
    nothing.file = problems.file();
    return nothing;
  }
  check_shape(*root, problems);
  Configuration configuration = read(*root, problems);
  check_contradictions(configuration, problems);
  return configuration;
}

}  // namespace countersign::config
