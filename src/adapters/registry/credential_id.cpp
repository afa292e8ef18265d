#include "adapters/registry/credential_id.hpp"

#include "base/bytes.hpp"
#include "crypto/hash.hpp"

namespace countersign::registry {

std::string credential_id(const oci::Credential* credential) {
  if (credential == nullptr) return "anonymous";
  crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
  for (const std::string* part :
       {&credential->username, &credential->password.reveal(), &credential->identity_token.reveal(),
        &credential->registry_token.reveal()}) {
    hasher.update(as_bytes(std::to_string(part->size()) + ":"));
    hasher.update(as_bytes(*part));
  }
  return to_hex(hasher.finish());
}

}  // namespace countersign::registry
