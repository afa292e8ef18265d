#include "verify/engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

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

}  // namespace

/// One verification under way.
struct Engine::Work {
  const Ask& ask;
  const Terms& terms;
  Sources sources;
  Deadline deadline;
  Trace trace{};
  Verdict verdict{};
};

Engine::Engine(std::function<Instant()> now, Clock& clock) : now_(std::move(now)), clock_(clock) {}

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
  co_await judge_candidates(work, statement, *subject, list.candidates, evidence);
  if (list.has_rest && !evidence.has_verified()) {
    ports::SignatureList rest;
    {
      const Stopwatch watch(clock_, verdict.timings.registry_ms);
      auto listed = co_await registry.list_rest(image, *subject, work.deadline, &work.trace);
      COUNTERSIGN_CO_TRY(rest, std::move(listed));
    }
    evidence.add(rest);
    std::erase_if(rest.candidates, [&](const oci::Descriptor& each) {
      return std::ranges::any_of(list.candidates, [&](const oci::Descriptor& known) {
        return known.digest == each.digest;
      });
    });
    co_await judge_candidates(work, statement, *subject, rest.candidates, evidence);
  }
  decide(std::move(evidence), verdict);
  co_return ok();
}

/// One after the other, until one verifies.
asio::awaitable<void, Executor> Engine::judge_candidates(
    Work& work, const trust::Statement& statement, const Subject& subject,
    std::span<const oci::Descriptor> candidates, Evidence& evidence) {
  std::size_t fetched_count = evidence.reports.size() + evidence.not_signatures;
  const std::size_t before = fetched_count;
  for (const oci::Descriptor& candidate : candidates) {
    if (fetched_count == work.terms.max_signatures) {
      evidence.not_processed += candidates.size() - (fetched_count - before);
      co_return;
    }
    if (clock_.now() >= work.deadline.at()) {
      // Judging takes time too; what is left unread must not look like "unsigned".
      evidence.incomplete =
          Error(Outcome::kDeadlineExceeded, "DEADLINE", "not all signatures were judged in time");
      evidence.not_processed += candidates.size() - (fetched_count - before);
      co_return;
    }
    ++fetched_count;
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
    evidence.reports.push_back(std::move(report));
    if (evidence.reports.back().outcome == Outcome::kVerified) co_return;
    if (!fetched && fetched.error().outcome() == Outcome::kDeadlineExceeded) {
      // Nothing further can be fetched.
      evidence.incomplete = fetched.error();
      evidence.not_processed += candidates.size() - (fetched_count - before);
      co_return;
    }
  }
}

asio::awaitable<SignatureReport, Executor> Engine::judge(Work& work, std::string manifest_digest,
                                                         const Result<FetchedSignature>& fetched,
                                                         const Question& question) {
  SignatureJudgement judgement(std::move(manifest_digest), fetched, question);
  while (const Need* need = judgement.need()) {
    if (const auto* plugin = std::get_if<PluginNeed>(need)) {
      PluginCall call = plugin->call;
      auto output = co_await work.sources.plugins->run(std::move(call), work.deadline);
      judgement.supply_output(output);
      continue;
    }
    revocation::ChainAnswer answer;
    if (work.sources.revocation != nullptr) {
      revocation::ChainQuestion asked = std::get<RevocationNeed>(*need).question;
      answer = co_await work.sources.revocation->statuses_of(std::move(asked), work.deadline);
    }
    judgement.supply(answer);
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
