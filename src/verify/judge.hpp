#pragma once
/// The judgement of one signature, and of one image from all of its signatures. Pure: the same
/// arguments, the same answer.
///
/// Source: notary-verification section 8 (8.2 the steps and their order, 8.4 authentic time);
/// decisions 2, 3 and 20. Not built yet, and denied where a signature or a policy needs it:
/// revocation (CS201).

#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "trust/policy_document.hpp"
#include "trust/trust_store.hpp"
#include "verify/evidence.hpp"
#include "verify/user_metadata.hpp"
#include "verify/verdict.hpp"

namespace countersign::verify {

/// Everything a judgement depends on beside the signature itself.
struct Question {
  const Subject& subject;
  const trust::Statement& statement;
  const trust::TrustStores& stores;
  Instant now;
  UserMetadata required = {};
};

/// Steps 1 to 8 for one candidate. `fetched` may be an error: that is then the candidate's failure.
[[nodiscard]] SignatureReport judge_signature(std::string manifest_digest,
                                              const Result<FetchedSignature>& fetched,
                                              const Question& question);

/// What gathering found out about the signatures of one subject.
struct Evidence {
  std::vector<SignatureReport> reports;  ///< of candidates that were processed, in order
  std::size_t not_signatures = 0;        ///< candidates that turned out to be something else
  std::size_t not_processed = 0;         ///< candidates beyond `limits.signatures` or out of time
  ListingMethod method = ListingMethod::kReferrersApi;
  std::optional<Error> incomplete;  ///< the list may have had more
};

/// Fills outcome, message, remedy, signatures and warnings of `verdict`, whose image, repository
/// and digest are set.
void decide(Evidence evidence, Verdict& verdict);

/// A verdict that a failed step before the signatures explains.
void decide_failure(const Error& error, Verdict& verdict);

}  // namespace countersign::verify
