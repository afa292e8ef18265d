#pragma once
/// A registry of the OCI Distribution Specification, as verification sees it. One for each worker:
/// everything runs on the thread of the coroutines that call it.
///
/// Source: oci-registry 2 (resolving), 3 (signatures), 4.1 to 4.6, 4.9 (authentication), 5.4, 5.10.
/// The registry is believed only in what a tag means; all else is checked against a digest.

#include <memory>

#include "adapters/http/transport.hpp"
#include "adapters/registry/endpoints.hpp"
#include "adapters/registry/options.hpp"
#include "async/task_set.hpp"
#include "ports/credential_source.hpp"
#include "ports/registry.hpp"

namespace countersign::registry {

/// The machinery of one worker: connections, tokens, breakers, what is known of registries. It
/// keeps no part of a generation.
class RegistryMachinery {
 public:
  /// `transport` outlives it; `tasks` are ended before it goes, and need not exist yet.
  RegistryMachinery(http::Transport& transport, TaskSet& tasks, Options options = {});
  ~RegistryMachinery();
  RegistryMachinery(const RegistryMachinery&) = delete;
  RegistryMachinery& operator=(const RegistryMachinery&) = delete;

 private:
  friend class RegistryClient;
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Registries as one generation names them: what a verification asks.
class RegistryClient final : public ports::Registry {
 public:
  /// `machinery` outlives it. `credentials`: null for those that the endpoints are configured with.
  RegistryClient(RegistryMachinery& machinery, std::shared_ptr<const Endpoints> endpoints,
                 std::shared_ptr<ports::CredentialSource> credentials = nullptr,
                 ports::Access access = {});

  Task<ports::Subject> resolve(oci::ImageReference image, Deadline deadline,
                               ports::Trace* trace = nullptr) override;
  Task<ports::SignatureList> list_signatures(oci::ImageReference image, ports::Subject subject,
                                             Deadline deadline,
                                             ports::Trace* trace = nullptr) override;
  Task<ports::SignatureList> list_rest(oci::ImageReference image, ports::Subject subject,
                                       Deadline deadline, ports::Trace* trace = nullptr) override;
  Task<ports::FetchedSignature> fetch_signature(oci::ImageReference image, ports::Subject subject,
                                                oci::Descriptor candidate, Deadline deadline,
                                                ports::Trace* trace = nullptr) override;

 private:
  [[nodiscard]] Result<struct Target> target_of(const oci::ImageReference& image,
                                                ports::Trace* trace) const;
  RegistryMachinery& machinery_;
  std::shared_ptr<const Endpoints> endpoints_;
  std::shared_ptr<ports::CredentialSource> credentials_;
  ports::Access access_;
};

}  // namespace countersign::registry
