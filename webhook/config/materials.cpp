#include "config/materials.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "adapters/files/read_file.hpp"
#include "base/text.hpp"
#include "config/glob.hpp"

namespace countersign::config {
namespace {

/// "certs/a.pem" -> {"certs", "a.pem"}; "a.pem" -> {".", "a.pem"}
std::pair<std::string, std::string> split_path(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

class Gatherer {
 public:
  Gatherer(const FileReader& reader, Problems& problems) : reader_(reader), problems_(problems) {}

  PolicyText policy(const TrustConfig& trust) {
    if (trust.policy_inline) {
      const Place place = trust.policy_inline->place;
      return {**trust.policy_inline, print_place(problems_.file(), place), place};
    }
    if (!trust.policy_file) return {};
    auto text = read("trust.policy", *trust.policy_file, kMaxPolicyFileBytes);
    return {
        .json = std::move(text), .source = **trust.policy_file, .place = trust.policy_file->place};
  }

  void directory(const Located<std::string>& path, Materials& into) {
    auto stores = reader_.trust_directory(*path);
    if (!stores) return cannot_read("trust.directory", path, stores.error());
    if (stores->empty()) {
      problems_.add(path.place,
                    "trust.directory: " + in_quotes(*path) +
                        " holds no store; want x509/{ca,signingAuthority,tsa}/NAME/ in it");
    }
    for (auto& [id, files] : *stores)
      into.stores.emplace(id, StoreMaterial{std::move(files), path.place});
  }

  void store(const StoreConfig& store, Materials& into) {
    const trust::StoreId id{*store.type, *store.name};
    if (into.stores.contains(id)) {
      problems_.add(store.place, "trust store \"" + id.to_string() +
                                     "\" is in trust.directory too; keep one of them");
      return;
    }
    const std::string key = "trust store \"" + id.to_string() + "\"";
    std::vector<trust::StoreFile> files;
    std::size_t total = 0;
    std::set<std::string> seen;
    for (const auto& pattern : store.files) {
      for (const std::string& path : expanded(key, pattern)) {
        if (!seen.insert(path).second) continue;
        if (files.size() == files::kMaxStoreFiles) {
          return problems_.add(pattern.place, key + " holds more than 10000 files");
        }
        auto content = read(key, {path, pattern.place}, files::kMaxCertificateFileBytes);
        if (!content) continue;
        total += content->size();
        if (total > files::kMaxStoreBytes)
          return problems_.add(pattern.place, key + " is larger than 100 MiB");
        files.push_back({path, Bytes(content->begin(), content->end())});
      }
    }
    into.stores.emplace(id, StoreMaterial{std::move(files), store.place});
  }

  void registry(const RegistryConfig& registry, Materials& into) {
    const std::string& match = registry.match->text;
    if (registry.ca) {
      auto pem = read("ca of " + in_quotes(match), *registry.ca, kMaxPemFileBytes);
      if (pem) into.registry_ca.emplace(match, *std::move(pem));
    }
    if (registry.docker_config) {
      auto json = read("dockerConfig of " + in_quotes(match), *registry.docker_config,
                       kMaxDockerConfigBytes);
      if (json) into.registry_docker_config.emplace(match, *std::move(json));
    }
  }

  std::optional<ServingMaterial> serving(const TlsConfig& tls) {
    if (!tls.certificate || !tls.key) return std::nullopt;
    auto certificate = read("server.tls.certificate", *tls.certificate, kMaxPemFileBytes);
    auto key = read("server.tls.key", *tls.key, kMaxPemFileBytes);
    if (!certificate || !key) return std::nullopt;
    return ServingMaterial{*std::move(certificate), *std::move(key)};
  }

 private:
  std::optional<std::string> read(std::string_view key, const Located<std::string>& path,
                                  std::size_t limit) {
    auto content = reader_.read(*path, limit);
    if (!content) {
      cannot_read(key, path, content.error());
      return std::nullopt;
    }
    if (content->empty()) {
      problems_.add(path.place, std::string(key) + ": " + in_quotes(*path) + " is empty");
      return std::nullopt;
    }
    return *std::move(content);
  }

  void cannot_read(std::string_view key, const Located<std::string>& path, const Error& error) {
    const bool missing = error.reason() == Reason("FILE_MISSING");
    problems_.add(path.place, std::string(key) + ": cannot read " + in_quotes(*path) + ": " +
                                  printable(error.message()) +
                                  (missing ? did_you_mean(neighbour(*path)) : ""));
  }

  /// A file or folder beside the missing one that is called much like it.
  std::string neighbour(const std::string& path) const {
    const auto [folder, name] = split_path(path);
    const auto names = reader_.names(folder);
    if (!names) return {};
    std::vector<std::string_view> shown;
    for (const std::string& each : *names) {
      if (!each.starts_with("..")) shown.push_back(each);
    }
    const std::string_view meant = nearest(name, shown);
    if (meant.empty()) return {};
    return path.substr(0, path.size() - name.size()) + std::string(meant);
  }

  /// The files that a path or pattern stands for. A pattern that matches nothing is a problem.
  std::vector<std::string> expanded(const std::string& key, const Located<std::string>& path) {
    if (!is_glob(*path)) return {*path};
    const auto [folder, pattern] = split_path(*path);
    if (is_glob(folder)) {
      problems_.add(path.place, key + ": in " + in_quotes(*path) +
                                    " a \"*\" or \"?\" stands before the last \"/\"");
      return {};
    }
    const auto names = reader_.names(folder);
    if (!names) {
      cannot_read(key, {folder, path.place}, names.error());
      return {};
    }
    std::vector<std::string> files;
    const std::string prefix = path->substr(0, path->size() - pattern.size());
    for (const std::string& each : *names) {
      if (!each.starts_with("..") && glob_matches(pattern, each)) files.push_back(prefix + each);
    }
    if (files.empty())
      problems_.add(path.place, key + ": " + in_quotes(*path) + " matches no file");
    return files;
  }

  const FileReader& reader_;
  Problems& problems_;
};

}  // namespace

Materials read_materials(const Configuration& configuration, const FileReader& reader,
                         Problems& problems) {
  Gatherer gatherer(reader, problems);
  Materials materials;
  materials.policy = gatherer.policy(configuration.trust);
  if (configuration.trust.directory) gatherer.directory(*configuration.trust.directory, materials);
  for (const StoreConfig& store : configuration.trust.stores) gatherer.store(store, materials);
  for (const RegistryConfig& registry : configuration.registries)
    gatherer.registry(registry, materials);
  for (const PluginConfig& plugin : configuration.plugins)
    materials.plugin_programs.emplace(*plugin.name, reader.location(*plugin.path));
  materials.serving = gatherer.serving(configuration.server.tls);
  return materials;
}

}  // namespace countersign::config
