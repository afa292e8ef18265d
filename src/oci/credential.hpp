#pragma once
/// What a registry is shown.
///
/// Source: oci-registry 4.6. Left to the caller: to which hosts it may be sent
/// (adapters/registry/bound_credential.hpp).

#include <string>
#include <vector>

#include "base/secret.hpp"

namespace countersign::oci {

/// Exactly one of the three forms counts: `registry_token`, else `identity_token`, else `username`
/// with `password`.
struct Credential {
  std::string username = {};
  Secret password = {};
  Secret identity_token = {};  ///< exchanged for an access token (OAuth2 refresh token)
  Secret registry_token = {};  ///< sent as Bearer as it is

  [[nodiscard]] bool has_password() const noexcept {
    return !username.empty() && !password.empty();
  }
};

/// Credentials to be tried in their order; none is a wish to be anonymous.
using CredentialChain = std::vector<Credential>;

}  // namespace countersign::oci
