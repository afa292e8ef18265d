#pragma once
/// Registry credentials as Docker's config.json holds them.
///
/// Source: oci-registry 4.6 (format), 4.7 (kubelet's lookup, for all configurations alike);
/// decisions
/// 42. Deviations: `credHelpers`, `credsStore` and `HttpHeaders` are not served; a warning says so.
/// Left to the caller: reading the file, and to which hosts a credential may be sent.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "oci/credential.hpp"

namespace countersign::oci {

class DockerConfig {
 public:
  /// No credentials at all.
  DockerConfig() = default;

  /// Reads `{"auths": {...}}` or the older bare map. An entry that cannot be decoded is left out
  /// with a warning that does not repeat it. Errors: an operator's mistake, "DOCKER_CONFIG": not
  /// JSON of this form.
  static Result<DockerConfig> parse(std::string_view json);

  /// One entry for `registry` ("host[:port]"), as `--username` and `--password-stdin` give it.
  static DockerConfig of(std::string registry, Credential credential);

  /// The credentials for a repository of a registry ("ghcr.io", "127.0.0.1:5000", "docker.io"), to
  /// be tried in their order: the longest path that its name begins with first, then the host
  /// alone. They live as long as this object.
  [[nodiscard]] std::vector<const Credential*> find(std::string_view registry,
                                                    std::string_view repository) const;

  /// What was left out and why, one line each. Never holds a secret.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

 private:
  /// What an entry's name stands for.
  struct Key {
    std::string host;  ///< its labels may be globs
    std::string port;  ///< empty if it is that of https
    std::string path;  ///< begins with '/'; empty for the whole host
  };
  struct Entry {
    std::string sorted_by;  ///< host[:port] and path
    Key key;
    Credential credential;
  };
  static std::optional<Key> key_of(std::string_view name);
  static bool matches(const Key& key, std::string_view registry, std::string_view path);
  void add(std::string_view name, Credential credential);

  std::vector<Entry> entries_;  ///< in reverse byte order of the keys, equal ones as they came
  std::vector<std::string> warnings_;
};

}  // namespace countersign::oci
