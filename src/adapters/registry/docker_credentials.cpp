#include "adapters/registry/docker_credentials.hpp"

namespace countersign::registry {

Task<oci::CredentialChain> DockerCredentials::of(ports::Access /*access*/, std::string registry,
                                                 std::string /*repository*/,
                                                 Deadline /*deadline*/) {
  const auto endpoint = endpoints_->of(registry);
  if (!endpoint) co_return endpoint.error();
  oci::CredentialChain chain;
  if (const oci::Credential* configured = endpoint->configured_credential())
    chain.push_back(*configured);
  co_return chain;
}

}  // namespace countersign::registry
