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

namespace countersign::oci {

/// A value that is never printed, compared or logged, and whose memory is wiped when it ends.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
  /// The value itself, for the one place that sends it.
  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }

 private:
  void wipe() noexcept;
  std::string value_;
};

/// What a registry is shown. Exactly one of the three forms counts: `registry_token`, else
/// `identity_token`, else `username` with `password`.
struct Credential {
  std::string username = {};
  Secret password = {};
  Secret identity_token = {};  ///< exchanged for an access token (OAuth2 refresh token)
  Secret registry_token = {};  ///< sent as Bearer as it is
};

class DockerConfig {
 public:
  /// No credentials at all.
  DockerConfig() = default;

  /// Reads `{"auths": {...}}` or the older bare map. An entry that cannot be decoded is left out
  /// with a warning that does not repeat it. Errors: `kInternalError`, reason "DOCKER_CONFIG": not
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
