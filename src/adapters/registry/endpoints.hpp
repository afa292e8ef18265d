#pragma once
/// How registries are reached: what the configuration says of them, and the endpoint and routes
/// that follow from it for one registry.
///
/// Source: oci-registry 4.2, 5.1, 5.2, 5.6; decisions 7. Plain values; no file is read and no
/// environment consulted here.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/route.hpp"
#include "adapters/http/url.hpp"
#include "oci/docker_config.hpp"
#include "oci/image_reference.hpp"

namespace countersign::registry {

/// What applies to one registry, or to all hosts directly or deeper under a domain.
struct RegistrySettings {
  /// "host[:port]" in lower case, or "*.domain[:port]". The first entry that matches applies; exact
  /// ones come first.
  std::string match;
  /// Exact entries only: http instead of https.
  bool plain_http = false;
  /// Credentials may go over plain HTTP to hosts other than loopback.
  bool plain_http_credentials = false;
  /// PEM texts whose certificates are trusted beside the system's.
  std::vector<std::string> ca = {};
  /// Hosts ("auth.corp.example[:port]") that may be shown this registry's credentials.
  std::vector<std::string> token_servers = {};
  /// Exact entries only: any certificate is accepted, and no credential is ever sent.
  bool insecure_skip_verify = false;
  oci::DockerConfig credentials = {};
};

struct Settings {
  std::vector<RegistrySettings> registries;
  /// Private and loopback networks to which realms, redirects, OCSP and CRL may lead.
  std::vector<Cidr> egress_allow;
  /// For registries whose entry has no credentials of its own.
  oci::DockerConfig default_credentials;
  /// PEM texts trusted for every registry beside the system's (`--ca-file`).
  std::vector<std::string> ca;
  std::string system_roots_file = "/etc/ssl/certs/ca-certificates.crt";
};

struct RegistryMatch {
  const RegistrySettings* settings = nullptr;  ///< null: defaults apply
  bool exact = false;
};

/// The entry for a registry identity "host[:port]". An exact entry beats every wildcard.
[[nodiscard]] RegistryMatch find_registry(const Settings& settings,
                                          std::string_view registry) noexcept;

/// Checks what the loader cannot see in one entry: spelling of `match`, exact-only options, PEM
/// that holds at least one CA certificate and nothing else. Errors: `kInternalError`, reason
/// "REGISTRY_SETTINGS"; the message names the entry.
[[nodiscard]] Status check(const Settings& settings);

class Endpoint;

/// The registries as one generation names them. Immutable; whoever holds an endpoint holds it.
class Endpoints : public std::enable_shared_from_this<Endpoints> {
 public:
  /// `settings` were checked.
  static std::shared_ptr<const Endpoints> make(Settings settings);

  [[nodiscard]] const Settings& settings() const noexcept { return settings_; }
  /// What the entry that applies is called; empty if there is none.
  [[nodiscard]] std::string_view entry_of(std::string_view registry) const noexcept;

  /// The endpoint that serves a registry, by its identity ("docker.io", "127.0.0.1:5000").
  /// Errors: `kInvalidReference`, reason "host".
  [[nodiscard]] Result<Endpoint> of(const std::string& registry) const;

  /// To OCSP responders and CRL servers, whose answers are signed.
  [[nodiscard]] http::Route route_to_signed() const;

 private:
  friend class Endpoint;
  explicit Endpoints(Settings settings);
  [[nodiscard]] const std::shared_ptr<const http::TlsProfile>& tls_of(
      const RegistrySettings* entry) const noexcept;

  Settings settings_;
  std::shared_ptr<const http::TlsProfile> default_tls_;
  std::shared_ptr<const http::TlsProfile> unchecked_;
  std::shared_ptr<const std::vector<Cidr>> egress_allow_;
  /// Of each entry of the settings.
  std::vector<std::shared_ptr<const http::TlsProfile>> tls_;
};

/// Where one registry is asked, and what the configuration allows there. A value; cheap to copy.
class Endpoint {
 public:
  /// The name that references and the configuration use: "docker.io".
  [[nodiscard]] const std::string& registry() const noexcept { return registry_; }
  /// What is really asked: "https://registry-1.docker.io/".
  [[nodiscard]] const http::Url& base() const noexcept { return base_; }
  [[nodiscard]] bool plain_http() const noexcept;
  [[nodiscard]] bool skips_tls_verification() const noexcept;

  /// Whether a password for this registry may go to `host` unencrypted: only if that is loopback,
  /// or if the entry says that the network in between may read it.
  [[nodiscard]] bool may_send_in_clear(std::string_view host) const;
  /// Whether the entry names this host, with or without its port, as the registry's token server.
  [[nodiscard]] bool is_token_server(const http::Url& url) const;
  /// The credentials that are configured for a repository of the registry, in the order in which
  /// they are tried. Who may see them is for BoundCredential to say.
  [[nodiscard]] oci::CredentialChain configured_credentials(std::string_view repository) const;

  /// How a URL is reached that is asked on this registry's behalf: roots, rights to private
  /// addresses, ports. Not for `kRevocation`, which is on nobody's.
  [[nodiscard]] http::Route route_to(const http::Url& url, http::Purpose purpose) const;

 private:
  friend class Endpoints;
  Endpoint(std::shared_ptr<const Endpoints> all, std::string registry, http::Url base);

  std::shared_ptr<const Endpoints> all_;
  std::string registry_;
  http::Url base_;
  RegistryMatch match_;
};

}  // namespace countersign::registry
