#pragma once
/// Credentials from Docker's configuration, as the endpoints of one generation hold them.

#include <memory>
#include <utility>

#include "adapters/registry/endpoints.hpp"
#include "ports/credential_source.hpp"

namespace countersign::registry {

/// The same for everybody: they are the process's own.
class DockerCredentials final : public ports::CredentialSource {
 public:
  explicit DockerCredentials(std::shared_ptr<const Endpoints> endpoints)
      : endpoints_(std::move(endpoints)) {}

  Task<oci::CredentialChain> of(ports::Access access, std::string registry, std::string repository,
                                Deadline deadline) override;

 private:
  std::shared_ptr<const Endpoints> endpoints_;
};

}  // namespace countersign::registry
