#pragma once
/// A registry of the OCI Distribution Specification, as verification sees it. One for each worker:
/// everything runs on the thread of the coroutines that call it.
///
/// Source: oci-registry 2 (resolving), 3 (signatures), 4.1 to 4.6, 4.9 (authentication), 5.4, 5.10.
/// The registry is believed only in what a tag means; all else is checked against a digest.

#include <memory>

#include "adapters/http/settings.hpp"
#include "adapters/http/transport.hpp"
#include "adapters/registry/options.hpp"
#include "ports/registry.hpp"

namespace countersign::registry {

class RegistryClient final : public ports::Registry {
 public:
  /// `transport` and `settings` outlive it.
  RegistryClient(http::Transport& transport, const http::Settings& settings, Options options = {});
  ~RegistryClient() override;

  Task<ports::Subject> resolve(oci::ImageReference image, Deadline deadline,
                               ports::Trace* trace = nullptr) override;
  Task<ports::SignatureList> list_signatures(oci::ImageReference image, ports::Subject subject,
                                             Deadline deadline,
                                             ports::Trace* trace = nullptr) override;
  Task<ports::FetchedSignature> fetch_signature(oci::ImageReference image, ports::Subject subject,
                                                oci::Descriptor candidate, Deadline deadline,
                                                ports::Trace* trace = nullptr) override;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::registry
