#pragma once
/// What verification needs from the world. Implemented by adapters/registry (OCI Distribution),
/// adapters/layout (OCI layout), adapters/responders (OCSP, CRL) and adapters/plugin (programs),
/// and by fakes in tests.
///
/// Source: oci-registry sections 2 and 3; notary-verification sections 1 and 10.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/deadline.hpp"
#include "base/task.hpp"
#include "oci/image_reference.hpp"
#include "oci/manifest.hpp"
#include "revocation/status.hpp"
#include "verify/evidence.hpp"
#include "verify/plugin_call.hpp"

namespace countersign::verify {

/// Candidates of one subject, in the order in which they are to be tried. Only hints: each is
/// judged by its own bytes.
struct SignatureList {
  std::vector<oci::Descriptor> candidates;
  ListingMethod method = ListingMethod::kReferrersApi;
  /// Set if the list may have more that could not be read. The candidates may still verify, but
  /// their absence or failure is then this error and never `unsigned`.
  std::optional<Error> incomplete;
};

/// What the steps of one verification cost, and what the registry says to its users meanwhile,
/// noted by whoever takes them.
struct Trace {
  static constexpr std::size_t kMaxWarnings = 2;

  unsigned exchanges = 0;             ///< HTTP requests sent, tokens and retries included
  std::vector<std::string> warnings;  ///< each once, safe to show
  std::size_t warning_bytes = 0;      ///< received so far, shown or not
};

/// Every step ends by its deadline with `kDeadlineExceeded`, and every byte that it returns has the
/// digest that was asked for. `trace` may be null; it is the awaiting caller's.
class Registry {
 public:
  Registry() = default;
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;
  virtual ~Registry() = default;

  /// Tag or digest to descriptor. Errors: `kImageNotFound`, `kRegistryRefused` and the outages.
  virtual Task<Subject> resolve(oci::ImageReference image, Deadline deadline,
                                Trace* trace = nullptr) = 0;

  /// Candidates by the search plan of oci-registry 3.5. An empty list without `incomplete` means
  /// unsigned.
  virtual Task<SignatureList> list_signatures(oci::ImageReference image, Subject subject,
                                              Deadline deadline, Trace* trace = nullptr) = 0;

  /// A candidate's manifest and envelope. The reason `kNotASignature` says that the
  /// candidate is no Notary signature of this subject and does not count; any other error is that
  /// candidate's failure.
  virtual Task<FetchedSignature> fetch_signature(oci::ImageReference image, Subject subject,
                                                 oci::Descriptor candidate, Deadline deadline,
                                                 Trace* trace = nullptr) = 0;
};

/// Who knows whether certificates are revoked. Implemented by adapters/responders (OCSP and CRL
/// over HTTP, or from a folder), and by fakes in tests.
class RevocationSource {
 public:
  RevocationSource() = default;
  RevocationSource(const RevocationSource&) = delete;
  RevocationSource& operator=(const RevocationSource&) = delete;
  virtual ~RevocationSource() = default;

  /// Never an error: what cannot be found out by the deadline is unknown (VE-13).
  virtual asio::awaitable<revocation::ChainAnswer, Executor> statuses_of(
      revocation::ChainQuestion question, Deadline deadline) = 0;
};

/// The verification plugins that the operator lists.
class Plugins {
 public:
  Plugins() = default;
  Plugins(const Plugins&) = delete;
  Plugins& operator=(const Plugins&) = delete;
  virtual ~Plugins() = default;

  /// By exact name.
  [[nodiscard]] virtual bool has(std::string_view plugin) const = 0;

  /// Runs a plugin that is listed. Errors: `kPluginRequired` if it cannot be run as it was listed,
  /// or says too much; `kDeadlineExceeded`; `kOverloaded` if too many plugins run already.
  virtual Task<PluginOutput> run(PluginCall call, Deadline deadline) = 0;
};

}  // namespace countersign::verify
