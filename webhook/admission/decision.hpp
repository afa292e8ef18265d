#pragma once
/// The answer for one object: allowed or not, what the user reads, what is recorded.
///
/// Source: kubernetes-admission 1.5, 3.6; interface 5; decisions 1, 2, 4, 5, 21. Deviations: none.
/// Fails closed: a verdict that is missing counts as our own error, and a default-constructed
/// decision denies. Left to the caller: writing it (answer.hpp), the log and the metrics.

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admission/plan.hpp"
#include "admission/review.hpp"
#include "admission/rules.hpp"
#include "base/outcome.hpp"
#include "verdict/answer.hpp"

namespace countersign::admission {

inline constexpr std::size_t kMaxMessageBytes = 1000;  ///< an event keeps 1,024 characters
inline constexpr std::size_t kMaxWarningBytes = 120;
inline constexpr std::size_t kMaxWarnings = 10;
inline constexpr std::size_t kMaxAnnotationBytes = 1024;

/// What an image, or the whole object, comes to.
enum class Effect : std::uint8_t {
  kDeny,
  kWouldDeny,  ///< admitted only because the rule warns or audits
  kAllow,      ///< verified; or it did lately, and an outage was bridged (decisions 1)
  kSkip,       ///< admitted without verification
};
[[nodiscard]] std::string_view name(
    Effect effect) noexcept;  ///< "deny", "would-deny", "allow", "skip"

/// One failed image, for programs.
struct Cause {
  std::string_view reason;  ///< "CS101"
  std::string message;
  std::string field;  ///< "spec.containers[0].image"; empty if the object as a whole is meant
};

/// Recorded in the cluster's audit log. Empty ones are left out.
struct AuditAnnotations {
  std::string_view verdict;  ///< the object's effect
  std::string images;        ///< "nginx:1.27 CS101 unsigned; …"
  std::string rule;          ///< names of the rules that applied, in the order of the images
};

/// One image's part, for the log and the metrics; in the order of the review's images.
struct ImageDecision {
  Effect effect = Effect::kDeny;
  Action action = Action::kEnforce;
  Outcome outcome = Outcome::kInternalError;
  std::string_view rule;
  std::optional<SkipReason> skip;             ///< with `kSkip`
  const verdict::Verdict* verdict = nullptr;  ///< null if it was not verified
  /// Of an outage: how long ago the same verified, if it did lately.
  std::optional<std::chrono::seconds> verified_ago{};

  friend bool operator==(const ImageDecision&, const ImageDecision&) = default;
};

/// Views and pointers lead into review, plan, rules and answers.
struct Decision {
  bool allowed = false;
  int code = 503;  ///< of a denial: 403 for a verdict, 503 for an outage
  std::string message = "internal error";
  std::vector<Cause> causes;
  std::vector<std::string> warnings;
  AuditAnnotations annotations{.verdict = name(Effect::kDeny), .images = {}, .rule = {}};

  Effect effect = Effect::kDeny;
  Action action =
      Action::kEnforce;  ///< the strictest that applied; `kSkip` if nothing was to be verified
  Outcome outcome =
      Outcome::kInternalError;        ///< what decided: of all failed images the one that wins
  std::optional<SkipReason> skip;     ///< with `kSkip`
  std::vector<ImageDecision> images;  ///< empty if the whole object was skipped or has a problem

  [[nodiscard]] std::string_view reason() const noexcept {
    return code == 403 ? "Forbidden" : "ServiceUnavailable";
  }
};

/// `answers` are those of `plan.references`, in their order.
[[nodiscard]] Decision decide(const Review& review, const Plan& plan,
                              std::span<const verdict::Answer> answers);

}  // namespace countersign::admission
