#include "adapters/registry/bound_credential.hpp"

#include "base/bytes.hpp"

namespace countersign::registry {
namespace {

struct KnownPair {
  std::string_view endpoint;
  std::string_view realm;
};
constexpr KnownPair kKnownPairs[] = {
    {"registry-1.docker.io", "auth.docker.io"},
    {"registry.gitlab.com", "gitlab.com"},
};

bool is_known_pair(const http::Url& endpoint, const http::Url& realm) {
  if (realm.port() != 443 || endpoint.port() != 443) return false;
  for (const KnownPair& pair : kKnownPairs) {
    if (endpoint.host() == pair.endpoint && realm.host() == pair.realm) return true;
  }
  return endpoint.host().ends_with(".gcr.io") && realm.host() == "gcr.io";
}

Secret header(std::string_view scheme, std::string_view value) {
  std::string text;
  text.reserve(scheme.size() + value.size());
  text.append(scheme).append(value);
  return Secret(std::move(text));
}

}  // namespace

BoundCredential::BoundCredential(Endpoint endpoint, const oci::Credential* credential)
    : endpoint_(std::move(endpoint)), credential_(credential) {
  const bool in_clear =
      endpoint_.plain_http() && !endpoint_.may_send_in_clear(endpoint_.registry());
  if (endpoint_.skips_tls_verification() || in_clear) credential_ = nullptr;
}

bool BoundCredential::is_own_origin(const http::Url& url) const {
  return same_origin(url, endpoint_.base());
}

bool BoundCredential::may_see(const http::Url& url, Place place) const {
  if (credential_ == nullptr) return false;
  const bool encrypted = url.is_https() || endpoint_.may_send_in_clear(url.host());
  switch (place) {
    case Place::kRegistry:
      return is_own_origin(url) && encrypted;
    case Place::kTokenServer:
      return encrypted && (url.host() == endpoint_.base().host() ||
                           is_known_pair(endpoint_.base(), url) || endpoint_.is_token_server(url));
  }
  return false;
}

const oci::Credential* BoundCredential::shown_to(const http::Url& token_server) const {
  return may_see(token_server, Place::kTokenServer) ? credential_ : nullptr;
}

bool BoundCredential::has_registry_token() const noexcept {
  return credential_ != nullptr && !credential_->registry_token.empty();
}

std::optional<Secret> BoundCredential::authorization_for(const http::Url& url) const {
  if (!may_see(url, Place::kRegistry)) return std::nullopt;
  if (has_registry_token()) return header("Bearer ", credential_->registry_token.reveal());
  if (credential_->has_password()) return basic_authorization(*credential_);
  return std::nullopt;
}

/// The token is the registry's own, made by its token server for whoever asked, also anonymously.
std::optional<Secret> BoundCredential::authorization_for(const http::Url& url,
                                                         const Secret& access_token) const {
  if (!is_own_origin(url)) return std::nullopt;
  return header("Bearer ", access_token.reveal());
}

Secret basic_authorization(const oci::Credential& credential) {
  std::string pair = credential.username + ":" + credential.password.reveal();
  const WipedAtEnd wiped(pair);
  std::string base64 = to_base64(as_bytes(pair));
  const WipedAtEnd wiped_too(base64);
  return header("Basic ", base64);
}

}  // namespace countersign::registry
