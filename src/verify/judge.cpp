#include "verify/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/contains.hpp"
#include "base/text.hpp"
#include "envelope/envelope.hpp"
#include "envelope/payload.hpp"
#include "verify/plugin.hpp"
#include "verify/timestamp.hpp"

namespace countersign::verify {
namespace {

using envelope::ClaimedEnvelope;
using envelope::SigningScheme;
using envelope::VerifiedEnvelope;
using trust::Check;
using trust::CheckAction;

/// What two clocks may differ by before it is worth a warning (SC-6, TS-41).
constexpr std::int64_t kClockSkewSeconds = 300;

std::string subject_of(const x509::Certificate& certificate) {
  return printable(certificate.subject_text(), 256);
}

}  // namespace

/// Walks the steps of 8.2 and fills the report.
class SignatureJudgement::Steps {
 public:
  Steps(std::string manifest_digest, const Question& question) : question_(question) {
    report_.digest = std::move(manifest_digest);
    report_.message = "the judgement of this signature did not come to its end";
    for (const Check check : trust::kAllChecks) {
      report_.checks.push_back({.check = check,
                                .result = CheckResult::kNotReached,
                                .action = question_.statement.level.of(check),
                                .reason = {}});
    }
  }

  void begin(const Result<FetchedSignature>& fetched) {
    if (!fetched) return stop(Step::kFetch, fetched.error());
    report_.media_type = fetched->media_type;
    auto claimed =
        envelope::read_envelope(fetched->media_type, fetched->envelope, question_.certificates);
    if (!claimed) {
      set(Check::kIntegrity, CheckResult::kFailed, claimed.error().message());
      return stop(Step::kStructure, claimed.error());
    }
    describe(*claimed);
    if (!trust_store_step(*claimed)) return;  // by what it claims: who is not trusted
    const envelope::TrustedFrom from{.place = trusted_place_, .links = &report_.link_checks};
    auto verified = envelope::verify_envelope(*std::move(claimed), from);
    // Anybody can append a public root: what breaks at the first link is not of that authority.
    if (!verified && verified.error().reason() == Reason("CE-5") && report_.link_checks <= 1 &&
        trusted_place_.value_or(0) > 0)
      report_.link_checks = 0;
    if (!verified) {
      describe_nothing();  // nobody signed this
      set(Check::kIntegrity, CheckResult::kFailed, verified.error().message());
      return stop(Step::kIntegrity, verified.error());
    }
    report_.signing_time = format_rfc3339(verified->signing_time());
    envelope_ = *std::move(verified);
    for (const x509::Certificate& certificate : envelope_->chain())
      rests_on(certificate.not_after());
    rests_on(envelope_->expiry());
    set(Check::kIntegrity, CheckResult::kPassed);
    next_ = Next::kPlugin;
    go_on();
  }

  [[nodiscard]] const Need* need() const noexcept { return need_ ? &*need_ : nullptr; }

  void supply(const revocation::ChainAnswer& answer) {
    if (!need_ || !std::holds_alternative<RevocationNeed>(*need_)) return;
    const Need asked = *std::exchange(need_, std::nullopt);
    const auto& revocation = std::get<RevocationNeed>(asked);
    const auto conclusion = revocation::conclude(revocation.question.chain, answer);
    const bool goes_on = revocation.of == RevocationNeed::Of::kSigner
                             ? signer_revocation(revocation, conclusion)
                             : authority_revocation(revocation, conclusion);
    if (!goes_on) next_ = Next::kNothing;
    go_on();
  }

  void supply_output(const Result<PluginOutput>& output) {
    if (!need_ || !std::holds_alternative<PluginNeed>(*need_)) return;
    const Need asked = *std::exchange(need_, std::nullopt);
    const bool goes_on = std::get<PluginNeed>(asked).call.command == PluginCommand::kGetMetadata
                             ? plugin_metadata(output)
                             : plugin_answer(output);
    if (!goes_on) next_ = Next::kNothing;
    go_on();
  }

  [[nodiscard]] SignatureReport take_report() { return std::move(report_); }

 private:
  /// The step that is taken next.
  enum class Next : std::uint8_t {
    kPlugin,
    kPluginMetadata,
    kIdentity,
    kExpiry,
    kTimestamp,
    kRevocation,
    kPluginChecks,
    kTarget,
    kNothing,
  };

