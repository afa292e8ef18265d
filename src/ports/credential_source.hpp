#pragma once
/// With which credentials a registry is asked. Implemented by adapters/registry (Docker's
/// configuration).
///
/// Source: oci-registry 4.6 to 4.10; decisions 42. Called on the worker's thread.

#include <cstddef>
#include <string>

#include "async/task.hpp"
#include "base/deadline.hpp"
#include "oci/credential.hpp"
#include "ports/access.hpp"

namespace countersign::ports {

/// More are not tried: each costs the registry a refusal, and the asker its time.
inline constexpr std::size_t kMaxCredentials = 3;

class CredentialSource {
 public:
  CredentialSource() = default;
  CredentialSource(const CredentialSource&) = delete;
  CredentialSource& operator=(const CredentialSource&) = delete;
  virtual ~CredentialSource() = default;

  /// The credentials to be tried, in their order; none: ask anonymously. `registry` is its
  /// identity ("docker.io"). Errors: that of whoever gives them.
  virtual Task<oci::CredentialChain> of(Access access, std::string registry, std::string repository,
                                        Deadline deadline) = 0;
};

}  // namespace countersign::ports
