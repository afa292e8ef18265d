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
    assessment.answers =
        co_await verifier.verify(generation, asks_of(*assessment.plan),
                                 std::string(assessment.review.namespace_name), deadline);
  }
  assessment.decision = admission::decide(assessment.review, *assessment.plan, assessment.answers);
}

asio::awaitable<std::vector<verdict::Answer>, Executor> assess_all(
    std::span<Assessment* const> assessments, const verdict::UserMetadata& required,
    ImageVerifier::Asks others, const GenerationPtr& generation, ImageVerifier& verifier,
    Deadline deadline) {
  ImageVerifier::Asks asks;
  std::map<std::pair<std::string, verdict::UserMetadata>, std::size_t> known;
  const auto place_of = [&](std::shared_ptr<const verify::Ask> ask) {
    const auto [place, is_new] = known.try_emplace({ask->image.text(), ask->required}, asks.size());
    if (is_new) asks.push_back(std::move(ask));
    return place->second;
  };
  std::vector<std::size_t> other_places;
  for (auto& other : others) other_places.push_back(place_of(std::move(other)));
  std::vector<std::vector<std::size_t>> places;  // of each object's references
  for (Assessment* const each : assessments) {
    each->plan = admission::plan(each->review, generation->rules);
    std::vector<std::size_t>& mine = places.emplace_back();
    for (std::size_t i = 0; i < each->plan->references.size(); ++i) {
      verdict::UserMetadata wanted = *each->plan->required[i];
      wanted.insert(required.begin(), required.end());
      mine.push_back(place_of(std::make_shared<const verify::Ask>(
          verify::Ask{.image = each->plan->references[i], .required = std::move(wanted)})));
    }
  }
  std::vector<verdict::Answer> answers;
  if (!asks.empty()) {
    answers = co_await verifier.verify(generation, std::move(asks), std::string(), deadline);
  }
  for (std::size_t i = 0; i < assessments.size(); ++i) {
    Assessment& each = *assessments[i];
    for (const std::size_t place : places[i]) each.answers.push_back(answers.at(place));
    each.decision = admission::decide(each.review, *each.plan, each.answers);
  }
  std::vector<verdict::Answer> of_others;
  for (const std::size_t place : other_places) of_others.push_back(answers.at(place));
  co_return of_others;
}

}  // namespace countersign::runtime