  void set(Check check, CheckResult result, std::string reason = {}) {
    CheckReport& entry = report_.checks[static_cast<std::size_t>(check)];
    entry.result = result;
    entry.reason = std::move(reason);
  }

  /// Takes steps until one fails, needs something, or was the last.
  void go_on() {
    while (!need_ && next_ != Next::kNothing) {
      if (!take(std::exchange(next_, after(next_)))) next_ = Next::kNothing;
    }
  }

  static Next after(Next step) {
    return step == Next::kNothing ? step : static_cast<Next>(static_cast<int>(step) + 1);
  }

  /// False if it was fatal.
  bool take(Next step) {
    switch (step) {
      case Next::kPlugin:
        return plugin_step(*envelope_);
      case Next::kPluginMetadata:
        return plugin_metadata_step();
      case Next::kIdentity:
        return identity_step(*envelope_);
      case Next::kExpiry:
        return expiry_step(*envelope_);
      case Next::kTimestamp:
        return timestamp_step(*envelope_);
      case Next::kRevocation:
        return revocation_step(*envelope_);
      case Next::kPluginChecks:
        return plugin_checks_step(*envelope_);
      case Next::kTarget:
        target_step(*envelope_);
        return true;
      case Next::kNothing:
        break;
    }
    return false;
  }

  void stop(Step step, Error error) {
    report_.stopped_at = step;
    report_.outcome = error.outcome();
    report_.reason = error.reason();
    report_.message = std::move(error).take_message();
  }

  /// A failed level-controlled check: fatal or a warning. True if judging goes on.
  bool failed(Check check, Step step, Error error) {
    set(check, CheckResult::kFailed, error.message());
    if (question_.statement.level.of(check) == CheckAction::kEnforce) {
      stop(step, std::move(error));
      return false;
    }
    report_.warnings.push_back(fmt::format("{} was set to \"log\" and failed with error: {}",
                                           trust::name(check), error.message()));
    return true;
  }

  /// As the envelope claims; that of an untrusted signer is no more than that.
  void describe(const ClaimedEnvelope& envelope) {
    report_.scheme = envelope::name(envelope.scheme());
    if (envelope.signing_time()) report_.signing_time = format_rfc3339(*envelope.signing_time());
    if (envelope.expiry()) report_.expiry = format_rfc3339(*envelope.expiry());
    const x509::Certificate& leaf = envelope.chain().front();
    report_.signer = {.subject = subject_of(leaf),
                      .issuer = printable(x509::to_string(leaf.issuer()), 256),
                      .serial = to_hex(leaf.serial()),
                      .thumbprint = leaf.thumbprint()};
  }

  void describe_nothing() {
    report_.scheme.clear();
    report_.signing_time.clear();
    report_.expiry.clear();
    report_.signer = {};
  }

  /// An error of a plugin is fatal whatever the level: only its findings are level-controlled.
  bool plugin_failed(const Error& error) {
    stop(Step::kPlugin, error);
    return false;
  }

  /// VE-20 to VE-23. Never level-controlled: an attribute that must be understood and is not
  /// denies.
  bool plugin_step(const VerifiedEnvelope& envelope) {
    auto demand = plugin_demand(envelope);
    if (!demand) return plugin_failed(demand.error());
    demand_ = *std::move(demand);
    if (!demand_) return true;
    if (untrusted_) {
      // Also where that is only logged: nobody's signature starts a process of ours.
      stop(Step::kPlugin, {Outcome::kPluginRequired, "VE-21",
                           fmt::format("the signature requires verification plugin \"{}\", which "
                                       "does not run for a signer that is not trusted",
                                       printable(demand_->plugin, 64))});
      return false;
    }
    if (question_.has_plugin && question_.has_plugin(demand_->plugin)) return true;
    stop(Step::kPlugin,
         {Outcome::kPluginRequired, "VE-21",
          fmt::format("the signature requires verification plugin \"{}\", which is not configured "
                      "here",
                      printable(demand_->plugin, 64))});
    return false;
  }

  bool plugin_metadata_step() {
    if (demand_) {
      need_ = PluginNeed{.call = {.plugin = demand_->plugin,
                                  .command = PluginCommand::kGetMetadata,
                                  .request = metadata_request()}};
    }
    return true;
  }

