#include "verify/engine.hpp"

#include <fmt/format.h>

#include <chrono>

#include "base/text.hpp"
#include "verify/decide.hpp"

namespace countersign::verify {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Adds the time from its making to its end to `*total`.
class Stopwatch {
 public:
  explicit Stopwatch(double& total) : total_(total) {}
  ~Stopwatch() { total_ += milliseconds_since(start_); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& total_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace

Engine::Engine(Registry& registry, std::shared_ptr<const TrustMaterial> material,
               EngineOptions options)
    : registry_(&registry), material_(std::move(material)), options_(std::move(options)) {}

asio::awaitable<Verdict, Executor> Engine::verify(oci::ImageReference image, Deadline deadline,
                                                  UserMetadata required) {
  const auto start = Clock::now();
  Trace trace;
  Verdict verdict;
  try {
    verdict.image = printable(image.text(), 1024);
    verdict.repository = image.name();
    if (image.digest()) verdict.digest = image.digest()->to_string();
    const trust::Statement* statement = material_->policy.find(image.name());
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
      auto gathered = co_await gather(image, *statement, required, deadline, trace, verdict);
      verdict.timings.exchanges = trace.exchanges;
      if (!gathered) decide_failure(gathered.error(), verdict);
    }
  } catch (const std::exception& exception) {
    decide_failure(Error(Outcome::kInternalError, "EXCEPTION", printable(exception.what(), 200)),
                   verdict);
  } catch (...) {
    decide_failure(Error(Outcome::kInternalError, "EXCEPTION", "unknown exception"), verdict);
  }
  verdict.registry_warnings = std::move(trace.warnings);
  verdict.timings.total_ms = milliseconds_since(start);
  co_return verdict;
}

Task<void> Engine::gather(const oci::ImageReference& image, const trust::Statement& statement,
                          const UserMetadata& required, Deadline deadline, Trace& trace,
                          Verdict& verdict) {
  std::optional<Subject> subject;
  {
    const Stopwatch watch(verdict.timings.registry_ms);
    auto resolved = co_await registry_->resolve(image, deadline, &trace);
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
    const Stopwatch watch(verdict.timings.registry_ms);
    auto listed = co_await registry_->list_signatures(image, *subject, deadline, &trace);
    COUNTERSIGN_CO_TRY(list, std::move(listed));
  }
  Evidence evidence;
  evidence.method = list.method;
  evidence.incomplete = std::move(list.incomplete);
  std::size_t fetched_count = 0;
  for (const oci::Descriptor& candidate : list.candidates) {
    if (fetched_count == options_.max_signatures) {
      evidence.not_processed = list.candidates.size() - fetched_count;
      break;
    }
    if (deadline.passed()) {
      // Judging takes time too; what is left unread must not look like "unsigned".
      evidence.incomplete =
          Error(Outcome::kDeadlineExceeded, "DEADLINE", "not all signatures were judged in time");
      evidence.not_processed = list.candidates.size() - fetched_count;
      break;
    }
    ++fetched_count;
    Result<FetchedSignature> fetched;
    {
      const Stopwatch watch(verdict.timings.registry_ms);
      fetched = co_await registry_->fetch_signature(image, *subject, candidate, deadline, &trace);
    }
    if (!fetched && fetched.error().reason() == kNotASignature) {
      ++evidence.not_signatures;
      continue;
    }
    const Question question{.subject = *subject,
                            .statement = statement,
                            .stores = material_->stores,
                            .now = options_.now(),
                            .required = required,
                            .has_plugin =
                                [plugins = options_.plugins](std::string_view plugin) {
                                  return plugins != nullptr && plugins->has(plugin);
                                },
                            .certificates = &certificates_};
    auto report = co_await judge(candidate.digest.to_string(), fetched, question, deadline);
    evidence.reports.push_back(std::move(report));
    if (evidence.reports.back().outcome == Outcome::kVerified) break;
    if (!fetched && fetched.error().outcome() == Outcome::kDeadlineExceeded) {
      // Nothing further can be fetched.
      evidence.incomplete = fetched.error();
      evidence.not_processed = list.candidates.size() - fetched_count;
      break;
    }
  }
  decide(std::move(evidence), verdict);
  co_return ok();
}

asio::awaitable<SignatureReport, Executor> Engine::judge(std::string manifest_digest,
                                                         const Result<FetchedSignature>& fetched,
                                                         const Question& question,
                                                         Deadline deadline) {
  SignatureJudgement judgement(std::move(manifest_digest), fetched, question);
  while (const Need* need = judgement.need()) {
    if (const auto* plugin = std::get_if<PluginNeed>(need)) {
      PluginCall call = plugin->call;
      auto output = co_await options_.plugins->run(std::move(call), deadline);
      judgement.supply_output(output);
      continue;
    }
    revocation::ChainAnswer answer;
    if (options_.revocation != nullptr) {
      revocation::ChainQuestion asked = std::get<RevocationNeed>(*need).question;
      answer = co_await options_.revocation->statuses_of(std::move(asked), deadline);
    }
    judgement.supply(answer);
  }
  co_return std::move(judgement).report();
}

Verdict invalid_reference_verdict(std::string_view text, const Error& error) {
  Verdict verdict;
  verdict.image = printable(text, 1024);
  decide_failure(error, verdict);
  return verdict;
}

}  // namespace countersign::verify
