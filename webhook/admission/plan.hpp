#pragma once
/// What has to be verified for a review: each distinct reference once, after quick exits and rules.
///
/// Source: kubernetes-admission 3.2 ("verify once, report for all"), 3.3, 3.6; decisions 4, 8, 23.
/// Deviations: none. An image that did not change is not verified again; rules look at namespace
/// and image only, so the rule that it would get did not change either. Left to the caller:
/// verifying `references`.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "admission/reference_memo.hpp"
#include "admission/review.hpp"
#include "admission/rules.hpp"
#include "oci/image_reference.hpp"
#include "verdict/verdict.hpp"

namespace countersign::admission {

/// What is done about one image.
enum class Step : std::uint8_t {
  kSettled,  ///< the verdict is known: not a reference that can be verified
  kVerify,   ///< the verdict will be that of a reference
  kSkip,     ///< by rule, or because it did not change
};

struct ImagePlan {
  Step step = Step::kSettled;
  Action action = Action::kEnforce;
  std::string_view rule = Rules::kDefaultName;
  std::optional<SkipReason> skip;  ///< for `kSkip`
  std::uint32_t at = 0;            ///< for `kVerify` in `references`, for `kSettled` in `settled`
};

/// Views point into the review and the rules that it was made of.
struct Plan {
  std::vector<ImagePlan>
      images;  ///< one for each of the review's, in their order; none if all is skipped
  std::vector<oci::ImageReference>
      references;  ///< distinct by text; nothing needs verifying if empty
  /// Of each reference, what its rule asks for; never null. (The same text is under the same rule.)
  std::vector<const verdict::UserMetadata*> required;
  std::vector<verdict::Verdict> settled;

  std::optional<SkipReason> skip;  ///< for the whole object
  /// The rule for an object with a problem: the first that asks only for the namespace.
  Action problem_action = Action::kEnforce;
  std::string_view problem_rule = Rules::kDefaultName;
};

[[nodiscard]] Plan plan(const Review& review, const Rules& rules, ReferenceMemo& memo);
/// For a single review.
[[nodiscard]] Plan plan(const Review& review, const Rules& rules);

}  // namespace countersign::admission
