#pragma once
/// The judgement of one signature. Pure: the same arguments, the same answer.
///
/// Source: notary-verification section 8 (8.2 the steps and their order, 8.4 authentic time),
/// sections 9.6 and 10.1 (revocation); decisions 3.
///
/// Steps may need something from outside, which pure code cannot fetch. A judgement then stops,
/// says what it needs, and goes on when that is supplied; what it read before, it keeps.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "revocation/status.hpp"
#include "trust/policy_document.hpp"
#include "trust/trust_store.hpp"
#include "verify/vocabulary.hpp"
#include "x509/certificate_cache.hpp"

namespace countersign::verify {

/// Everything a judgement depends on beside the signature itself.
struct Question {
  const Subject& subject;
  const trust::Statement& statement;
  const trust::TrustStores& stores;
  Instant now;
  UserMetadata required = {};
  /// Whether a plugin of this name can be run; empty: none can.
  std::function<bool(std::string_view)> has_plugin = {};
  /// Saves the reading of certificates that were read before; may be null.
  x509::CertificateCache* certificates = nullptr;
};

/// Whether a chain's certificates are revoked.
struct RevocationNeed {
  enum class Of : std::uint8_t { kSigner, kTimestampAuthority };
  Of of = Of::kSigner;
  revocation::ChainQuestion question;
};

/// What a plugin says.
struct PluginNeed {
  PluginCall call;
};

/// What a step needs from outside, one thing at a time.
using Need = std::variant<RevocationNeed, PluginNeed>;

/// Steps 1 to 9 for one candidate, which stop where something from outside is needed:
///
///     SignatureJudgement judgement(digest, fetched, question);
///     while (const Need* need = judgement.need()) judgement.supply(…);
///     SignatureReport report = std::move(judgement).report();
class SignatureJudgement {
 public:
  /// Goes as far as it can. `fetched` may be an error: that is then the candidate's failure; it is
  /// used here only. What `question` refers to must outlive the judgement.
  SignatureJudgement(std::string manifest_digest, const Result<FetchedSignature>& fetched,
                     const Question& question);
  ~SignatureJudgement();
  SignatureJudgement(SignatureJudgement&&) noexcept;
  SignatureJudgement& operator=(SignatureJudgement&&) noexcept;

  /// Null once the report is final. Valid until the next `supply`.
  [[nodiscard]] const Need* need() const noexcept;
  /// The answer to a RevocationNeed; an answer that nobody asked for is dropped.
  void supply(const revocation::ChainAnswer& answer);
  /// The answer to a PluginNeed, likewise.
  void supply_output(const Result<PluginOutput>& output);
  /// Before the end of the judgement it is one that denies.
  [[nodiscard]] SignatureReport report() &&;

 private:
  class Steps;
  std::unique_ptr<Steps> steps_;
};

/// All of it at once, by an answer to every question about revocation and to a plugin.
[[nodiscard]] SignatureReport judge_signature(
    std::string manifest_digest, const Result<FetchedSignature>& fetched, const Question& question,
    const std::function<revocation::ChainAnswer(const RevocationNeed&)>& revocation,
    const std::function<Result<PluginOutput>(const PluginCall&)>& plugins = {});

}  // namespace countersign::verify
