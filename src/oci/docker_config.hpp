#pragma once
/// Registry credentials as Docker's config.json holds them.
///
/// Source: oci-registry 4.6 (format, and the lookup rule of the Docker command line: no paths, no
/// globs). Deviations: `credHelpers`, `credsStore` and `HttpHeaders` are not served; a warning says
/// so. Left to the caller: reading the file, and to which hosts a credential may be sent.

#include <map>
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

  /// The credential for a registry identity ("ghcr.io", "127.0.0.1:5000", "docker.io"); null if
  /// there is none. Lives as long as this object.
  [[nodiscard]] const Credential* find(std::string_view registry) const;

  /// What was left out and why, one line each. Never holds a secret.
  [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }
  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

 private:
  std::map<std::string, Credential, std::less<>> entries_;
  std::vector<std::string> warnings_;
};

}  // namespace countersign::oci
