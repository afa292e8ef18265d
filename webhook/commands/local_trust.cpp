#include "commands/local_trust.hpp"

#include <cstdlib>
#include <filesystem>

#include "adapters/files/read_file.hpp"
#include "adapters/files/trust_directory.hpp"

namespace countersign::commands {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread starts
  return value != nullptr ? value : "";
}

std::string notation_folder() {
  if (std::string own = environment("NOTATION_CONFIG"); !own.empty()) return own;
  if (const std::string config = environment("XDG_CONFIG_HOME"); !config.empty())
    return config + "/notation";
  return environment("HOME") + "/.config/notation";
}

bool exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::symlink_status(path, error).type() !=
         std::filesystem::file_type::not_found;
}

}  // namespace

config::Checked<config::Materials> read_local_trust(const std::string& policy,
                                                    const std::string& store) {
  std::string policy_path = policy;
  if (policy_path.empty()) {
    policy_path = notation_folder() + "/trustpolicy.oci.json";
    if (!exists(policy_path)) policy_path = notation_folder() + "/trustpolicy.json";
  }
  const std::string store_path = store.empty() ? notation_folder() + "/truststore" : store;
  config::Materials materials;
  materials.policy.source = policy_path;
  config::Problems problems(policy_path);
  const auto rule = policy.empty() ? files::LinkRule::kRefuse : files::LinkRule::kFollow;
  auto text = files::read_file(policy_path, config::kMaxPolicyFileBytes, rule);
  if (text) {
    materials.policy.json = *std::move(text);
  } else {
    problems.add({}, "trust policy: " + text.error().message());
  }
  auto stores = files::read_trust_directory(store_path);
  if (stores) {
    for (auto& [id, files] : *stores)
      materials.stores.emplace(id, config::StoreMaterial{std::move(files), {}});
  } else if (!store.empty() || exists(store_path)) {
    problems.add({store_path, {}, "trust store: " + stores.error().message()});
  }
  if (!problems.empty()) return problems;
  return materials;
}

config::Checked<oci::DockerConfig> read_docker_config() {
  std::string folder = environment("DOCKER_CONFIG");
  if (folder.empty()) folder = environment("HOME") + "/.docker";
  const std::string path = folder + "/config.json";
  if (!exists(path)) return oci::DockerConfig();
  const auto read = [&]() -> Result<oci::DockerConfig> {
    COUNTERSIGN_TRY(const std::string text, files::read_file(path, config::kMaxDockerConfigBytes,
                                                             files::LinkRule::kFollow));
    return oci::DockerConfig::parse(text);
  };
  auto credentials = read();
  if (credentials) return *std::move(credentials);
  config::Problems problems(path);
  problems.add({}, credentials.error().message());
  return problems;
}

}  // namespace countersign::commands
