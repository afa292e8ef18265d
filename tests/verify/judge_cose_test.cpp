// COSE under the same steps as JWS: what only this format can express.
#include <gtest/gtest.h>

#include "support/cose_builder.hpp"
#include "support/jws_builder.hpp"
#include "verify/judge.hpp"

namespace countersign::verify {
namespace {

namespace cbor = countersign::testing::cbor;
using countersign::testing::CoseBuilder;

/// The outcome's code at level strict, with the chain's root in the trust store.
std::string judged(const CoseBuilder& cose) {
  const auto root = x509::Certificate::parse(cose.chain().ders.back());
  const trust::TrustStores stores = {{{trust::StoreType::kCa, "shop"}, std::vector{*root}}};
  const auto policy = trust::PolicyDocument::parse(
      R"({"version":"1.0","trustPolicies":[{"name":"shop","registryScopes":["*"],)"
      R"("signatureVerification":{"level":"strict"},"trustStores":["ca:shop"],)"
      R"("trustedIdentities":["*"]}]})");
  const Subject subject{.digest = *oci::Digest::parse(testing::kTestImageDigest),
                        .media_type = std::string(testing::kTestImageType),
                        .size = testing::kTestImageSize};
  const Question question{.subject = subject,
                          .statement = policy.document->statements().front(),
                          .stores = stores,
                          .now = *parse_rfc3339("2026-06-01T00:00:00Z")};
  const auto report =
      judge_signature("sha256:manifest", FetchedSignature{"application/cose", cose.build()},
                      question, [](const RevocationNeed&) { return revocation::ChainAnswer{}; });
  return std::string(code(report.outcome));
}

TEST(JudgeCose, Verifies) { EXPECT_EQ(judged(CoseBuilder()), "CS000"); }

// shows: N-202
TEST(JudgeCose, UnknownCriticalHeadersDeny) {
  for (const Bytes& label :
       {cbor::integer(99), cbor::integer(-70000), cbor::text("example.com/x")}) {
    EXPECT_EQ(judged(CoseBuilder().attribute(label, cbor::integer(1), true)), "CS109");
    EXPECT_EQ(judged(CoseBuilder().attribute(label, cbor::integer(1), false)), "CS000");
  }
}

}  // namespace
}  // namespace countersign::verify
