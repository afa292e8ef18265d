#include "commands/review_service.hpp"

#include <optional>

#include "admission/answer.hpp"
#include "admission/plan.hpp"
#include "admission/timeout.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "commands/report.hpp"

namespace countersign::commands {
namespace {

using Clock = std::chrono::steady_clock;

/// For the answer that needs no more memory: an internal error without details, and a uid that is
/// escaped all through.
constexpr std::size_t kLastResort = 1024 + 6 * admission::ReviewReader::kMaxUidBytes;

std::vector<ImageVerifier::Wanted> wanted(const admission::Plan& plan) {
  std::vector<ImageVerifier::Wanted> images;
  images.reserve(plan.references.size());
  for (std::size_t i = 0; i < plan.references.size(); ++i)
    images.push_back({plan.references[i], *plan.required[i]});
  return images;
}

std::string_view decision_word(admission::Effect effect) {
  return effect == admission::Effect::kDeny ? "deny" : "allow";
}

/// An image that was not verified: by rule, or because it did not change. All members of a report
/// are there, so that nobody who reads the log has to tell two kinds of entries apart. Returns
/// where what depends on the decision alone begins.
std::size_t write_unverified(const admission::Image& image,
                             const admission::ImageDecision& decision, std::string& out) {
  JsonObjectWriter object(out);
  object.field("image", shown_part(image.reference));
  const std::size_t of_decision = out.size();
  object.raw("repository", R"("","digest":"")")
      .word("outcome", name(decision.outcome))
      .word("code", code(decision.outcome))
      .word("class", name(class_of(decision.outcome)))
      .word("action", admission::name(decision.action))
      .word("decision", decision_word(decision.effect))
      .field("rule", decision.rule)
      // What is the same for all of them is written in one piece.
      .raw(
          "statement",
          R"("","message":"","remedy":"","signatures":[],"timings":{"totalMs":0,"registryMs":0,"exchanges":0})");
  if (decision.skip) object.word("skipReason", admission::name(*decision.skip));
  object.close();
  return of_decision;
}

void write_images(const admission::Review& review, const admission::Decision& decision,
                  std::string& out) {
  out += '[';
  std::size_t tail = 0;  // of the entry before
  std::size_t end = 0;
  for (std::size_t i = 0; i < decision.images.size(); ++i) {
    if (i > 0) out += ',';
    const admission::ImageDecision& image = decision.images[i];
    if (image.verdict == nullptr) {
      if (i > 0 && image == decision.images[i - 1]) {
        // As it is mostly: the images of an object are under one rule.
        out += R"({"image":)";
        append_json_string(out, shown_part(review.images[i].reference));
        out.append(out, tail, end - tail);
      } else {
        tail = write_unverified(review.images[i], image, out);
        end = out.size();
      }
    } else {
      write_image_report(*image.verdict,
                         {.action = admission::name(image.action),
                          .decision = decision_word(image.effect),
                          .rule = image.rule},
                         out);
    }
  }
  out += ']';
}

}  // namespace

ReviewService::ReviewService(std::shared_ptr<const Snapshot> snapshot, ImageVerifier& verifier,
                             const ops::Log& log, ops::Metrics* metrics)
    : snapshot_(std::move(snapshot)), verifier_(&verifier), log_(&log), metrics_(metrics) {}

asio::awaitable<ReviewService::Answered, Executor> ReviewService::answer(
    std::string_view body, std::size_t spare, Clock::time_point received,
    std::chrono::milliseconds timeout, std::string& out) {
  auto read = reader_.read(body, spare);
  Answered result;
  if (!read) {
    result.refusal.http_status = read.error().outcome() == Outcome::kOverloaded ? 503 : 400;
    result.refusal.message = std::string(code(read.error().outcome())) + " " +
                             std::string(name(read.error().outcome())) + ": " +
                             read.error().message();
    if (metrics_ != nullptr) {
      metrics_->count_verdict(read.error().outcome());
      metrics_->count_review("error", "enforce",
                             std::chrono::duration<double>(Clock::now() - received).count());
    }
    log_->warn("admission.refused")
        .field("httpStatus", result.refusal.http_status)
        .field("message", result.refusal.message);
    co_return result;
  }
  const admission::Review review = *std::move(read);
  // From here on the uid is known: whatever goes wrong is answered with a decision, as an HTTP
  // error might admit.
  const std::size_t start = out.size();
  out.reserve(start + kLastResort);
  std::optional<admission::Plan> plan;
  std::vector<verdict::Verdict> verdicts;
  admission::Decision decision;  // denies, as an internal error
  bool failed = false;
  try {
    plan = admission::plan(review, snapshot_->rules, references_);
    const Deadline deadline(received + admission::time_budget(timeout).network);
    if (!plan->references.empty()) {
      verdicts = co_await verifier_->verify(wanted(*plan), deadline);
    }
    decision = admission::decide(review, *plan, verdicts);
  } catch (const std::exception& exception) {
    failed = true;
    report_failure(review, exception);
  }
  try {
    if (failed && plan) {
      // Every image counts as an internal error; whether that denies is for the rules to say.
      verdicts.clear();
      decision = admission::decide(review, *plan, verdicts);
    }
    admission::write_answer(review, decision, out);
  } catch (const std::exception&) {
    out.resize(start);
    decision = admission::Decision();
    admission::write_answer(review, decision, out);  // fits what was reserved
    failed = true;
  }
  result.allowed = decision.allowed;
  result.code = decision.allowed ? 0 : decision.code;
  try {
    count(review, plan, verdicts, failed);
    record(review, decision, received);
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

void ReviewService::count(const admission::Review& review,
                          const std::optional<admission::Plan>& plan,
                          const std::vector<verdict::Verdict>& verdicts, bool failed) const {
  if (metrics_ == nullptr) return;
  if (failed) metrics_->count_verdict(Outcome::kInternalError);
  if (review.problem && !(plan && plan->skip)) metrics_->count_verdict(review.problem->outcome());
  if (plan) {
    for (const verdict::Verdict& verdict : plan->settled) metrics_->count_verdict(verdict.outcome);
  }
  for (const verdict::Verdict& verdict : verdicts) {
    metrics_->count_verdict(verdict.outcome);
    metrics_->observe_verification(verdict.timings.total_ms / 1000);
    if (snapshot_->last_good && verdict::may_be_bridged(verdict.outcome)) {
      metrics_->count_cache("last-good", verdict.verified_ago ? "hit" : "miss",
                            snapshot_->last_good->size());
    }
  }
}

void ReviewService::record(const admission::Review& review, const admission::Decision& decision,
                           Clock::time_point received) const {
  const std::chrono::duration<double> elapsed = Clock::now() - received;
  if (metrics_ != nullptr) {
    metrics_->count_review(admission::name(decision.effect), admission::name(decision.action),
                           elapsed.count());
  }
  if (!log_->enabled(ops::Level::kInfo)) return;
  ops::LogLine line = log_->info("admission.decided");
  line.field("uid", review.uid)
      .word("operation", admission::name(review.operation))
      .field("kind", shown_part(review.kind))
      .field("namespace", shown_part(review.namespace_name))
      .field("name", shown_part(review.object_name));
  if (!review.sub_resource.empty()) line.field("subResource", shown_part(review.sub_resource));
  line.field("dryRun", review.dry_run)
      .field("allowed", decision.allowed)
      .word("verdict", admission::name(decision.effect))
      .word("action", admission::name(decision.action))
      .word("outcome", name(decision.outcome))
      .word("code", code(decision.outcome));
  if (decision.skip) line.word("skipReason", admission::name(*decision.skip));
  if (review.problem) line.field("problem", review.problem->message());
  line.field("ms", elapsed.count() * 1000).value("images", [&](std::string& out) {
    write_images(review, decision, out);
  });
}

}  // namespace countersign::commands
