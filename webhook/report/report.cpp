#include "report/report.hpp"

#include <fmt/format.h>

#include <utility>

namespace countersign::report {
namespace {

std::shared_ptr<const verdict::Verdict> verdict_of(const Error& problem) {
  verdict::Verdict verdict;
  verdict.outcome = problem.outcome();
  verdict.reason = problem.reason();
  verdict.message = problem.message();
  verdict.remedy = info(problem.outcome()).remedy;
  return std::make_shared<const verdict::Verdict>(std::move(verdict));
}

}  // namespace

Result result_of(const Report& report) noexcept {
  Result result = Result::kAdmitted;
  for (const Entry& entry : report.entries) {
    if (!entry.denied) continue;
    if (class_of(entry.verdict->outcome) != OutcomeClass::kOutage) return Result::kDenied;
    result = Result::kUndecided;
  }
  return result;
}

std::shared_ptr<const verdict::Verdict> skipped_by(std::string_view rule, std::string repository) {
  verdict::Verdict verdict;
  verdict.repository = std::move(repository);
  verdict.outcome = Outcome::kSkipped;
  verdict.message = fmt::format("the rule \"{}\" asks for no verification", rule);
  return std::make_shared<const verdict::Verdict>(std::move(verdict));
}

void add_object(std::string source, const admission::Review& review,
                const admission::Decision& decision, Report& report) {
  if (review.problem && !decision.skip) {
    report.entries.push_back({.source = std::move(source),
                              .place = {},
                              .image = {},
                              .verdict = verdict_of(*review.problem),
                              .action = std::string(admission::name(decision.action)),
                              .rule = decision.annotations.rule,
                              .denied = !decision.allowed});
    return;
  }
  for (std::size_t i = 0; i < decision.images.size(); ++i) {
    const admission::ImageDecision& image = decision.images[i];
    auto verdict = image.verdict != nullptr
                       ? std::make_shared<const verdict::Verdict>(*image.verdict)
                       : skipped_by(image.rule, {});
    report.entries.push_back({.source = source,
                              .place = review.images[i].path(),
                              .image = std::string(review.images[i].reference),
                              .verdict = std::move(verdict),
                              .action = std::string(admission::name(image.action)),
                              .rule = std::string(image.rule),
                              .denied = image.effect == admission::Effect::kDeny,
                              .verified_ago = image.verified_ago});
  }
}

}  // namespace countersign::report
