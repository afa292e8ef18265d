#include "runtime/generation.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "adapters/files/read_file.hpp"
#include "base/text.hpp"
#include "config/loader.hpp"
#include "config/yaml.hpp"
#include "server/tls_context.hpp"

namespace countersign::runtime {
namespace {

using config::Place;
using config::Problems;

/// Parses every pattern of one list.
template <class Pattern>
std::vector<Pattern> compile(const std::vector<config::Located<std::string>>& texts,
                             Problems& problems) {
  std::vector<Pattern> patterns;
  for (const auto& text : texts) {
    auto pattern = Pattern::parse(*text);
    if (pattern) {
      patterns.push_back(*std::move(pattern));
    } else {
      problems.add(text.place, pattern.error().message());
    }
  }
  return patterns;
}

admission::Rules compile_rules(const config::EnforcementConfig& enforcement, Problems& problems) {
  std::vector<admission::Rule> rules;
  for (const config::RuleConfig& given : enforcement.rules) {
    admission::Rule rule;
    rule.name = *given.name;
    rule.match.namespaces = compile<admission::NamespacePattern>(given.namespaces, problems);
    rule.match.images = compile<admission::ImagePattern>(given.images, problems);
    rule.action = *given.action;
    rule.user_metadata.insert(given.user_metadata.begin(), given.user_metadata.end());
    rules.push_back(std::move(rule));
  }
  auto compiled = admission::Rules::create(*enforcement.default_action, enforcement.unknown_kinds,
                                           std::move(rules));
  if (compiled) return *std::move(compiled);
  problems.add(enforcement.default_action.place, compiled.error().message());
  return {};
}

/// Every store that the policy names must exist and be usable; every store that the configuration
/// names must be used. A store that is missing for a problem already told is not told again.
trust::TrustStores load_stores(const trust::PolicyDocument& policy,
                               const config::Materials& materials, Generation& generation,
                               Problems& problems) {
  const bool all_read = problems.empty();
  trust::TrustStores stores;
  std::set<trust::StoreId> wanted;
  for (const trust::Statement& statement : policy.statements())
    wanted.insert(statement.stores.begin(), statement.stores.end());
  for (const trust::StoreId& id : wanted) {
    const auto material = materials.stores.find(id);
    if (material == materials.stores.end()) {
      if (!all_read) continue;
      problems.add({materials.policy.source,
                    {},
                    fmt::format("the trust store \"{}\" of type \"{}\" does not exist", id.name,
                                trust::name(id.type))});
      continue;
    }
    auto store = material->second.files
                     ? trust::load_store(id.type, *material->second.files)
                     : Result<std::vector<x509::Certificate>>(material->second.files.error());
    if (!store) {
      problems.add(material->second.place,
                   fmt::format("trust store {}: {}", id.to_string(), store.error().message()));
      continue;
    }
    for (const x509::Certificate& certificate : *store) {
      if (certificate.not_after() < Instant::now()) {
        generation.warnings.push_back(fmt::format(
            "trust store {}: certificate \"{}\" has expired on {}", id.to_string(),
            printable(certificate.subject_text()), format_rfc3339(certificate.not_after())));
      }
    }
    stores.emplace(id, std::move(store));
  }
  for (const config::StoreConfig& store : generation.configuration.trust.stores) {
    if (!wanted.contains({*store.type, *store.name})) {
      problems.add(store.place,
                   fmt::format("the trust store {}:{} is named by no trust policy statement",
                               trust::name(*store.type), *store.name));
    }
  }
  return stores;
}

std::shared_ptr<verify::TrustMaterial> load_trust(const config::Materials& materials,
                                                  Generation& generation, Problems& problems) {
  if (!materials.policy.json) return nullptr;  // told already
  auto parsed = trust::PolicyDocument::parse(*materials.policy.json);
  for (const Error& problem : parsed.problems)
    problems.add({materials.policy.source, {}, problem.message()});
  for (const std::string& warning : parsed.warnings)
    generation.warnings.push_back(materials.policy.source + ": " + warning);
  if (!parsed.document) return nullptr;
  auto material = std::make_shared<verify::TrustMaterial>();
  material->stores = load_stores(*parsed.document, materials, generation, problems);
  material->policy = *std::move(parsed.document);
  return material;
}

registry::Settings load_registries(const config::Materials& materials, Generation& generation,
                                   Problems& problems) {
  registry::Settings settings;
  for (const config::RegistryConfig& given : generation.configuration.registries) {
    registry::RegistrySettings registry;
    registry.match = given.match->text;
    registry.plain_http = given.plain_http;
    registry.plain_http_credentials = given.plain_http_credentials;
    for (const auto& server : given.token_servers) registry.token_servers.push_back(*server);
    if (const auto ca = materials.registry_ca.find(registry.match);
        ca != materials.registry_ca.end()) {
      registry.ca.push_back(ca->second);
    }
    if (const auto json = materials.registry_docker_config.find(registry.match);
        json != materials.registry_docker_config.end()) {
      auto credentials = oci::DockerConfig::parse(json->second);
      if (credentials) {
        for (const std::string& warning : credentials->warnings())
          generation.warnings.push_back(**given.docker_config + ": " + warning);
        registry.credentials = *std::move(credentials);
      } else {
        problems.add(given.docker_config->place,
                     fmt::format("{}: {}", printable(**given.docker_config, 256),
                                 credentials.error().message()));
      }
    }
    settings.registries.push_back(std::move(registry));
  }
  for (const auto& network : generation.configuration.egress.allow)
    settings.egress_allow.push_back(*network);
  if (auto fine = registry::check(settings); !fine) problems.add(Place{}, fine.error().message());
  return settings;
}

/// Opens every program and compares its digest.
std::shared_ptr<const plugin::PluginSet> load_plugins(const config::Materials& materials,
                                                      const Generation& generation,
                                                      Problems& problems) {
  std::vector<plugin::Plugin> plugins;
  for (const config::PluginConfig& given : generation.configuration.plugins) {
    const auto digest = oci::Digest::parse("sha256:" + *given.sha256);
    const auto place = materials.plugin_programs.find(*given.name);
    if (!digest || place == materials.plugin_programs.end()) {
      problems.add(given.place, fmt::format("plugin \"{}\" has no digest or no program",
                                            printable(*given.name, 128)));
      continue;
    }
    auto program = plugin::Program::open(place->second, *digest);
    if (!program) {
      problems.add(given.path.place,
                   fmt::format("plugin \"{}\": {}: {}", printable(*given.name, 128),
                               printable(*given.path, 256), program.error().message()));
      continue;
    }
    std::vector<std::string> environment;
    for (const auto& [name, value] : given.environment) environment.push_back(name + "=" + value);
    plugins.push_back({.name = *given.name,
                       .program = *std::move(program),
                       .environment = std::move(environment),
                       .timeout = given.timeout});
  }
  return std::make_shared<const plugin::PluginSet>(std::move(plugins));
}

/// A cache that cannot be used is a loss of speed; an offline folder that cannot be read would
/// leave every status unknown.
void open_revocation(const config::RevocationConfig& revocation, Generation& generation,
                     Problems& problems) {
  const std::filesystem::path base =
      std::filesystem::path(generation.configuration.file).parent_path();
  if (revocation.cache_directory) {
    const std::string path = (base / **revocation.cache_directory).string();
    if (::access(path.c_str(), R_OK | W_OK | X_OK) != 0) {
      generation.warnings.push_back(
          fmt::format("revocation.cacheDirectory: {} cannot be written to; CRLs will not survive a "
                      "restart",
                      printable(**revocation.cache_directory, 256)));
    }
    generation.revocation.cache.emplace(path);
  }
  if (revocation.offline_directory) {
    auto folder = responders::OfflineFolder::open((base / **revocation.offline_directory).string());
    if (folder) {
      generation.revocation.offline = *std::move(folder);
    } else {
      problems.add(
          revocation.offline_directory->place,
          fmt::format("revocation.offlineDirectory: {}: {}",
                      printable(**revocation.offline_directory, 256), folder.error().message()));
    }
  }
}

std::optional<config::ServingMaterial> check_serving(std::optional<config::ServingMaterial> serving,
                                                     const config::TlsConfig& tls,
                                                     Problems& problems) {
  if (!serving) return serving;
  const auto context = server::make_tls_context({serving->certificate_pem, serving->key_pem});
  const auto not_after = server::not_after_of(serving->certificate_pem);
  if (!context) {
    problems.add(tls.certificate->place, context.error().message());
  } else if (!not_after) {
    problems.add(tls.certificate->place, not_after.error().message());
  } else if (*not_after < Instant::now()) {
    problems.add(
        tls.certificate->place,
        fmt::format("server.tls.certificate has expired on {}; no API server will accept it",
                    format_rfc3339(*not_after)));
  }
  return serving;
}

/// What is allowed but opens a door that nobody may have meant to open.
void warn_of_rules(const config::EnforcementConfig& enforcement, Generation& generation) {
  const bool lax_default = *enforcement.default_action != admission::Action::kEnforce;
  for (const config::RuleConfig& rule : enforcement.rules) {
    const auto has = [](const auto& patterns, std::string_view all) {
      return patterns.empty() ||
             std::ranges::any_of(patterns, [&](const auto& each) { return *each == all; });
    };
    if (*rule.action == admission::Action::kSkip && has(rule.namespaces, "*") &&
        has(rule.images, "**")) {
      generation.warnings.push_back(fmt::format(
          "rule \"{}\" skips every image: nothing that comes to it is verified", *rule.name));
    }
    if (lax_default && *rule.action == admission::Action::kEnforce && !rule.images.empty()) {
      generation.warnings.push_back(fmt::format(
          "rule \"{}\" enforces by image, and enforcement.default does not: an image reference "
          "that "
          "cannot be read matches no image pattern, falls to the default and is admitted",
          *rule.name));
    }
  }
}

/// Everything that a verdict depends on but for the image.
verify::TrustId identify(const std::string& policy, const trust::TrustStores& stores,
                         const config::Configuration& configuration) {
  std::vector<std::string> conditions = {
      std::to_string(configuration.limits.signatures),
      configuration.revocation.offline_directory
          ? "offline " + **configuration.revocation.offline_directory
          : "online"};
  for (const config::PluginConfig& plugin : configuration.plugins) {
    conditions.push_back(*plugin.name + " " + *plugin.sha256);
    for (const auto& [name, value] : plugin.environment) conditions.push_back(name + "=" + value);
  }
  const std::vector<std::string_view> views(conditions.begin(), conditions.end());
  return verify::trust_id(policy, stores, views);
}

GenerationPtr build(config::Configuration configuration, config::Materials materials,
                    Problems& problems) {
  auto generation = std::make_shared<Generation>();
  generation->configuration = std::move(configuration);
  warn_of_rules(generation->configuration.enforcement, *generation);
  generation->rules = compile_rules(generation->configuration.enforcement, problems);
  const auto trust = load_trust(materials, *generation, problems);
  generation->endpoints =
      registry::Endpoints::make(load_registries(materials, *generation, problems));
  generation->revocation.route = generation->endpoints->route_to_signed();
  generation->plugins = load_plugins(materials, *generation, problems);
  open_revocation(generation->configuration.revocation, *generation, problems);
  if (trust) trust->id = identify(*materials.policy.json, trust->stores, generation->configuration);
  generation->trust = trust;
  generation->serving =
      check_serving(std::move(materials.serving), generation->configuration.server.tls, problems);
  return generation;
}

}  // namespace

config::Checked<GenerationPtr> build_generation(config::Configuration configuration,
                                                config::Materials materials) {
  Problems problems(configuration.file);
  auto generation = build(std::move(configuration), std::move(materials), problems);
  return config::checked(std::move(generation), std::move(problems));
}

config::Checked<GenerationPtr> load_generation(const std::string& file) {
  Problems problems(file);
  const auto text = files::read_file(file, config::kMaxYamlBytes, files::LinkRule::kFollow);
  if (!text) {
    problems.add({}, text.error().message());
    return problems;
  }
  auto configuration = config::load_configuration(*text, problems);
  auto materials = config::read_materials(configuration, config::DiskReader(file), problems);
  auto generation = build(std::move(configuration), std::move(materials), problems);
  return config::checked(std::move(generation), std::move(problems));
}

}  // namespace countersign::runtime
