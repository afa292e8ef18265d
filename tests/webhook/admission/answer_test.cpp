#include "admission/answer.hpp"

#include <gmock/gmock.h>

#include "webhook/admission/pipeline.hpp"

namespace countersign::admission {
namespace {

using testing::answered;
using testing::Json;
using testing::pod_with;

Review review_with(std::string_view uid) {
  Json review = pod_with("signed.example/x");
  review["request"]["uid"] = uid;
  return ReviewReader().read(review.dump()).value();
}

TEST(Answer, OfASkipIsSmall) {
  Json review = pod_with("x");
  review["request"]["operation"] = "DELETE";
  EXPECT_EQ(
      answered(review).text,
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{)"
      R"("uid":"0df28fbd-5f5f-11e8-bc74-36e6bb280816","allowed":true,"auditAnnotations":{"verdict":"skip"}}})");
}

TEST(Answer, OfADenialHasAStatus) {
  Json review = pod_with("x");
  review["request"]["object"]["spec"] = 1;
  EXPECT_EQ(
      answered(review).text,
      R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{)"
      R"("uid":"0df28fbd-5f5f-11e8-bc74-36e6bb280816","allowed":false,)"
      R"("status":{"metadata":{},"status":"Failure","message":"Pod shop/web: CS302 unsupported-object: )"
      R"(request.object.spec: want an object; register the webhook for the kinds that it knows",)"
      R"("reason":"Forbidden","details":{"causes":[{"reason":"CS302",)"
      R"("message":"unsupported-object: request.object.spec: want an object"}]},"code":403},)"
      R"("auditAnnotations":{"verdict":"deny","rule":"default"}}})");
}

// shows: K-8
TEST(Answer, EchoesAnyUid) {
  for (const std::string& uid :
       {std::string("\""), std::string("\\"), std::string("\u00e9"), std::string("\\u00e9"),
        std::string("a\0b\x01\x1f\x7f", 6), std::string("\n\r\t\b\f/"),
        std::string("\U0001f600\u2028"), std::string(256, 'u')}) {
    const auto got = answered(review_with(uid), {});
    EXPECT_EQ(got.response()["uid"].get<std::string>(), uid);
  }
}

TEST(Answer, IsAppended) {
  const auto review = review_with("u");
  const auto planned = plan(review, Rules());
  std::string out = "before";
  write_answer(review, decide(review, planned, std::vector<verdict::Verdict>{}), out);
  EXPECT_TRUE(out.starts_with("before{"));
  EXPECT_EQ(Json::parse(out.substr(6))["response"]["uid"], "u");
}

TEST(Answer, IsValidJsonWhateverADecisionHolds) {
  const auto review = review_with("u");
  Decision decision;
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  decision.message = all;
  decision.warnings = {all, ""};
  decision.causes.push_back({.reason = "CS900", .message = all, .field = all});
  decision.annotations.images = all;
  std::string out;
  write_answer(review, decision, out);
  const Json parsed = Json::parse(out);
  EXPECT_EQ(parsed["response"]["allowed"], false);
  EXPECT_EQ(parsed["response"]["status"]["code"], 503);
  EXPECT_EQ(parsed["response"]["warnings"].size(), 2U);
}

}  // namespace
}  // namespace countersign::admission
