#pragma once
/// How registries are reached: what the configuration says of them, already read and checked. Plain
/// values; no file is read and no environment consulted here.
///
/// Source: oci-registry 4.2, 5.1, 5.2, 5.6; decisions 7.

#include <string>
#include <string_view>
#include <vector>

#include "adapters/http/address_policy.hpp"
#include "oci/docker_config.hpp"

namespace countersign::http {

class Url;

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
  /// The system's roots, read by the TLS library when it first connects.
  std::string system_roots_file = "/etc/ssl/certs/ca-certificates.crt";
  std::string user_agent = "countersign";
};

struct RegistryMatch {
  const RegistrySettings* settings = nullptr;  ///< null: defaults apply
  bool exact = false;
};

/// The entry for a registry identity "host[:port]". An exact entry beats every wildcard.
[[nodiscard]] RegistryMatch find_registry(const Settings& settings,
                                          std::string_view registry) noexcept;

/// True only for an exact entry that says so.
[[nodiscard]] bool uses_plain_http(const RegistryMatch& match) noexcept;
[[nodiscard]] bool skips_tls_verification(const RegistryMatch& match) noexcept;

/// Whether a password for this registry may go to `host` unencrypted: only if that is loopback, or
/// if the entry says that the network in between may read it.
[[nodiscard]] bool may_send_in_clear(const RegistryMatch& match, std::string_view host);

/// Whether the entry names this host, with or without its port, as the registry's token server.
[[nodiscard]] bool is_token_server(const RegistryMatch& match, const Url& url);

/// The credential that is configured for the registry, or null. Who may see it is for
/// registry::BoundCredential to say.
[[nodiscard]] const oci::Credential* configured_credential(const Settings& settings,
                                                           std::string_view registry);

/// Checks what the loader cannot see in one entry: spelling of `match`, exact-only options, PEM
/// that holds at least one CA certificate and nothing else. Errors: `kInternalError`, reason
/// "REGISTRY_SETTINGS"; the message names the entry.
[[nodiscard]] Status check(const Settings& settings);

}  // namespace countersign::http
