#include "runtime/review_service.hpp"

#include <optional>

#include "admission/answer.hpp"
#include "admission/timeout.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "report/image_report.hpp"
#include "report/reviewed_images.hpp"

namespace countersign::runtime {
namespace {

/// For the answer that needs no more memory: an internal error without details, and a uid that is
/// escaped all through.
constexpr std::size_t kLastResort = 1024 + 6 * admission::ReviewReader::kMaxUidBytes;

}  // namespace

ReviewService::ReviewService(const GenerationPtr& current, ImageVerifier& verifier,
                             const ops::Log& log, ops::Metrics* metrics, Clock& clock)
    : current_(current), verifier_(&verifier), log_(&log), metrics_(metrics), clock_(clock) {}

ReviewService::Answered ReviewService::refuse(const Error& error, Clock::TimePoint received) {
  Answered result;
  result.refusal.http_status = error.outcome() == Outcome::kOverloaded ? 503 : 400;
  result.refusal.message = std::string(code(error.outcome())) + " " +
                           std::string(name(error.outcome())) + ": " + error.message();
  if (metrics_ != nullptr) {
    metrics_->count_verdict(error.outcome());
    metrics_->count_review("error", "enforce",
                           std::chrono::duration<double>(clock_.now() - received).count());
  }
  log_->warn("admission.refused")
      .field("httpStatus", result.refusal.http_status)
      .field("message", result.refusal.message);
  return result;
}

asio::awaitable<ReviewService::Answered, Executor> ReviewService::answer(
    std::string_view body, std::size_t spare, Clock::TimePoint received,
    std::chrono::milliseconds timeout, std::string& out) {
  auto read = reader_.read(body, spare);
  if (!read) co_return refuse(read.error(), received);
  // From here on the uid is known: whatever goes wrong is answered with a decision, as an HTTP
  // error might admit.
  const GenerationPtr generation = current_;
  const std::size_t start = out.size();
  out.reserve(start + kLastResort);
  Assessment assessment(*std::move(read));
  const admission::Review& review = assessment.review;
  bool failed = false;
  try {
    const Deadline deadline(received + admission::time_budget(timeout).network);
    co_await assess(assessment, generation, *verifier_, references_, deadline);
  } catch (const std::exception& exception) {
    failed = true;
    report_failure(review, exception);
  }
  try {
    // Every image counts as an internal error; whether that denies is for the rules to say.
    if (failed && assessment.plan) assessment.decide_without_answers();
    admission::write_answer(review, assessment.decision, out);
  } catch (const std::exception&) {
    out.resize(start);
    assessment.decision = admission::Decision();
    admission::write_answer(review, assessment.decision, out);  // fits what was reserved
    failed = true;
  }
  Answered result;
  result.allowed = assessment.decision.allowed;
  result.code = assessment.decision.allowed ? 0 : assessment.decision.code;
  try {
    count(assessment, *generation, failed);
    record(assessment, received);
  } catch (const std::exception& exception) {
    report_failure(review, exception);  // of the record, not of the decision
  }
  co_return result;
}

void ReviewService::report_failure(const admission::Review& review,
                                   const std::exception& failure) const noexcept {
  try {
    log_->error("admission.internal_error")
        .field("uid", review.uid)
        .field("message", printable(failure.what(), 200));
  } catch (const std::exception&) {
    // Not worth a decision.
  }
}

void ReviewService::count(const Assessment& assessment, const Generation& generation,
                          bool failed) const {
  if (metrics_ == nullptr) return;
  const auto& review = assessment.review;
  const auto& plan = assessment.plan;
  if (failed) metrics_->count_verdict(Outcome::kInternalError);
  if (review.problem && !(plan && plan->skip)) metrics_->count_verdict(review.problem->outcome());
  if (plan) {
    for (const verdict::Verdict& verdict : plan->settled) metrics_->count_verdict(verdict.outcome);
  }
  const bool bridges =
      generation.configuration.enforcement.on_outage == config::OnOutage::kLastGood;
  for (const verdict::Answer& answer : assessment.answers) {
    metrics_->count_verdict(answer.outcome());
    if (!answer.verdict) continue;
    metrics_->observe_verification(answer.verdict->timings.total_ms / 1000);
    if (bridges && verdict::may_be_bridged(answer.outcome())) {
      metrics_->count_cache("last-good", answer.age ? "hit" : "miss",
                            verifier_->last_good().size());
    }
  }
}

void ReviewService::record(const Assessment& assessment, Clock::TimePoint received) const {
  const admission::Review& review = assessment.review;
  const admission::Decision& decision = assessment.decision;
  const std::chrono::duration<double> elapsed = clock_.now() - received;
  if (metrics_ != nullptr) {
    metrics_->count_review(admission::name(decision.effect), admission::name(decision.action),
                           elapsed.count());
  }
  if (!log_->enabled(ops::Level::kInfo)) return;
  ops::LogLine line = log_->info("admission.decided");
  line.field("uid", review.uid)
      .word("operation", admission::name(review.operation))
      .field("kind", report::shown_part(review.kind))
      .field("namespace", report::shown_part(review.namespace_name))
      .field("name", report::shown_part(review.object_name));
  if (!review.sub_resource.empty())
    line.field("subResource", report::shown_part(review.sub_resource));
  line.field("dryRun", review.dry_run)
      .field("allowed", decision.allowed)
      .word("verdict", admission::name(decision.effect))
      .word("action", admission::name(decision.action))
      .word("outcome", name(decision.outcome))
      .word("code", code(decision.outcome));
  if (decision.skip) line.word("skipReason", admission::name(*decision.skip));
  if (review.problem) line.field("problem", review.problem->message());
  line.field("ms", elapsed.count() * 1000).value("images", [&](std::string& out) {
    report::write_reviewed_images(review, decision, out);
  });
}

}  // namespace countersign::runtime
