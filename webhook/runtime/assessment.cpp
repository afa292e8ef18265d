#include "runtime/assessment.hpp"

#include <map>
#include <string>
#include <utility>

namespace countersign::runtime {
namespace {

ImageVerifier::Asks asks_of(const admission::Plan& plan) {
  ImageVerifier::Asks asks;
  asks.reserve(plan.references.size());
  for (std::size_t i = 0; i < plan.references.size(); ++i) {
    asks.push_back(std::make_shared<const verify::Ask>(
        verify::Ask{.image = plan.references[i], .required = *plan.required[i]}));
  }
  return asks;
}

}  // namespace

asio::awaitable<void, Executor> assess(Assessment& assessment, const GenerationPtr& generation,
                                       ImageVerifier& verifier, admission::ReferenceMemo& memo,
                                       Deadline deadline) {
  assessment.plan = admission::plan(assessment.review, generation->rules, memo);
  if (!assessment.plan->references.empty()) {
    assessment.answers = co_await verifier.verify(generation, asks_of(*assessment.plan), deadline);
  }
  assessment.decision = admission::decide(assessment.review, *assessment.plan, assessment.answers);
}

asio::awaitable<std::vector<verdict::Answer>, Executor> assess_all(
    std::span<Assessment* const> assessments, const verdict::UserMetadata& required,
    ImageVerifier::Asks others, const GenerationPtr& generation, ImageVerifier& verifier,
    Deadline deadline) {
  const std::size_t other_count = others.size();
  ImageVerifier::Asks asks = std::move(others);
  std::map<std::pair<std::string, verdict::UserMetadata>, std::size_t> known;
  std::vector<std::vector<std::size_t>> places;  // of each object's references
  for (Assessment* const each : assessments) {
    each->plan = admission::plan(each->review, generation->rules);
    std::vector<std::size_t>& mine = places.emplace_back();
    for (std::size_t i = 0; i < each->plan->references.size(); ++i) {
      const oci::ImageReference& image = each->plan->references[i];
      verdict::UserMetadata wanted = *each->plan->required[i];
      wanted.insert(required.begin(), required.end());
      const auto [place, is_new] = known.try_emplace({image.text(), wanted}, asks.size());
      if (is_new) {
        asks.push_back(std::make_shared<const verify::Ask>(
            verify::Ask{.image = image, .required = std::move(wanted)}));
      }
      mine.push_back(place->second);
    }
  }
  std::vector<verdict::Answer> answers;
  if (!asks.empty()) {
    answers = co_await verifier.verify(generation, std::move(asks), deadline);
  }
  for (std::size_t i = 0; i < assessments.size(); ++i) {
    Assessment& each = *assessments[i];
    for (const std::size_t place : places[i]) each.answers.push_back(answers.at(place));
    each.decision = admission::decide(each.review, *each.plan, each.answers);
  }
  answers.resize(other_count);
  co_return answers;
}

}  // namespace countersign::runtime
