#pragma once
/// Who has images and their signatures. Implemented by adapters/registry (OCI Distribution) and
/// adapters/layout (OCI layout), and by fakes in tests.
///
/// Source: oci-registry sections 2 and 3; notary-verification section 1. An implementation lives on
/// one thread, that of its loop.

#include <cstddef>
#include <optional>
#include <vector>

#include "async/task.hpp"
#include "base/deadline.hpp"
#include "oci/image_reference.hpp"
#include "oci/manifest.hpp"
#include "ports/artifact.hpp"
#include "ports/trace.hpp"

namespace countersign::ports {

/// Candidates of one subject, in the order in which they are to be tried. Only hints: each is
/// judged by its own bytes.
struct SignatureList {
  std::vector<oci::Descriptor> candidates;
  ListingMethod method = ListingMethod::kReferrersApi;
  /// Set if the list may have more that could not be read. The candidates may still verify, but
  /// their absence or failure is then this error and never `unsigned`.
  std::optional<Error> incomplete;
  /// Set if the list rests on an answer that a registry should not give. Without candidates it
  /// still means unsigned, but says so.
  std::string rests_on;
  /// The referrers API was not asked, since this repository had none lately: to be asked by
  /// `list_rest` before anything is denied.
  bool has_rest = false;
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

  /// What `list_signatures` left out.
  virtual Task<SignatureList> list_rest(oci::ImageReference image, Subject subject,
                                        Deadline deadline, Trace* trace = nullptr) {
    static_cast<void>(image), static_cast<void>(subject), static_cast<void>(deadline);
    static_cast<void>(trace);
    co_return SignatureList();
  }

  /// A candidate's manifest and envelope. The reason `kNotASignature` says that the
  /// candidate is no Notary signature of this subject and does not count; any other error is that
  /// candidate's failure.
  virtual Task<FetchedSignature> fetch_signature(oci::ImageReference image, Subject subject,
                                                 oci::Descriptor candidate, Deadline deadline,
                                                 Trace* trace = nullptr) = 0;
};

}  // namespace countersign::ports
