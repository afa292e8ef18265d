#pragma once
/// One signature under one statement, as the tests of its judgement describe it, and what becomes
/// of it.

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "support/cose_builder.hpp"
#include "support/jws_builder.hpp"
#include "support/pki.hpp"
#include "verify/judge.hpp"

namespace countersign::verify {

using testing::Chain;
using testing::ChainSpec;
using testing::CoseBuilder;
using testing::Edit;
using testing::JwsBuilder;
using testing::KeyKind;
using testing::make_chain;
using trust::StoreId;
using trust::StoreType;

inline const std::string kNow = "2026-06-01T00:00:00Z";

inline std::vector<x509::Certificate> certificates(const std::vector<Bytes>& ders) {
  std::vector<x509::Certificate> out;
  for (const Bytes& der : ders) out.push_back(*x509::Certificate::parse(der));
  return out;
}

/// Everything that a judgement depends on; as it starts, the signature verifies at level strict.
struct Case {
  Chain chain = make_chain();
  std::string level = "strict";
  std::string override_ = "{}";
  std::string verify_timestamp{};
  std::string stores = R"(["ca:shop"])";
  std::string identities = R"(["*"])";
  std::string now = kNow;
  std::function<void(JwsBuilder&)> jws{};
  std::function<void(trust::TrustStores&)> edit_stores{};
  Subject subject{.digest = *oci::Digest::parse(testing::kTestImageDigest),
                  .media_type = std::string(testing::kTestImageType),
                  .size = testing::kTestImageSize};
  std::string media_type = "application/jose+json";
  std::function<void(CoseBuilder&)> cose{};  ///< if it is set, the envelope is of this format
  /// What a certificate's common name is answered with; all others are unknown.
  std::map<std::string, revocation::Status> statuses{};
  std::vector<RevocationNeed>* asked = nullptr;
};

inline trust::Statement statement_of(const Case& each) {
  const std::string json =
      R"({"version":"1.0","trustPolicies":[{"name":"shop","registryScopes":["*"],)"
      R"("signatureVerification":{"level":")" +
      each.level + R"(","override":)" + each.override_ + R"(,"verifyTimestamp":")" +
      each.verify_timestamp + R"("},"trustStores":)" + each.stores + R"(,"trustedIdentities":)" +
      each.identities + "}]}";
  const auto parsed = trust::PolicyDocument::parse(json);
  if (!parsed.document) ADD_FAILURE() << parsed.problems.front().message();
  return parsed.document->statements().front();
}

inline SignatureReport report_of(const Case& each) {
  FetchedSignature fetched{.media_type = each.media_type, .envelope = {}};
  if (each.cose) {
    CoseBuilder builder(each.chain);
    each.cose(builder);
    fetched = {.media_type = "application/cose", .envelope = builder.build()};
  } else {
    JwsBuilder builder(each.chain);
    if (each.jws) each.jws(builder);
    const std::string envelope = builder.build();
    fetched.envelope.assign(envelope.begin(), envelope.end());
  }
  trust::TrustStores stores;
  const std::vector<x509::Certificate> root = certificates({each.chain.ders.back()});
  for (const auto& name : {"shop", "other"}) stores.emplace(StoreId{StoreType::kCa, name}, root);
  stores.emplace(StoreId{StoreType::kSigningAuthority, "shop"}, root);
  if (each.edit_stores) each.edit_stores(stores);
  const trust::Statement statement = statement_of(each);
  const Question question{.subject = each.subject,
                          .statement = statement,
                          .stores = stores,
                          .now = *parse_rfc3339(each.now)};
  return judge_signature("sha256:manifest", fetched, question, [&](const RevocationNeed& need) {
    if (each.asked != nullptr) each.asked->push_back(need);
    revocation::ChainAnswer answer;
    for (const x509::Certificate& certificate : need.question.chain) {
      const std::string subject = certificate.subject_text();
      const auto found = each.statuses.find(subject.substr(3, subject.find(',') - 3));
      answer.push_back(
          {.status = found == each.statuses.end() ? revocation::Status::kUnknown : found->second,
           .reason = "somebody said so"});
    }
    return answer;
  });
}

/// "CS000", or "CS000 expiry revocation" with what was logged, or another code.
inline std::string judged(const Case& each) {
  const SignatureReport report = report_of(each);
  EXPECT_EQ(report.outcome == Outcome::kVerified, report.stopped_at == Step::kDone);
  EXPECT_EQ(report.message.empty(), report.outcome == Outcome::kVerified);
  std::string text(code(report.outcome));
  for (const std::string& warning : report.warnings) {
    if (warning.contains(" was set to \"log\" and failed with error: "))
      text += " " + warning.substr(0, warning.find(' '));
  }
  return text;
}

struct Row {
  std::string name;
  Case input;
  std::string want;
};
inline constexpr auto kRowName = [](const auto& each) { return each.param.name; };

inline Chain chain_with(Edit leaf, Edit intermediate = {}, Edit root = {}) {
  ChainSpec spec;
  spec.leaf = std::move(leaf);
  spec.intermediate = std::move(intermediate);
  spec.root = std::move(root);
  return make_chain(spec);
}
inline Edit valid(const char* from, const char* until) {
  return [=](auto& certificate) { certificate.valid(from, until); };
}
inline const Edit kExpired = valid("200101000000Z", "260531235959Z");
inline const Edit kNotYet = valid("260601000001Z", "400101000000Z");

}  // namespace countersign::verify
