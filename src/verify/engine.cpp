#include "verify/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "async/turn.hpp"
#include "base/text.hpp"
#include "verify/decide.hpp"

namespace countersign::verify {
namespace {

/// Adds the time from its making to its end to `total`, in milliseconds.
class Stopwatch {
 public:
  Stopwatch(const Clock& clock, double& total) : clock_(clock), total_(total) {}
  ~Stopwatch() {
    total_ += std::chrono::duration<double, std::milli>(clock_.now() - start_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  const Clock& clock_;
  double& total_;
  Clock::TimePoint start_ = clock_.now();
};

/// Candidates whose annotation names a certificate of the statement's stores come first. Anybody
/// may write the annotation, so it only orders.
void put_known_signers_first(std::vector<oci::Descriptor>& candidates,
                             const trust::Statement& statement, const trust::TrustStores& stores) {
  std::vector<std::string_view> known;
  for (const trust::StoreId& id : statement.stores) {
    const auto store = trust::find_store(stores, id);
    if (!store) continue;
    for (const x509::Certificate& each : **store) known.push_back(each.thumbprint());
  }
  std::vector<oci::Descriptor> others;
  std::vector<oci::Descriptor> ordered;
  for (oci::Descriptor& each : candidates) {
    const bool is_known = std::ranges::any_of(
        known, [&](std::string_view hash) { return each.chain_thumbprints.contains(hash); });
    (is_known ? ordered : others).push_back(std::move(each));
  }
  std::ranges::move(others, std::back_inserter(ordered));
  candidates = std::move(ordered);
}

}  // namespace

/// One verification under way.
struct Engine::Work {
  const Ask& ask;
  const Terms& terms;
  Sources sources;
  Deadline deadline;
  Trace trace{};
  Verdict verdict{};
  std::size_t fetched = 0;                  ///< candidates
  std::size_t counted = 0;                  ///< of them, those that `max_signatures` counts
  unsigned link_checks = 0;                 ///< spent on them
  std::chrono::nanoseconds judging_time{};  ///< likewise, of the processor
};

Engine::Engine(std::function<Instant()> now, Clock& clock,
               std::function<std::chrono::nanoseconds()> used)
    : now_(std::move(now)), clock_(clock), used_(std::move(used)) {}

asio::awaitable<Verdict, Executor> Engine::verify(std::shared_ptr<const Ask> ask, Terms terms,
                                                  Sources sources, Deadline deadline) {
  const auto start = clock_.now();
  Work work{.ask = *ask, .terms = terms, .sources = sources, .deadline = deadline};
  Verdict& verdict = work.verdict;
  try {
    verdict = blank_verdict(ask->image);
    const trust::Statement* statement = terms.trust->policy.find(verdict.repository);
    if (statement == nullptr) {
      decide_failure(
          Error(Outcome::kNoPolicy, "PO-23",
                fmt::format("no trust policy statement applies to \"{}\"", verdict.repository)),
          verdict);
    } else if (statement->level.skips_everything()) {
      verdict.statement = statement->name;
      verdict.outcome = Outcome::kSkipped;
      verdict.message = fmt::format("the trust policy statement \"{}\" asks for no verification",
                                    printable(statement->name, 64));
    } else {
      verdict.statement = statement->name;
      auto gathered = co_await gather(work, *statement);
      verdict.timings.exchanges = work.trace.exchanges;
      if (!gathered) decide_failure(gathered.error(), verdict);
    }
  } catch (const std::exception& exception) {
    decide_failure(Error(Outcome::kInternalError, "EXCEPTION", printable(exception.what(), 200)),
                   verdict);
  } catch (...) {
    decide_failure(Error(Outcome::kInternalError, "EXCEPTION", "unknown exception"), verdict);
  }
  verdict.registry_warnings = std::move(work.trace.warnings);
  verdict.timings.total_ms =
      std::chrono::duration<double, std::milli>(clock_.now() - start).count();
  co_return std::move(verdict);
}

Task<void> Engine::gather(Work& work, const trust::Statement& statement) {
  const oci::ImageReference& image = work.ask.image;
  Registry& registry = work.sources.registry;
  Verdict& verdict = work.verdict;
  std::optional<Subject> subject;
  {
    const Stopwatch watch(clock_, verdict.timings.registry_ms);
    auto resolved = co_await registry.resolve(image, work.deadline, &work.trace);
    COUNTERSIGN_CO_TRY(subject, std::move(resolved));
  }
  if (image.digest() && *image.digest() != subject->digest) {
    // ST-11. The registry's contract already says so; here it would be the wrong image that is
    // admitted.
    co_return Error(Outcome::kRegistryMisbehaved, "DIGEST_MISMATCH",
                    fmt::format("the registry resolved {} to {}", image.digest()->to_string(),
                                subject->digest.to_string()));
  }
  verdict.digest = subject->digest.to_string();
  ports::SignatureList list;
  {
    const Stopwatch watch(clock_, verdict.timings.registry_ms);
    auto listed = co_await registry.list_signatures(image, *subject, work.deadline, &work.trace);
    COUNTERSIGN_CO_TRY(list, std::move(listed));
  }
  Evidence evidence;
  evidence.add(list);
  put_known_signers_first(list.candidates, statement, work.terms.trust->stores);
  co_await judge_candidates(work, statement, *subject, list.candidates, evidence);
  if (list.has_rest && !evidence.has_verified()) {
    ports::SignatureList rest;
    {
      const Stopwatch watch(clock_, verdict.timings.registry_ms);
      auto listed = co_await registry.list_rest(image, *subject, work.deadline, &work.trace);
      // What was judged before still counts: one of it may be revoked.
      if (listed) {
        rest = *std::move(listed);
      } else {
        rest.incomplete = std::move(listed).error();
      }
    }
    evidence.add(rest);
    std::erase_if(rest.candidates, [&](const oci::Descriptor& each) {
      return std::ranges::any_of(list.candidates, [&](const oci::Descriptor& known) {
        return known.digest == each.digest;
      });
    });
    put_known_signers_first(rest.candidates, statement, work.terms.trust->stores);
    co_await judge_candidates(work, statement, *subject, rest.candidates, evidence);
  }
  decide(std::move(evidence), verdict);
  co_return ok();
}

std::optional<Error> Engine::spent(const Work& work) const {
  // Judging takes time too; what is left unread must not look like "unsigned".
  if (clock_.now() >= work.deadline.at())
    return Error(Outcome::kDeadlineExceeded, "DEADLINE", "not all signatures were judged in time");
  if (work.link_checks >= kMaxLinkChecks)
    return Error(Outcome::kDeadlineExceeded, "BUDGET",
                 fmt::format("judging this image's signatures took more than {} checks of "
                             "certificates; the rest was not judged",
                             kMaxLinkChecks));
  if (work.judging_time >= kMaxJudgingTime)
    return Error(Outcome::kDeadlineExceeded, "BUDGET",
                 fmt::format("judging this image's signatures took more than {} ms of processor "
                             "time; the rest was not judged",
                             kMaxJudgingTime.count()));
  return std::nullopt;
}

/// One after the other, until one verifies.
asio::awaitable<void, Executor> Engine::judge_candidates(
    Work& work, const trust::Statement& statement, const Subject& subject,
    std::span<const oci::Descriptor> candidates, Evidence& evidence) {
  const bool enforced =
      statement.level.of(trust::Check::kAuthenticity) == trust::CheckAction::kEnforce;
  std::size_t left = candidates.size();
  for (const oci::Descriptor& candidate : candidates) {
    const bool enough = work.counted >= work.terms.max_signatures ||
                        work.fetched >= kFetchesPerSignature * work.terms.max_signatures;
    auto why = enough ? std::nullopt : spent(work);
    if (enough || why) {
      if (why) evidence.incomplete = std::move(why);
      evidence.not_processed += left;
      co_return;
    }
    --left;
    ++work.fetched;
    Result<FetchedSignature> fetched;
    {
      const Stopwatch watch(clock_, work.verdict.timings.registry_ms);
      fetched = co_await work.sources.registry.fetch_signature(work.ask.image, subject, candidate,
                                                               work.deadline, &work.trace);
    }
    if (!fetched && fetched.error().reason() == kNotASignature) {
      ++evidence.not_signatures;
      continue;
    }
    const Question question{.subject = subject,
                            .statement = statement,
                            .stores = work.terms.trust->stores,
                            .now = now_(),
                            .required = work.ask.required,
                            .has_plugin =
                                [plugins = work.sources.plugins](std::string_view plugin) {
                                  return plugins != nullptr && plugins->has(plugin);
                                },
                            .certificates = &certificates_};
    auto report = co_await judge(work, candidate.digest.to_string(), fetched, question);
    if (!enforced || report.holds_trusted) ++work.counted;
    work.link_checks += report.link_checks;
    evidence.reports.push_back(std::move(report));
    if (evidence.reports.back().outcome == Outcome::kVerified) co_return;
    if (!fetched && fetched.error().outcome() == Outcome::kDeadlineExceeded) {
      // Nothing further can be fetched.
      evidence.incomplete = fetched.error();
      evidence.not_processed += left;
      co_return;
    }
    co_await let_others_work();
  }
}

asio::awaitable<SignatureReport, Executor> Engine::judge(Work& work, std::string manifest_digest,
                                                         const Result<FetchedSignature>& fetched,
                                                         const Question& question) {
  auto began = used_();
  SignatureJudgement judgement(std::move(manifest_digest), fetched, question);
  work.judging_time += used_() - began;
  while (const Need* need = judgement.need()) {
    if (const auto* plugin = std::get_if<PluginNeed>(need)) {
      PluginCall call = plugin->call;
      auto output = co_await work.sources.plugins->run(std::move(call), work.deadline);
      began = used_();
      judgement.supply_output(output);
      work.judging_time += used_() - began;
      continue;
    }
    revocation::ChainAnswer answer;
    if (work.sources.revocation != nullptr) {
      revocation::ChainQuestion asked = std::get<RevocationNeed>(*need).question;
      answer = co_await work.sources.revocation->statuses_of(std::move(asked), work.deadline);
    }
    began = used_();
    judgement.supply(answer);
    work.judging_time += used_() - began;
  }
  co_return std::move(judgement).report();
}

Verdict blank_verdict(const oci::ImageReference& image) {
  Verdict verdict;
  verdict.repository = image.name();
  if (image.digest()) verdict.digest = image.digest()->to_string();
  return verdict;
}

Verdict invalid_reference_verdict(const Error& error) {
  Verdict verdict;
  decide_failure(error, verdict);
  return verdict;
}

}  // namespace countersign::verify
