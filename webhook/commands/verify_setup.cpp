#include "commands/verify_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "adapters/files/read_file.hpp"
#include "base/text.hpp"
#include "commands/console.hpp"
#include "commands/local_trust.hpp"
#include "oci/image_reference.hpp"

namespace countersign::commands {
namespace {

constexpr std::size_t kMaxPemBytes = std::size_t{1024} * 1024;
constexpr std::size_t kMaxPasswordBytes = std::size_t{64} * 1024;

std::optional<Secret> read_password() {
  std::string password = read_stdin(kMaxPasswordBytes);
  const WipedAtEnd wiped(password);
  while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
  if (password.empty() || password.size() > kMaxPasswordBytes) return std::nullopt;
  return Secret(password);
}

registry::RegistrySettings& entry_for(registry::Settings& settings, const std::string& registry) {
  const auto found =
      std::ranges::find(settings.registries, registry, &registry::RegistrySettings::match);
  if (found != settings.registries.end()) return *found;
  registry::RegistrySettings entry;
  if (const auto* wider = registry::find_registry(settings, registry).settings; wider != nullptr)
    entry = *wider;
  entry.match = registry;
  return *settings.registries.insert(settings.registries.begin(), std::move(entry));
}

/// Adds what the options say of OCSP and CRL. Returns what is wrong.
std::optional<Complaint> apply_revocation_options(const VerifyOptions& options,
                                                  runtime::Generation& generation,
                                                  registry::Settings& registries) {
  for (const std::string& network : options.egress_allow) {
    auto allowed = config::parse_egress_network(network);
    if (!allowed)
      return Complaint{kUsage, fmt::format("--egress-allow: {}", allowed.error().message())};
    registries.egress_allow.push_back(*std::move(allowed));
  }
  if (!options.revocation_offline.empty()) {
    auto folder = responders::OfflineFolder::open(options.revocation_offline);
    if (!folder) {
      return Complaint{kBadConfiguration,
                       fmt::format("--revocation-offline: {}", folder.error().message())};
    }
    generation.revocation.offline = *std::move(folder);
  }
  return std::nullopt;
}

/// Adds what the options say of registries to what the configuration says. Returns what is wrong.
std::optional<Complaint> apply_registry_options(const VerifyOptions& options,
                                                registry::Settings& settings) {
  for (const std::string& host : options.plain_http)
    entry_for(settings, ascii_lower(host)).plain_http = true;
  for (const std::string& host : options.insecure_skip_tls_verify) {
    entry_for(settings, ascii_lower(host)).insecure_skip_verify = true;
  }
  if (!options.ca_file.empty()) {
    auto pem = files::read_file(options.ca_file, kMaxPemBytes, files::LinkRule::kFollow);
    if (!pem)
      return Complaint{kBadConfiguration, fmt::format("--ca-file: {}", pem.error().message())};
    settings.ca.push_back(*std::move(pem));
    if (auto fine = registry::check(settings); !fine) {
      return Complaint{kBadConfiguration,
                       fmt::format("--ca-file {}: {}", options.ca_file, fine.error().message())};
    }
  }
  if (!options.username.empty()) {
    std::set<std::string> registries;
    for (const std::string& image : options.images) {
      if (const auto reference = oci::ImageReference::parse(image))
        registries.insert(reference->registry());
    }
    if (registries.size() != 1)
      return Complaint{kUsage, "--username is for one registry: name images of exactly one"};
    const auto password = read_password();
    if (!password) return Complaint{kUsage, "--password-stdin: no password on standard input"};
    entry_for(settings, *registries.begin()).credentials =
        oci::DockerConfig::of(*registries.begin(), {.username = options.username,
                                                    .password = *password,
                                                    .identity_token = {},
                                                    .registry_token = {}});
  } else if (options.configuration.empty()) {
    auto credentials = read_docker_config();
    if (!credentials) return Complaint{kBadConfiguration, credentials.problems().to_string()};
    for (const std::string& warning : credentials->warnings()) complain("warning: " + warning);
    settings.default_credentials = *std::move(credentials);
  }
  if (auto fine = registry::check(settings); !fine)
    return Complaint{kUsage, fine.error().message()};
  return std::nullopt;
}

config::Checked<runtime::GenerationPtr> load(const VerifyOptions& options) {
  if (!options.configuration.empty()) return runtime::load_generation(options.configuration);
  auto materials = read_local_trust(options.trust_policy, options.trust_store);
  if (!materials) return materials.problems();
  config::Configuration configuration;
  configuration.file = materials->policy.source;
  return runtime::build_generation(std::move(configuration), *std::move(materials));
}

}  // namespace

std::variant<runtime::GenerationPtr, Complaint> generation_for(const VerifyOptions& options) {
  const auto loaded = load(options);
  if (!loaded) {
    return Complaint{
        .status = kBadConfiguration, .text = loaded.problems().to_string(), .whole = true};
  }
  auto generation = std::make_shared<runtime::Generation>(**loaded);
  if (options.verbose) {
    for (const std::string& warning : generation->warnings) complain("warning: " + warning);
  }
  registry::Settings registries = generation->endpoints->settings();
  if (auto wrong = apply_registry_options(options, registries)) return *std::move(wrong);
  if (auto wrong = apply_revocation_options(options, *generation, registries))
    return *std::move(wrong);
  generation->endpoints = registry::Endpoints::make(std::move(registries));
  generation->revocation.route = generation->endpoints->route_to_signed();
  return runtime::GenerationPtr(std::move(generation));
}

}  // namespace countersign::commands
