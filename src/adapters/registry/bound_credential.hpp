#pragma once
/// A credential and the places that may see it: the one rule of the program about where credentials
/// go, and the one place that writes an Authorization header (scripts/check_layers).
///
/// Source: oci-registry 4.2 (realms), 4.6, 5.4 (redirects). A credential goes to the host that it
/// was issued for and to no other.

#include <optional>
#include <string>

#include "adapters/http/url.hpp"
#include "adapters/registry/endpoints.hpp"
#include "base/secret.hpp"
#include "oci/credential.hpp"

namespace countersign::registry {

/// What a URL is to the registry whose credential it is.
enum class Place : std::uint8_t {
  kRegistry,     ///< it is asked itself
  kTokenServer,  ///< it is named by the registry as the place to ask for tokens
};

/// Made from an endpoint and a credential for it, which must outlive it.
class BoundCredential {
 public:
  /// `credential` may be null.
  BoundCredential(Endpoint endpoint, const oci::Credential* credential);

  /// Whether `url` may be shown the credential. Never if the registry's certificate is not checked;
  /// never unencrypted but to loopback or where the configuration says so. As the registry: its own
  /// origin. As a token server: its own host, a pair that is known, or one that is configured.
  [[nodiscard]] bool may_see(const http::Url& url, Place place) const;

  /// The credential for a token server, which gets it in one of several forms; null if it may not
  /// see it.
  [[nodiscard]] const oci::Credential* shown_to(const http::Url& token_server) const;

  /// The value of the header for a request to the registry itself: "Basic …", or "Bearer …" of a
  /// token that was given as such. Nothing if `url` may not see it, or there is none of that form.
  [[nodiscard]] std::optional<Secret> authorization_for(const http::Url& url) const;
  /// The same for an access token that a token server gave for this registry.
  [[nodiscard]] std::optional<Secret> authorization_for(const http::Url& url,
                                                        const Secret& access_token) const;

  [[nodiscard]] bool has_registry_token() const noexcept;
  [[nodiscard]] bool exists() const noexcept { return credential_ != nullptr; }

 private:
  [[nodiscard]] bool is_own_origin(const http::Url& url) const;

  Endpoint endpoint_;
  const oci::Credential* credential_;  ///< null also where it must go nowhere
};

/// "Basic <base64 of user:password>", for a token server that `shown_to` let see it.
[[nodiscard]] Secret basic_authorization(const oci::Credential& credential);

}  // namespace countersign::registry
