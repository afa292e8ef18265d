#include "admission/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace countersign::admission {
namespace {

constexpr std::size_t kMaxShownReference = 128;

verdict::Verdict invalid_reference(Reason reason, std::string message) {
  verdict::Verdict verdict;
  verdict.outcome = Outcome::kInvalidReference;
  verdict.reason = reason;
  verdict.message = std::move(message);
  verdict.remedy = info(Outcome::kInvalidReference).remedy;
  return verdict;
}

/// Without the reference itself, which stands in front of each message anyway.
std::string why_invalid(const Error& error, std::string_view reference) {
  std::string_view message = error.message();
  const std::string prefix =
      fmt::format("image reference \"{}\": ", printable(reference, kMaxShownReference));
  if (message.starts_with(prefix)) message.remove_prefix(prefix.size());
  return std::string(message);
}

ImagePlan plan_image(const Image& image, std::string_view namespace_name, const Rules& rules,
                     ReferenceMemo& memo, Plan& plan) {
  // Parsed when it is first asked for: rules that skip by namespace never ask.
  const ParsedImage* known = nullptr;
  const auto parsed = [&]() -> const ParsedImage& {
    if (known == nullptr) known = &memo.parse(image.reference);
    return *known;
  };
  const auto choice = rules.choose(namespace_name, [&]() -> std::optional<std::string_view> {
    if (!parsed().reference) return std::nullopt;
    return parsed().name;
  });
  ImagePlan planned{.action = choice.action, .rule = choice.rule, .skip = std::nullopt};
  if (choice.action == Action::kSkip) {
    planned.step = Step::kSkip;
    planned.skip = choice.by_namespace_only ? SkipReason::kNamespace : SkipReason::kRule;
    return planned;
  }
  if (image.unchanged) {
    planned.step = Step::kSkip;
    planned.skip = SkipReason::kUnchanged;
    return planned;
  }
  const auto same = std::ranges::find(plan.references, image.reference, &oci::ImageReference::text);
  planned.at = static_cast<std::uint32_t>(same - plan.references.begin());
  planned.step = Step::kVerify;
  if (same != plan.references.end()) return planned;
  if (const auto& reference = parsed().reference; reference) {
    plan.references.push_back(*reference);
    plan.required.push_back(choice.user_metadata);
    return planned;
  }
  planned.step = Step::kSettled;
  planned.at = static_cast<std::uint32_t>(plan.settled.size());
  plan.settled.push_back(
      invalid_reference(parsed().reference.error().reason(),
                        why_invalid(parsed().reference.error(), image.reference)));
  return planned;
}

}  // namespace

Plan plan(const Review& review, const Rules& rules, ReferenceMemo& memo) {
  Plan plan;
  if (review.problem) {
    // A kind that we cannot read has no images as far as we know; one that we can read may have
    // any.
    const auto choice =
        review.namespace_unread ? rules.choose_for_unread(std::nullopt)
        : review.problem->reason() == kUnknownKind
            ? rules.choose(review.namespace_name,
                           []() -> std::optional<std::string_view> { return std::nullopt; })
            : rules.choose_for_unread(review.namespace_name);
    plan.problem_action = choice.action;
    plan.problem_rule = choice.rule;
    if (choice.action == Action::kSkip) {
      plan.skip = choice.by_namespace_only ? SkipReason::kNamespace : SkipReason::kRule;
    } else if (review.problem->reason() == kUnknownKind &&
               rules.unknown_kinds() == UnknownKinds::kAllow) {
      plan.skip = SkipReason::kKind;
    }
    return plan;
  }
  plan.skip = review.skip;
  if (plan.skip) return plan;
  plan.images.reserve(review.images.size());
  for (const Image& image : review.images) {
    plan.images.push_back(plan_image(image, review.namespace_name, rules, memo, plan));
  }
  return plan;
}

Plan plan(const Review& review, const Rules& rules) {
  ReferenceMemo memo;
  return plan(review, rules, memo);
}

}  // namespace countersign::admission
