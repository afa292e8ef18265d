// What a rule or a command asks of a signature beside the trust policy.
#include <gmock/gmock.h>

#include "support/jws_builder.hpp"
#include "verify/judge.hpp"

namespace countersign::verify {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The payload of the test image with these annotations, a JSON object.
std::string payload_with(const std::string& annotations) {
  std::string payload = testing::test_payload();
  payload.insert(payload.size() - 2, ",\"annotations\":" + annotations);
  return payload;
}

SignatureReport judged(const std::string& payload, UserMetadata required,
                       const std::string& level = "strict",
                       unsigned size = testing::kTestImageSize) {
  testing::JwsBuilder jws;
  jws.payload(payload);
  const std::string envelope = jws.build();
  const auto root = x509::Certificate::parse(jws.chain().ders.back());
  const trust::TrustStores stores = {{{trust::StoreType::kCa, "shop"}, std::vector{*root}}};
  const auto policy = trust::PolicyDocument::parse(
      R"({"version":"1.0","trustPolicies":[{"name":"shop","registryScopes":["*"],)"
      R"("signatureVerification":{"level":")" +
      level + R"("},"trustStores":["ca:shop"],"trustedIdentities":["*"]}]})");
  const Subject subject{.digest = *oci::Digest::parse(testing::kTestImageDigest),
                        .media_type = std::string(testing::kTestImageType),
                        .size = size};
  const Question question{.subject = subject,
                          .statement = policy.document->statements().front(),
                          .stores = stores,
                          .now = *parse_rfc3339("2026-06-01T00:00:00Z"),
                          .required = std::move(required)};
  const BytesView bytes = as_bytes(envelope);
  return judge_signature(
      "sha256:manifest",
      FetchedSignature{"application/jose+json", Bytes(bytes.begin(), bytes.end())}, question,
      [](const RevocationNeed&) { return revocation::ChainAnswer{}; });
}

// shows: N-72
TEST(UserMetadata, MayBeMoreThanIsAskedFor) {
  const auto report = judged(payload_with(R"({"a":"1","b":"2"})"), {{"a", "1"}});
  EXPECT_EQ(report.outcome, Outcome::kVerified) << report.message;
  EXPECT_EQ(report.user_metadata.size(), 2U);
  EXPECT_EQ(judged(payload_with(R"({"a":"1","b":"2"})"), {{"b", "2"}, {"a", "1"}}).outcome,
            Outcome::kVerified);
}

// shows: N-73
TEST(UserMetadata, MustBeEqual) {
  const auto report = judged(payload_with(R"({"a":"2"})"), {{"a", "1"}});
  EXPECT_EQ(report.outcome, Outcome::kMetadataMismatch);
  EXPECT_EQ(report.message, "the signed annotation \"a\" must be \"1\" and is \"2\"");
  EXPECT_EQ(report.stopped_at, Step::kUserMetadata);
  EXPECT_TRUE(report.user_metadata.empty()) << "only a verified signature's is shown";
  for (const char* value : {"\"1 \"", "\"\"", "\"01\"", "\"10\""}) {
    EXPECT_EQ(judged(payload_with(std::string("{\"a\":") + value + "}"), {{"a", "1"}}).outcome,
              Outcome::kMetadataMismatch);
  }
  EXPECT_EQ(judged(payload_with(R"({"A":"1"})"), {{"a", "1"}}).outcome, Outcome::kMetadataMismatch);
}

// shows: N-74
TEST(UserMetadata, MustBeThereAtEveryLevel) {
  for (const char* level : {"strict", "permissive", "audit"}) {
    const auto report = judged(testing::test_payload(), {{"a", "1"}}, level);
    EXPECT_EQ(report.outcome, Outcome::kMetadataMismatch) << level;
    EXPECT_EQ(report.message, "the signed annotation \"a\" must be \"1\" and is not there");
  }
  EXPECT_EQ(judged(payload_with(R"({"a":"1"})"), {{"a", "1"}, {"b", "2"}}).message,
            "the signed annotation \"b\" must be \"2\" and is not there");
}

// shows: N-75
TEST(UserMetadata, IsNotAskedForUnlessSomebodyDoes) {
  EXPECT_EQ(judged(payload_with(R"({"a":"1"})"), {}).outcome, Outcome::kVerified);
  EXPECT_EQ(judged(testing::test_payload(), {}).outcome, Outcome::kVerified);
}

TEST(UserMetadata, TwoValuesOfOneKeyAreNeverThere) {
  EXPECT_EQ(judged(payload_with(R"({"a":"1"})"), {{"a", "1"}, {"a", "1"}}).outcome,
            Outcome::kVerified);
  EXPECT_EQ(judged(payload_with(R"({"a":"1"})"), {{"a", "1"}, {"a", "2"}}).outcome,
            Outcome::kMetadataMismatch);
}

TEST(UserMetadata, AWrongImageIsToldBesideIt) {
  const auto report =
      judged(payload_with(R"({"a":"2"})"), {{"a", "1"}}, "strict", testing::kTestImageSize + 1);
  EXPECT_EQ(report.outcome, Outcome::kSignatureInvalid);
  EXPECT_THAT(report.message, HasSubstr("content descriptor mismatch"));
  EXPECT_THAT(report.message, HasSubstr("; the signed annotation \"a\" must be"));
}

TEST(UserMetadata, IsShownSafely) {
  const auto report = judged(payload_with(R"({"a":"x\n)" + std::string(500, 'y') + R"("})"),
                             {{"a", std::string(500, 'z')}});
  EXPECT_THAT(report.message, Not(HasSubstr("\n")));
  EXPECT_LT(report.message.size(), 400U);
}

}  // namespace
}  // namespace countersign::verify