  bool plugin_metadata(const Result<PluginOutput>& output) {
    if (!output) return plugin_failed(output.error());
    const auto checks = judge_metadata(*demand_, *output);
    if (!checks) return plugin_failed(checks.error());
    replaced_ = *checks;
    return true;
  }

  /// Of the checks that the plugin stands in for, those that the policy asks for.
  [[nodiscard]] PluginChecks wanted_of_plugin() const {
    PluginChecks wanted = replaced_;
    if (question_.statement.level.of(Check::kRevocation) == CheckAction::kSkip)
      wanted.revocation = false;
    return wanted;
  }

  bool plugin_checks_step(const VerifiedEnvelope& envelope) {
    if (!demand_) return true;
    const PluginChecks wanted = wanted_of_plugin();
    if (!wanted.any() && demand_->unprocessed.empty()) return true;
    auto request = verify_request(envelope, *demand_, wanted, question_.statement.identities);
    if (!request) return plugin_failed(request.error());
    need_ = PluginNeed{.call = {.plugin = demand_->plugin,
                                .command = PluginCommand::kVerifySignature,
                                .request = *std::move(request)}};
    return true;
  }

  /// Identity before revocation, as the built-in checks have it.
  bool plugin_answer(const Result<PluginOutput>& output) {
    if (!output) return plugin_failed(output.error());
    const auto answer = judge_answer(*demand_, wanted_of_plugin(), *output);
    if (!answer) return plugin_failed(answer.error());
    const auto why = [&](std::string_view what, const PluginFinding& finding) {
      return fmt::format("{} by verification plugin \"{}\" failed: {}", what,
                         printable(demand_->plugin, 64), finding.reason);
    };
    if (answer->trusted_identity) {
      std::optional<std::string> other_identity;
      if (!answer->trusted_identity->success)
        other_identity = why("the check of the trusted identity", *answer->trusted_identity);
      if (!conclude_authenticity(std::move(other_identity))) return false;
    }
    if (!answer->revocation) return true;
    if (answer->revocation->success) {
      set(Check::kRevocation, CheckResult::kPassed);
      return true;
    }
    return failed(
        Check::kRevocation, Step::kRevocation,
        {Outcome::kRevoked, "VE-24", why("the check of revocation", *answer->revocation)});
  }

  /// TR-10 to TR-12: any certificate of the chain equals any certificate of the stores of the
  /// scheme's type. Remembers the one that is nearest to the leaf.
  std::optional<std::string> why_untrusted(const ClaimedEnvelope& envelope) {
    const auto type = envelope.scheme() == SigningScheme::kX509
                          ? trust::StoreType::kCa
                          : trust::StoreType::kSigningAuthority;
    std::string consulted;
    const std::vector<x509::Certificate>& chain = envelope.chain();
    std::size_t nearest = chain.size();
    for (const trust::StoreId& id : question_.statement.stores) {
      if (id.type != type) continue;
      const auto store = trust::find_store(question_.stores, id);
      if (!store) return store.error().message();
      consulted += (consulted.empty() ? "" : ", ") + id.to_string();
      for (std::size_t i = 0; i < nearest; ++i) {
        if (contains(**store, chain[i])) nearest = i;
      }
    }
    if (nearest < chain.size()) {
      trusted_place_ = nearest;
      report_.holds_trusted = true;
      return std::nullopt;
    }
    if (consulted.empty()) {
      return fmt::format(
          "no trusted certificates are found to verify authenticity: signing scheme {} uses trust "
          "stores "
          "of type {}, and the statement \"{}\" lists none",
          envelope::name(envelope.scheme()), trust::name(type),
          printable(question_.statement.name, 64));
    }
    const x509::Certificate& root = chain.back();
    return fmt::format(
        "the signature's certificate chain does not contain any trusted certificate: signed by "
        "\"{}\", "
        "root \"{}\" (sha256 {}), looked for in {}",
        subject_of(chain.front()), subject_of(root), root.thumbprint(), consulted);
  }

  /// PO-50 to PO-56, on the leaf alone.
  std::optional<std::string> why_other_identity(const VerifiedEnvelope& envelope) const {
    const trust::Identities& identities = question_.statement.identities;
    if (identities.any) return std::nullopt;
    if (identities.subjects.empty()) return "no x509 trusted identities are configured";
    const auto subject = trust::subject_attributes(envelope.leaf().subject());
    const bool found =
        std::ranges::any_of(identities.subjects, [&](const trust::DistinguishedName& identity) {
          return trust::matches(identity, subject);
        });
    if (found) return std::nullopt;
    return fmt::format(
        "the signing certificate \"{}\" does not match the trusted identities of the statement "
        "\"{}\"",
        subject_of(envelope.leaf()), printable(question_.statement.name, 64));
  }

