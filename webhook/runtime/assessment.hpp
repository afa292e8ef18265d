#pragma once
/// What becomes of objects under one generation: planned by its rules, their images verified, each
/// decided. The one way for `serve`, `review` and `verify -f`.

#include <optional>
#include <span>
#include <vector>

#include "admission/decision.hpp"
#include "admission/plan.hpp"
#include "admission/reference_memo.hpp"
#include "admission/review.hpp"
#include "async/task.hpp"
#include "runtime/generation.hpp"
#include "runtime/image_verifier.hpp"
#include "verdict/answer.hpp"
#include "verdict/user_metadata.hpp"

namespace countersign::runtime {

/// One object with all that was found. Its parts refer to each other and to the generation: it
/// stays where it is, and ends before the generation.
struct Assessment {
  explicit Assessment(admission::Review object) : review(std::move(object)) {}
  Assessment(const Assessment&) = delete;
  Assessment& operator=(const Assessment&) = delete;

  /// Every image that was to be verified counts as an internal error.
  void decide_without_answers() {
    answers.clear();
    decision = admission::decide(review, *plan, answers);
  }

  const admission::Review review;
  std::optional<admission::Plan> plan;
  std::vector<verdict::Answer> answers;  ///< of the plan's references
  admission::Decision decision;          ///< denies, as an internal error, until it is decided
};

/// Plans, verifies and decides one object. Throws only if there is no memory.
asio::awaitable<void, Executor> assess(Assessment& assessment, const GenerationPtr& generation,
                                       ImageVerifier& verifier, admission::ReferenceMemo& memo,
                                       Deadline deadline);

/// The same for many, whose images are verified side by side, each distinct one once. `required` is
/// asked of each image beside what its rule asks for. Returns the answers to `others`, which are
/// verified with them.
asio::awaitable<std::vector<verdict::Answer>, Executor> assess_all(
    std::span<Assessment* const> assessments, const verdict::UserMetadata& required,
    ImageVerifier::Asks others, const GenerationPtr& generation, ImageVerifier& verifier,
    Deadline deadline);

}  // namespace countersign::runtime
