#pragma once
/// The verdict on one image, from the reports about all of its signatures. Pure.
///
/// Source: notary-verification section 8.1; decisions 2.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "ports/registry.hpp"
#include "verify/vocabulary.hpp"

namespace countersign::verify {

/// What gathering found out about the signatures of one subject.
struct Evidence {
  std::vector<SignatureReport> reports;  ///< of candidates that were processed, in order
  std::size_t not_signatures = 0;        ///< candidates that turned out to be something else
  std::size_t not_processed = 0;         ///< candidates beyond `limits.signatures` or out of time
  ListingMethod method = ListingMethod::kReferrersApi;
  std::optional<Error> incomplete;  ///< the list may have had more
  std::string rests_on;  ///< what "there are no signatures" rests on, where that is doubtful

  /// What a list says beside its candidates.
  void add(const ports::SignatureList& list);
  [[nodiscard]] bool has_verified() const;
};

/// Fills outcome, message, remedy, signatures and warnings of `verdict`, whose image, repository
/// and digest are set.
void decide(Evidence evidence, Verdict& verdict);

/// A verdict that a failed step before the signatures explains.
void decide_failure(const Error& error, Verdict& verdict);

}  // namespace countersign::verify