  /// Before anything public-key is computed (VE-5). Shares one result with the step of the
  /// identity; with action `log` both run and both texts are kept (VE-12).
  bool trust_store_step(const ClaimedEnvelope& envelope) {
    untrusted_ = why_untrusted(envelope);
    const bool enforced =
        question_.statement.level.of(Check::kAuthenticity) == CheckAction::kEnforce;
    if (!untrusted_ || !enforced) return true;
    return failed(Check::kAuthenticity, Step::kTrustStore,
                  {Outcome::kUntrustedSigner, "TR-12", *untrusted_});
  }

  bool identity_step(const VerifiedEnvelope& envelope) {
    return replaced_.trusted_identity || conclude_authenticity(why_other_identity(envelope));
  }

  bool conclude_authenticity(const std::optional<std::string>& other_identity) {
    if (!untrusted_ && !other_identity) {
      set(Check::kAuthenticity, CheckResult::kPassed);
      return true;
    }
    std::string reason = untrusted_.value_or("");
    if (other_identity) reason += (reason.empty() ? "" : "; ") + *other_identity;
    return failed(Check::kAuthenticity, Step::kIdentity,
                  {Outcome::kIdentityMismatch, "PO-55", std::move(reason)});
  }

  /// SC-5: expired from the very instant on.
  bool expiry_step(const VerifiedEnvelope& envelope) {
    if (!envelope.expiry() || question_.now < *envelope.expiry()) {
      set(Check::kExpiry, CheckResult::kPassed);
      return true;
    }
    return failed(Check::kExpiry, Step::kExpiry,
                  {Outcome::kSignatureExpired, "SC-5",
                   fmt::format("the signature has expired on {}; now it is {}",
                               format_rfc3339(*envelope.expiry()), format_rfc3339(question_.now))});
  }

  std::optional<std::string> why_not_valid_at(const VerifiedEnvelope& envelope, Instant when,
                                              std::string_view what) const {
    for (const x509::Certificate& certificate : envelope.chain()) {
      if (certificate.valid_at(when)) continue;
      const bool early = when < certificate.not_before();
      return fmt::format(
          "{} {} is {} the validity period of certificate \"{}\", which {} {}", what,
          format_rfc3339(when), early ? "before" : "after", subject_of(certificate),
          early ? "begins" : "ended",
          format_rfc3339(early ? certificate.not_before() : certificate.not_after()));
    }
    return std::nullopt;
  }

  /// 8.4.
  bool timestamp_step(const VerifiedEnvelope& envelope) {
    if (envelope.scheme() == SigningScheme::kSigningAuthority) {
      // SC-6: strange, but the authority's word counts.
      warn_of_future("the authentic signing time", envelope.signing_time());
      return time_result(
          why_not_valid_at(envelope, envelope.signing_time(), "the authentic signing time"));
    }
    bool token_needed = question_.statement.has_store_of(trust::StoreType::kTsa);
    if (token_needed &&
        question_.statement.verify_timestamp == trust::VerifyTimestamp::kAfterCertExpiry) {
      token_needed =
          std::ranges::any_of(envelope.chain(), [&](const x509::Certificate& certificate) {
            return question_.now > certificate.not_after();
          });
    }
    if (token_needed) return token_step(envelope);
    return time_result(why_not_valid_at(envelope, question_.now, "the verification time"));
  }

