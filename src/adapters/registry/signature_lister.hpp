#pragma once
/// The search for signatures: referrers API with filter, without it, then the tag schema; cheap
/// first, thorough only when the answer would be "unsigned".
///
/// Source: oci-registry 3.5 (search plan), 3.2 (what an answer means), 3.3 (pages), 3.4 (tag
/// schema).

#include "adapters/registry/capability_cache.hpp"
#include "adapters/registry/exchange.hpp"
#include "adapters/registry/referrers.hpp"
#include "ports/registry.hpp"

namespace countersign::registry {

class SignatureLister {
 public:
  explicit SignatureLister(Exchange& exchange) : exchange_(exchange) {}

  Task<ports::SignatureList> list(Target target, ports::Subject subject, Deadline deadline);

 private:
  enum class Filter : std::uint8_t { kNotarySignatures, kNone };
  /// What one pass over the API gave.
  struct Pass {
    bool supported = false;
    /// The server filtered, or may have: it listed nothing.
    bool maybe_filtered = false;
    std::optional<Error> error;   ///< no list, or not all of it
    std::optional<Error> denied;  ///< what is left if the tag schema has nothing either
  };

  Task<Pass> list_by_api(const Target& target, const ports::Subject& subject, Filter filter,
                         CandidateList& candidates, Deadline deadline);
  /// Further pages.
  Task<void> read_pages(const Target& target, http::Url page, const http::Response& first,
                        std::string path, CandidateList& candidates, Deadline deadline);
  Task<void> list_by_tag(const Target& target, const ports::Subject& subject,
                         CandidateList& candidates, Deadline deadline);

  Exchange& exchange_;
  CapabilityCache capabilities_;
};

}  // namespace countersign::registry
