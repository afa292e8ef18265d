#pragma once
/// What the files hold that a configuration names, as bytes. Nothing is understood here: trust
/// policy and certificates are read by trust/, credentials by oci/, the serving certificate by the
/// server.
///
/// Files follow symbolic links inside their folder, as Kubernetes mounts consist of them; entries
/// that begin with ".." are never matched by a pattern. `trust.directory` is read literally instead
/// (adapters/files/trust_directory.hpp).

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "config/configuration.hpp"
#include "config/file_reader.hpp"
#include "config/problems.hpp"
#include "trust/trust_store.hpp"

namespace countersign::config {

inline constexpr std::size_t kMaxPolicyFileBytes = std::size_t{1024} * 1024;
inline constexpr std::size_t kMaxPemFileBytes = std::size_t{1024} * 1024;
inline constexpr std::size_t kMaxDockerConfigBytes = std::size_t{1024} * 1024;

struct PolicyText {
  std::optional<std::string> json;  ///< nothing if it could not be read
  std::string source;  ///< the path as written, or "FILE:LINE:COLUMN" of the document inside the
                       ///< configuration
  Place place;         ///< of `trust.policy`
};

struct StoreMaterial {
  /// An error only for stores of `trust.directory`: it concerns the signatures that need this store
  /// and no others.
  Result<std::vector<trust::StoreFile>> files;
  Place place;  ///< of the store, or of `trust.directory`
};

struct ServingMaterial {
  std::string certificate_pem;
  std::string key_pem;
};

struct Materials {
  PolicyText policy;
  std::map<trust::StoreId, StoreMaterial> stores;
  std::map<std::string, std::string> registry_ca;  ///< PEM, by the registry's `match`
  std::map<std::string, std::string>
      registry_docker_config;                          ///< JSON, by the registry's `match`; secret
  std::map<std::string, std::string> plugin_programs;  ///< where each is, by the plugin's name
  std::optional<ServingMaterial> serving;              ///< nothing: make a self-signed certificate
};

/// Everything that can be read; the rest are problems, each with the place that names the file.
Materials read_materials(const Configuration& configuration, const FileReader& reader,
                         Problems& problems);

}  // namespace countersign::config