  /// Section 9. With a timestamp the chain need not be valid now.
  bool token_step(const VerifiedEnvelope& envelope) {
    if (!envelope.timestamp_token()) {
      return failed(Check::kAuthenticTimestamp, Step::kTimestamp,
                    {Outcome::kTimestampInvalid, "VE-30",
                     "no timestamp countersignature was found, and the trust policy asks for one "
                     "(it lists a tsa trust store)"});
    }
    auto timestamp =
        verify_timestamp(*envelope.timestamp_token(),
                         {.signature = envelope.signature(), .signing_chain = envelope.chain()},
                         question_.statement, question_.stores);
    if (!timestamp) return bad_timestamp(std::move(timestamp).error());
    for (const x509::Certificate& certificate : timestamp->authority)
      rests_on(certificate.not_after());
    // TS-41: strange, but the authority's word counts.
    warn_of_future("the time of the timestamp", timestamp->time);
    if (!revocation::must_be_asked_about(timestamp->authority)) return time_result(std::nullopt);
    // TS-50: always, and without a signing time.
    need_ = RevocationNeed{.of = RevocationNeed::Of::kTimestampAuthority,
                           .question = {.chain = std::move(timestamp->authority),
                                        .signing_time = std::nullopt,
                                        .now = question_.now}};
    return true;
  }

  bool bad_timestamp(Error error) {
    return failed(Check::kAuthenticTimestamp, Step::kTimestamp,
                  std::move(error).while_doing("timestamp countersignature"));
  }

  bool authority_revocation(const RevocationNeed& need, const revocation::Conclusion& conclusion) {
    if (conclusion.status == revocation::Status::kGood) {
      rests_on(conclusion.good_until);
      return time_result(std::nullopt);
    }
    return bad_timestamp(
        {outcome_of(conclusion), "TS-50", text_of("timestamping", need, conclusion)});
  }

  void warn_of_future(std::string_view what, Instant when) {
    if (when.seconds <= question_.now.seconds + kClockSkewSeconds) return;
    report_.warnings.push_back(fmt::format("{} {} lies in the future", what, format_rfc3339(when)));
  }

  bool time_result(std::optional<std::string> reason) {
    if (!reason) {
      set(Check::kAuthenticTimestamp, CheckResult::kPassed);
      return true;
    }
    return failed(Check::kAuthenticTimestamp, Step::kTimestamp,
                  {Outcome::kCertificateExpired, "VE-32", *std::move(reason)});
  }

  bool revocation_step(const VerifiedEnvelope& envelope) {
    if (question_.statement.level.of(Check::kRevocation) == CheckAction::kSkip) {
      set(Check::kRevocation, CheckResult::kSkipped, "the trust policy says skip");
      return true;
    }
    if (replaced_.revocation) return true;
    if (untrusted_) {  // a stranger's chain does not choose whom we ask
      set(Check::kRevocation, CheckResult::kSkipped, "not asked: signer not trusted");
      return true;
    }
    if (!revocation::must_be_asked_about(envelope.chain())) {
      set(Check::kRevocation, CheckResult::kPassed);
      return true;
    }
    // RV-6: only the word of a signing authority counts against an invalidity date.
    std::optional<Instant> signing_time;
    if (envelope.scheme() == SigningScheme::kSigningAuthority)
      signing_time = envelope.signing_time();
    need_ = RevocationNeed{
        .of = RevocationNeed::Of::kSigner,
        .question = {
            .chain = envelope.chain(), .signing_time = signing_time, .now = question_.now}};
    return true;
  }

  bool signer_revocation(const RevocationNeed& need, const revocation::Conclusion& conclusion) {
    if (conclusion.status == revocation::Status::kGood) {
      rests_on(conclusion.good_until);
      set(Check::kRevocation, CheckResult::kPassed);
      return true;
    }
    return failed(Check::kRevocation, Step::kRevocation,
                  {outcome_of(conclusion), "RV-3", text_of("signing", need, conclusion)});
  }

  static Outcome outcome_of(const revocation::Conclusion& conclusion) {
    return conclusion.status == revocation::Status::kRevoked ? Outcome::kRevoked
                                                             : Outcome::kRevocationUnknown;
  }

  /// RV-3, TS-50.
  static std::string text_of(std::string_view what, const RevocationNeed& need,
                             const revocation::Conclusion& conclusion) {
    return fmt::format("{} certificate with subject \"{}\" {}{}{}", what,
                       subject_of(need.question.chain[conclusion.place]),
                       conclusion.status == revocation::Status::kRevoked
                           ? "is revoked"
                           : "revocation status is unknown",
                       conclusion.reason.empty() ? "" : ": ", conclusion.reason);
  }

