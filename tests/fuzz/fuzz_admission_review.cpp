// Any bytes as an AdmissionReview. There is a review exactly if there is no error; each review gets
// an answer that is JSON with its uid; what nobody verified is not allowed, and what everybody
// verified is; and bytes behind the body make no difference.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "admission/answer.hpp"
#include "base/text.hpp"

namespace {

using namespace countersign;
using namespace countersign::admission;

void require(bool condition) {
  if (!condition) std::abort();
}

Rules rules_of(Action default_action) {
  std::vector<Rule> rules;
  rules.push_back(
      {.name = "system",
       .match = {.namespaces = {NamespacePattern::parse("kube-*").value()}, .images = {}},
       .action = Action::kSkip});
  rules.push_back(
      {.name = "hub",
       .match = {.namespaces = {}, .images = {ImagePattern::parse("docker.io/**").value()}},
       .action = Action::kWarn});
  return Rules::create(default_action, UnknownKinds::kDeny, std::move(rules)).value();
}

/// What must hold for every answer.
bool is_allowed(const Review& review, const Plan& plan, Outcome outcome) {
  std::vector<verdict::Verdict> verdicts(plan.references.size());
  for (auto& verdict : verdicts) verdict.outcome = outcome;
  std::vector<verdict::Answer> answers;
  for (const auto& verdict : verdicts)
    answers.push_back({.verdict = std::make_shared<const verdict::Verdict>(verdict), .age = {}});
  const Decision decision = decide(review, plan, answers);
  std::string text;
  write_answer(review, decision, text);
  require(is_valid_utf8(text));
  const auto answer = nlohmann::json::parse(text);
  const auto& response = answer.at("response");
  require(response.at("uid").get<std::string>() == review.uid);
  require(response.at("allowed").get<bool>() == decision.allowed);
  require(response.contains("status") == !decision.allowed);
  if (!decision.allowed) {
    const auto& status = response.at("status");
    require(status.at("code") == 403 || status.at("code") == 503);
    require(status.at("message").get<std::string>().size() <= kMaxMessageBytes);
    require(!status.at("details").at("causes").empty());
  }
  require(decision.warnings.size() <= kMaxWarnings);
  for (const auto& warning : decision.warnings) require(warning.size() <= kMaxWarningBytes);
  require(decision.annotations.images.size() <= kMaxAnnotationBytes);
  require(decision.annotations.rule.size() <= kMaxAnnotationBytes);
  return decision.allowed;
}

void check(const Review& review) {
  static const Rules kEnforce = rules_of(Action::kEnforce);
  static const Rules kAudit = rules_of(Action::kAudit);
  static const Rules kPlain;

  const Plan plain = plan(review, kPlain);
  const bool judged = !plain.references.empty() || !plain.settled.empty();
  require(is_allowed(review, plain, Outcome::kUnsigned) == (!judged && !review.problem));
  require(is_allowed(review, plain, Outcome::kRegistryUnreachable) == (!judged && !review.problem));
  require(is_allowed(review, plain, Outcome::kVerified) ==
          (plain.settled.empty() && !review.problem));

  require(is_allowed(review, plan(review, kAudit), Outcome::kUnsigned));
  const Plan ruled = plan(review, kEnforce);
  require(ruled.references.size() <= plain.references.size());
  (void)is_allowed(review, ruled, Outcome::kUntrustedSigner);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ReviewReader reader;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto review = reader.read(body);

  std::string padded(body);
  padded.append(ReviewReader::kPadding, '"');
  const auto again = reader.read(std::string_view(padded).substr(0, size), ReviewReader::kPadding);
  require(review.has_value() == again.has_value());
  if (!review) {
    require(review.error().outcome() == Outcome::kMalformedReview);
    require(review.error().message() == again.error().message());
    require(is_valid_utf8(review.error().message()));
    return 0;
  }
  require(!review->uid.empty() && review->uid == again->uid);
  require(review->problem.has_value() == again->problem.has_value());
  require(review->images.size() == again->images.size());
  require(!review->problem || (review->images.empty() && !review->skip));
  check(*review);
  return 0;
}
