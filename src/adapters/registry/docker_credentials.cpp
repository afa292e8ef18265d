#include "adapters/registry/docker_credentials.hpp"

namespace countersign::registry {

Task<oci::CredentialChain> DockerCredentials::of(ports::Access /*access*/, std::string registry,
                                                 std::string repository, Deadline /*deadline*/) {
  const auto endpoint = endpoints_->of(registry);
  if (!endpoint) co_return endpoint.error();
  co_return endpoint->configured_credentials(repository);
}

}  // namespace countersign::registry