  /// PL-5: what was signed is what was resolved. Fatal at every level.
  void target_step(const VerifiedEnvelope& envelope) {
    auto target = envelope::parse_payload(envelope.payload());
    if (!target) {
      return stop(Step::kTarget, Error(Outcome::kSignatureInvalid, target.error().reason(),
                                       "payload: " + target.error().message()));
    }
    const Subject& subject = question_.subject;
    const std::string missing = missing_metadata(target->annotations);
    if (target->media_type != subject.media_type || target->digest != subject.digest.to_string() ||
        target->size != subject.size) {
      return stop(
          Step::kTarget,
          {Outcome::kSignatureInvalid, "PL-5",
           fmt::format("content descriptor mismatch: the signature is for {} ({}, {} "
                       "bytes), the image is {} ({}, "
                       "{} bytes){}{}",
                       printable(target->digest, 160), printable(target->media_type, 100),
                       target->size, subject.digest.to_string(), printable(subject.media_type, 100),
                       subject.size, missing.empty() ? "" : "; ", missing)});
    }
    if (!missing.empty())
      return stop(Step::kUserMetadata, {Outcome::kMetadataMismatch, "PL-7", missing});
    report_.user_metadata = std::move(target->annotations);
    report_.message.clear();
    report_.reason = {};
    report_.stopped_at = Step::kDone;
    report_.outcome = Outcome::kVerified;
    report_.valid_until = rests_until_;
  }

  /// The verdict holds no longer than what it rests on. What has ended already was found to do so
  /// all the same: an expired chain by its timestamp, a failure that is only logged.
  void rests_on(const std::optional<Instant>& until) {
    if (!until || *until < question_.now) return;
    if (!rests_until_ || *until < *rests_until_) rests_until_ = until;
  }

  /// PL-7. The first that is not there, or not with this value; else empty.
  std::string missing_metadata(const std::map<std::string, std::string>& annotations) const {
    constexpr std::size_t kShown = 100;
    for (const auto& [key, value] : question_.required) {
      const auto found = annotations.find(key);
      if (found != annotations.end() && found->second == value) continue;
      return fmt::format("the signed annotation \"{}\" must be \"{}\" and {}",
                         printable(key, kShown), printable(value, kShown),
                         found == annotations.end()
                             ? std::string("is not there")
                             : "is \"" + printable(found->second, kShown) + "\"");
    }
    return {};
  }

  Question question_;
  SignatureReport report_;
  std::optional<VerifiedEnvelope> envelope_;
  std::optional<PluginDemand> demand_;    ///< nothing if the signature needs no plugin
  PluginChecks replaced_;                 ///< built-in checks that the plugin stands in for
  std::optional<std::string> untrusted_;  ///< why the chain is not trusted, where that is logged
  std::optional<std::size_t> trusted_place_;  ///< in the chain
  std::optional<Instant> rests_until_;        ///< the first end of what was relied on
  std::optional<Need> need_;
  Next next_ = Next::kNothing;
};

SignatureJudgement::SignatureJudgement(std::string manifest_digest,
                                       const Result<FetchedSignature>& fetched,
                                       const Question& question)
    : steps_(std::make_unique<Steps>(std::move(manifest_digest), question)) {
  steps_->begin(fetched);
}
SignatureJudgement::~SignatureJudgement() = default;
SignatureJudgement::SignatureJudgement(SignatureJudgement&&) noexcept = default;
SignatureJudgement& SignatureJudgement::operator=(SignatureJudgement&&) noexcept = default;

const Need* SignatureJudgement::need() const noexcept { return steps_->need(); }
void SignatureJudgement::supply(const revocation::ChainAnswer& answer) { steps_->supply(answer); }
void SignatureJudgement::supply_output(const Result<PluginOutput>& output) {
  steps_->supply_output(output);
}
SignatureReport SignatureJudgement::report() && { return steps_->take_report(); }

SignatureReport judge_signature(
    std::string manifest_digest, const Result<FetchedSignature>& fetched, const Question& question,
    const std::function<revocation::ChainAnswer(const RevocationNeed&)>& revocation,
    const std::function<Result<PluginOutput>(const PluginCall&)>& plugins) {
  SignatureJudgement judgement(std::move(manifest_digest), fetched, question);
  while (const Need* need = judgement.need()) {
    if (const auto* plugin = std::get_if<PluginNeed>(need)) {
      judgement.supply_output(plugins ? plugins(plugin->call) : Result<PluginOutput>());
    } else {
      judgement.supply(revocation(std::get<RevocationNeed>(*need)));
    }
  }
  return std::move(judgement).report();
}

}  // namespace countersign::verify
