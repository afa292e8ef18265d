#include "admission/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace countersign::admission {
namespace {

constexpr std::size_t kMaxShownReference = 128;

verify::Verdict invalid_reference(std::string_view reference, std::string message) {
  verify::Verdict verdict;
  verdict.image = reference;
  verdict.outcome = Outcome::kInvalidReference;
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

/// One image's reference, parsed when it is first asked for: rules that skip by namespace never
/// ask.
class Reference {
 public:
  explicit Reference(std::string_view text) : text_(text) {}

  const Result<oci::ImageReference>& parsed() {
    if (!parsed_) {
      if (oci::ImageReference::looks_like_image_id(text_)) {
        // The container runtime would take it for the ID of an image on the node (decisions 8).
        parsed_ =
            Error(Outcome::kInvalidReference, "image-id",
                  "an image ID names what a node happens to hold, not an image in a registry");
      } else if (text_.empty()) {
        parsed_ = Error(Outcome::kInvalidReference, "format", "no image is named");
      } else {
        parsed_ = oci::ImageReference::parse(text_);
      }
    }
    return *parsed_;
  }
  std::optional<std::string_view> name() {
    const auto& reference = parsed();
    if (!reference) return std::nullopt;
    if (name_.empty()) name_ = reference->name();
    return name_;
  }
  oci::ImageReference take() && { return *std::move(*parsed_); }

 private:
  std::string_view text_;
  std::optional<Result<oci::ImageReference>> parsed_;
  std::string name_;
};

ImagePlan plan_image(const Image& image, std::string_view namespace_name, const Rules& rules,
                     Plan& plan) {
  Reference reference(image.reference);
  const auto choice = rules.choose(namespace_name, [&] { return reference.name(); });
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
  if (const auto& parsed = reference.parsed(); !parsed) {
    planned.step = Step::kSettled;
    planned.at = static_cast<std::uint32_t>(plan.settled.size());
    plan.settled.push_back(
        invalid_reference(image.reference, why_invalid(parsed.error(), image.reference)));
    return planned;
  }
  plan.references.push_back(std::move(reference).take());
  return planned;
}

}  // namespace

Plan plan(const Review& review, const Rules& rules) {
  Plan plan;
  if (review.problem) {
    // A kind that we cannot read has no images as far as we know; one that we can read may have
    // any.
    const auto choice =
        review.problem->reason() == kUnknownKind
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
    plan.images.push_back(plan_image(image, review.namespace_name, rules, plan));
  }
  return plan;
}

}  // namespace countersign::admission
