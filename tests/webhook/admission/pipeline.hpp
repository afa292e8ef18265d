#pragma once
/// A review's way through the module, with verdicts that depend on the registry's name alone.

#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admission/answer.hpp"

namespace countersign::admission {

/// Answers that borrow their verdicts, which outlive them and the decision.
inline std::vector<verdict::Answer> answers_of(const std::vector<verdict::Verdict>& verdicts) {
  std::vector<verdict::Answer> answers;
  for (const verdict::Verdict& each : verdicts)
    answers.push_back({.verdict = {std::shared_ptr<void>(), &each}, .age = std::nullopt});
  return answers;
}

inline Decision decide(const Review& review, const Plan& plan,
                       const std::vector<verdict::Verdict>& verdicts) {
  return decide(review, plan, std::span<const verdict::Answer>(answers_of(verdicts)));
}

}  // namespace countersign::admission

namespace countersign::admission::testing {

using Json = nlohmann::json;

/// "signed.example" verifies, "unsigned.example" is unsigned, "down.example" unreachable,
/// "slow.example" too slow, "revoked.example" revoked, "bug.example" our error, others signed by
/// somebody else.
inline verdict::Verdict fake_verdict(const oci::ImageReference& reference) {
  static const std::vector<std::pair<std::string_view, Outcome>> kByHost = {
      {"signed.example", Outcome::kVerified},          {"unsigned.example", Outcome::kUnsigned},
      {"down.example", Outcome::kRegistryUnreachable}, {"slow.example", Outcome::kDeadlineExceeded},
      {"revoked.example", Outcome::kRevoked},          {"bug.example", Outcome::kInternalError}};
  verdict::Verdict verdict;
  verdict.repository = reference.name();
  verdict.digest = "sha256:ab12cd34" + std::string(56, '0');
  verdict.outcome = Outcome::kUntrustedSigner;
  for (const auto& [host, outcome] : kByHost) {
    if (reference.registry() == host) verdict.outcome = outcome;
  }
  verdict.message = info(verdict.outcome).text;
  verdict.remedy = info(verdict.outcome).remedy;
  verdict.statement = "shop";
  return verdict;
}

struct Answered {
  Review review;
  Plan plan;
  std::vector<verdict::Verdict> verdicts;
  Decision decision;
  std::string text;
  Json json;

  [[nodiscard]] const Json& response() const { return json.at("response"); }
  [[nodiscard]] bool allowed() const { return response().at("allowed").get<bool>(); }
  [[nodiscard]] std::string message() const { return response().at("status").at("message"); }
  [[nodiscard]] std::string annotation(const char* key) const {
    return response().at("auditAnnotations").at(key);
  }
  /// The fields of the causes: which images failed.
  [[nodiscard]] std::vector<std::string> failed() const {
    std::vector<std::string> fields;
    if (allowed() || !response().at("status").contains("details")) return fields;
    for (const Json& cause : response().at("status").at("details").at("causes")) {
      fields.push_back(cause.value("field", ""));
    }
    return fields;
  }
};

inline Answered answered(Review review, const Rules& rules) {
  Answered out;
  out.review = std::move(review);
  out.plan = plan(out.review, rules);
  for (const auto& reference : out.plan.references) out.verdicts.push_back(fake_verdict(reference));
  out.decision = decide(out.review, out.plan, out.verdicts);
  write_answer(out.review, out.decision, out.text);
  out.json = Json::parse(out.text);
  return out;
}

inline Answered answered(const Json& review, const Rules& rules = {}) {
  ReviewReader reader;
  return answered(reader.read(review.dump()).value(), rules);
}

/// A CREATE of `kind`, whose pod spec is `pod_spec`.
inline Json review_of(std::string_view group, std::string_view kind, const std::string& pointer,
                      const Json& pod_spec) {
  const std::string api_version = group.empty() ? "v1" : std::string(group) + "/v1";
  Json object = {
      {"apiVersion", api_version},
      {"kind", kind},
      {"metadata", {{"name", "web"}, {"namespace", "shop"}, {"creationTimestamp", nullptr}}}};
  object[Json::json_pointer(pointer)] = pod_spec;
  return {{"apiVersion", "admission.k8s.io/v1"},
          {"kind", "AdmissionReview"},
          {"request",
           {{"uid", "0df28fbd-5f5f-11e8-bc74-36e6bb280816"},
            {"kind", {{"group", group}, {"version", "v1"}, {"kind", kind}}},
            {"resource", {{"group", group}, {"version", "v1"}, {"resource", "things"}}},
            {"name", "web"},
            {"namespace", "shop"},
            {"operation", "CREATE"},
            {"userInfo",
             {{"username", "admin"}, {"groups", {"system:masters", "system:authenticated"}}}},
            {"object", object},
            {"oldObject", nullptr},
            {"dryRun", false},
            {"options", {{"kind", "CreateOptions"}, {"apiVersion", "meta.k8s.io/v1"}}}}}};
}

inline Json container(std::string_view name, std::string_view image) {
  return {{"name", name}, {"image", image}, {"resources", Json::object()}};
}

inline Json pod_review(const Json& pod_spec) { return review_of("", "Pod", "/spec", pod_spec); }
/// One container "app".
inline Json pod_with(std::string_view image) {
  return pod_review(Json{{"containers", Json::array({container("app", image)})}});
}
inline Json deployment_review(const Json& pod_spec) {
  return review_of("apps", "Deployment", "/spec/template/spec", pod_spec);
}

/// The stored object is what `before` asks to create; the new one that of `after`.
inline Json update(const Json& before, Json after) {
  after["request"]["operation"] = "UPDATE";
  after["request"]["oldObject"] = before["request"]["object"];
  return after;
}

/// "spec.containers[0].image app nginx", with " unchanged" if it is.
inline std::vector<std::string> images_of(const Review& review) {
  std::vector<std::string> out;
  for (const Image& image : review.images) {
    out.push_back(image.path() + " " + std::string(image.name) + " " +
                  std::string(image.reference) + (image.unchanged ? " unchanged" : ""));
  }
  return out;
}

inline Rule rule(std::string name, const std::vector<std::string>& namespaces,
                 const std::vector<std::string>& images, Action action) {
  Rule out{.name = std::move(name), .match = {}, .action = action};
  for (const auto& text : namespaces)
    out.match.namespaces.push_back(NamespacePattern::parse(text).value());
  for (const auto& text : images) out.match.images.push_back(ImagePattern::parse(text).value());
  return out;
}

inline Rules rules_of(Action default_action, std::vector<Rule> rules = {},
                      UnknownKinds unknown_kinds = UnknownKinds::kDeny) {
  return Rules::create(default_action, unknown_kinds, std::move(rules)).value();
}

/// A review recorded from a real API server.
inline std::string recorded(const std::string& file) {
  std::ifstream in("reviews/" + file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace countersign::admission::testing
