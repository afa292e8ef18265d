// One signature under one statement: the time that counts, timestamps, revocation.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "support/matchers.hpp"
#include "support/timestamp_builder.hpp"
#include "verify/judge_case.hpp"

namespace countersign::verify {
namespace {

using testing::make_token;
using testing::make_tsa_chain;
using testing::TokenSpec;

class Times : public ::testing::TestWithParam<Row> {};
TEST_P(Times, EndInThis) { EXPECT_EQ(judged(GetParam().input), GetParam().want); }

std::vector<Row> times() {
  const std::string tsa = R"(["ca:shop","tsa:none"])";
  const auto garbage = [](JwsBuilder& jws) { jws.timestamp("AQID"); };
  const Edit at_the_end = valid("200101000000Z", "260601000000Z");
  const Edit from_now = valid("260601000000Z", "400101000000Z");
  return {
      // shows: N-415
      {"TokenIgnoredWithoutStore", {.jws = garbage}, "CS000"},
      {"ExpiredAndTokenWithoutStore", {.chain = chain_with(kExpired), .jws = garbage}, "CS106"},
      // shows: N-417
      {"AtNotAfter", {.chain = chain_with(at_the_end)}, "CS000"},
      {"AfterNotAfter", {.chain = chain_with(at_the_end), .now = "2026-06-01T00:00:01Z"}, "CS106"},
      {"JustAfterNotAfter",
       {.chain = chain_with(at_the_end), .now = "2026-06-01T00:00:00.000000001Z"},
       "CS106"},
      {"AtNotBefore", {.chain = chain_with(from_now)}, "CS000"},
      {"BeforeNotBefore",
       {.chain = chain_with(from_now), .now = "2026-05-31T23:59:59.999Z"},
       "CS106"},
      {"IntermediateExpired", {.chain = chain_with({}, kExpired)}, "CS106"},
      // shows: N-418
      {"RootExpired", {.chain = chain_with({}, {}, kExpired)}, "CS106"},
      {"RootNotYetValid", {.chain = chain_with({}, {}, kNotYet)}, "CS106"},
      // shows: N-419
      {"AlwaysWithoutToken", {.verify_timestamp = "always", .stores = tsa}, "CS107"},
      // shows: N-420
      {"UnsetWithoutToken", {.stores = tsa}, "CS107"},
      // shows: N-432
      {"AlwaysWithGarbage", {.stores = tsa, .jws = garbage}, "CS107"},
      // shows: N-421
      {"AfterExpiryValidNow", {.verify_timestamp = "afterCertExpiry", .stores = tsa}, "CS000"},
      {"AfterExpiryValidNowGarbage",
       {.verify_timestamp = "afterCertExpiry", .stores = tsa, .jws = garbage},
       "CS000"},
      // shows: N-422
      {"AfterExpiryNotYetValid",
       {.chain = chain_with(kNotYet), .verify_timestamp = "afterCertExpiry", .stores = tsa},
       "CS106"},
      // shows: N-424
      {"AfterExpiryExpired",
       {.chain = chain_with(kExpired), .verify_timestamp = "afterCertExpiry", .stores = tsa},
       "CS107"},
      {"AfterExpiryIntermediateExpired",
       {.chain = chain_with({}, kExpired), .verify_timestamp = "afterCertExpiry", .stores = tsa},
       "CS107"},
      {"AfterExpiryAtNotAfter",
       {.chain = chain_with(at_the_end), .verify_timestamp = "afterCertExpiry", .stores = tsa},
       "CS000"},
      // shows: N-426
      {"MissingTokenLogged", {.level = "permissive", .stores = tsa}, "CS000 authenticTimestamp"},
  };
}
INSTANTIATE_TEST_SUITE_P(Now, Times, ::testing::ValuesIn(times()), kRowName);

/// The authority that tests trust in tsa:authority.
const Chain& authority() {
  static const Chain kAuthority = make_tsa_chain();
  return kAuthority;
}

/// What the authority says of a signature at `time`.
std::function<Bytes(BytesView)> stamp(const char* time, TokenSpec spec = {.tsa = authority()}) {
  spec.info.time = testing::asn1::generalized_time(time);
  return [spec](BytesView signature) { return make_token(signature, spec); };
}

/// Every signature that is stamped wants the stamp.
Case stamped(std::function<Bytes(BytesView)> token, Chain chain = make_chain()) {
  Case out{.chain = std::move(chain), .stores = R"(["ca:shop","tsa:authority"])"};
  out.jws = [token](auto& jws) { jws.countersign(token); };
  out.edit_stores = [](trust::TrustStores& stores) {
    stores.emplace(StoreId{StoreType::kTsa, "authority"}, certificates({authority().ders.back()}));
  };
  return out;
}
Case in_cose(Case each, std::function<Bytes(BytesView)> token) {
  each.cose = [token = std::move(token)](auto& cose) { cose.countersign(token); };
  return each;
}
Case at_level(Case each, const char* level, const char* override_ = "{}") {
  each.level = level;
  each.override_ = override_;
  return each;
}
Case after_expiry(Case each) {
  each.verify_timestamp = "afterCertExpiry";
  return each;
}

std::vector<Row> timestamps() {
  const auto may = stamp("20260501000000Z");
  const auto june = stamp("20260601000000Z");
  const auto for_another = [](BytesView /*signature*/) {
    return make_token(as_bytes("another"), {.tsa = authority()});
  };
  TokenSpec revocable{.tsa = make_tsa_chain({.leaf = [](auto& leaf) {
                        leaf.with(testing::ocsp_responder("http://ocsp.example"));
                      }})};
  const auto trusting = [&](Case each) {
    each.edit_stores = [root = revocable.tsa.ders.back()](trust::TrustStores& stores) {
      stores.emplace(StoreId{StoreType::kTsa, "authority"}, certificates({root}));
    };
    return each;
  };
  const auto said = [](Case each, revocation::Status status) {
    each.statuses["tsa signer"] = status;
    return each;
  };
  const Case unknown = trusting(stamped(stamp("20260501000000Z", revocable)));
  const Case revoked = said(unknown, revocation::Status::kRevoked);
  Case without_store = stamped(may, chain_with(kExpired));
  without_store.stores = R"(["ca:shop"])";
  Case missing_store = stamped(may);
  missing_store.stores = R"(["ca:shop","tsa:authority","tsa:none"])";
  Case expired_signature = stamped(may);
  expired_signature.jws = [may](auto& jws) { jws.expiry("2026-05-15T00:00:00Z").countersign(may); };
  Case untrusted = stamped(may);
  untrusted.edit_stores = [](trust::TrustStores& stores) {
    stores.emplace(StoreId{StoreType::kTsa, "authority"}, certificates({make_chain().ders.back()}));
  };
  return {
      // shows: N-427
      {"Jws", stamped(may), "CS000"},
      {"Cose", in_cose(stamped(may), may), "CS000"},
      {"RsaSigner",
       stamped(may, make_chain({.leaf_key = KeyKind::kRsa2048, .ca_key = KeyKind::kRsa2048})),
       "CS000"},
      // shows: N-428
      {"JwsExpired", stamped(may, chain_with(kExpired)), "CS000"},
      {"CoseExpired", in_cose(stamped(may, chain_with(kExpired)), may), "CS000"},
      {"ExpiredWhenStamped", stamped(june, chain_with(kExpired)), "CS107"},
      {"NotYetValidWhenStamped", stamped(may, chain_with(kNotYet)), "CS107"},
      // shows: N-416
      {"ExpiredWithoutStore", without_store, "CS106"},
      // shows: N-423
      {"AfterExpiryIntermediateExpired", after_expiry(stamped(may, chain_with({}, kExpired))),
       "CS000"},
      {"AfterExpiryStampedTooLate", after_expiry(stamped(june, chain_with({}, kExpired))), "CS107"},
      {"OfAnotherSignature", stamped(for_another), "CS107"},
      {"OfAnotherSignatureCose", in_cose(stamped(for_another), for_another), "CS107"},
      {"OfAnotherSignatureLogged", at_level(stamped(for_another), "permissive"),
       "CS000 authenticTimestamp"},
      {"MissingStoreBesideAGoodOne", missing_store, "CS107"},
      {"UntrustedAuthority", untrusted, "CS107"},
      // shows: N-234
      {"DoesNotExtendTheExpiry", expired_signature, "CS105"},
      // shows: N-476
      {"RevocationUnknown", unknown, "CS201"},
      {"RevocationUnknownLogged", at_level(unknown, "strict", R"({"revocation":"log"})"), "CS201"},
      {"RevocationUnknownSkipped", at_level(unknown, "strict", R"({"revocation":"skip"})"),
       "CS201"},
      {"RevocationUnknownPermissive", at_level(unknown, "permissive"), "CS000 authenticTimestamp"},
      {"RevocationUnknownAudit", at_level(unknown, "audit"), "CS000 authenticTimestamp"},
      {"NotRevoked", said(unknown, revocation::Status::kGood), "CS000"},
      // shows: N-475
      {"Revoked", revoked, "CS108"},
      {"RevokedRevocationLogged", at_level(revoked, "strict", R"({"revocation":"log"})"), "CS108"},
      {"RevokedRevocationSkipped", at_level(revoked, "strict", R"({"revocation":"skip"})"),
       "CS108"},
      {"RevokedPermissive", at_level(revoked, "permissive"), "CS000 authenticTimestamp"},
      // shows: N-477
      {"NonRevocable", stamped(may), "CS000"},
  };
}
INSTANTIATE_TEST_SUITE_P(Timestamps, Times, ::testing::ValuesIn(timestamps()), kRowName);

TEST(Judge, SaysWhyATimestampDoesNotHold) {
  const auto reason = [](const Case& each) {
    const SignatureReport report = report_of(each);
    const CheckReport& check =
        report.checks[static_cast<std::size_t>(trust::Check::kAuthenticTimestamp)];
    EXPECT_EQ(check.reason, report.message);
    EXPECT_EQ(report.stopped_at,
              check.result == CheckResult::kPassed ? Step::kDone : Step::kTimestamp);
    return std::string(name(check.result)) + " " + check.reason;
  };
  EXPECT_EQ(reason(stamped(stamp("20260501000000Z"))), "passed ");
  EXPECT_EQ(reason(stamped(stamp("20190101000000Z"))),
            "failed timestamp countersignature: the time of the timestamp 2019-01-01T00:00:00Z is "
            "before the validity period of certificate \"CN=tsa signer,O=Acme,ST=WA,C=US\", which "
            "begins 2020-01-01T00:00:00Z");
  EXPECT_EQ(reason({.stores = R"(["ca:shop","tsa:authority"])"}),
            "failed no timestamp countersignature was found, and the trust policy asks for one (it "
            "lists a tsa trust store)");
}

// TS-41
TEST(Judge, WarnsOfATimestampInTheFuture) {
  EXPECT_TRUE(report_of(stamped(stamp("20260601000500Z"))).warnings.empty());
  const SignatureReport report = report_of(stamped(stamp("20260601000501Z")));
  EXPECT_EQ(report.outcome, Outcome::kVerified);
  EXPECT_EQ(report.warnings, std::vector<std::string>{"the time of the timestamp "
                                                      "2026-06-01T00:05:01Z lies in the future"});
}

const Edit kNamesOcsp = [](auto& certificate) {
  certificate.with(testing::ocsp_responder("http://ocsp.example"));
};
const Edit kNamesCrl = [](auto& certificate) {
  certificate.with(testing::crl_distribution_point("http://crl.example/x"));
};

std::vector<Row> revocations() {
  using enum revocation::Status;
  const Chain alone = testing::self_signed(KeyKind::kP256, kNamesOcsp);
  const Chain both = chain_with(kNamesOcsp, kNamesCrl);
  const Case revoked{.chain = both, .statuses = {{"signer", kRevoked}, {"issuing 1", kGood}}};
  const Case skipped = at_level(revoked, "strict", R"({"revocation":"skip"})");
  return {
      {"OcspAtLeaf", {.chain = chain_with(kNamesOcsp)}, "CS201"},
      {"CrlAtLeaf", {.chain = chain_with(kNamesCrl)}, "CS201"},
      {"OcspAtIntermediate", {.chain = chain_with({}, kNamesOcsp)}, "CS201"},
      {"CrlAtIntermediate", {.chain = chain_with({}, kNamesCrl)}, "CS201"},
      {"OcspLogged", {.chain = chain_with(kNamesOcsp), .level = "permissive"}, "CS000 revocation"},
      // shows: N-531
      {"Skipped", skipped, "CS000"},
      // shows: N-480
      {"SingleCertificate", {.chain = alone}, "CS000"},
      // shows: N-481
      {"OnlyAtTheRoot", {.chain = chain_with({}, {}, kNamesCrl)}, "CS000"},
      {"BothAtTheRoot", {.chain = chain_with({}, {}, kNamesOcsp)}, "CS000"},
      {"AllGood", {.chain = both, .statuses = {{"signer", kGood}, {"issuing 1", kGood}}}, "CS000"},
      {"NonRevocableCannotBeSaid",
       {.chain = both, .statuses = {{"signer", kNonRevocable}, {"issuing 1", kGood}}},
       "CS201"},
      // shows: N-533
      {"Revoked", revoked, "CS108"},
      // shows: N-532
      {"RevokedLogged", at_level(revoked, "strict", R"({"revocation":"log"})"), "CS000 revocation"},
      {"RevokedPermissive", at_level(revoked, "permissive"), "CS000 revocation"},
      // shows: N-486
      {"UnknownThenRevoked", {.chain = both, .statuses = {{"issuing 1", kRevoked}}}, "CS108"},
      {"RevokedThenUnknown", {.chain = both, .statuses = {{"signer", kRevoked}}}, "CS108"},
      {"GoodThenUnknown", {.chain = both, .statuses = {{"signer", kGood}}}, "CS201"},
      {"AuditUntrustedExpiredRevoked",
       {.chain = both,
        .level = "audit",
        .stores = R"(["ca:none"])",
        .jws = [](auto& jws) { jws.expiry("2026-02-01T00:00:00Z"); },
        .statuses = {{"signer", kRevoked}}},
       "CS000 authenticity expiry"},
      {"AuditRevokedForAnotherImage",
       {.chain = both,
        .level = "audit",
        .jws = [](auto& jws) { jws.payload("{}"); },
        .statuses = {{"signer", kRevoked}}},
       "CS104 revocation"},
  };
}
INSTANTIATE_TEST_SUITE_P(Revocation, Times, ::testing::ValuesIn(revocations()), kRowName);

// RV-6, N-531: what is asked, and that nothing is asked that need not be.
TEST(Judge, AsksAboutRevocationOnlyWhatItMust) {
  std::vector<RevocationNeed> asked;
  const Chain both = chain_with(kNamesOcsp, kNamesCrl);
  Case each{.chain = both, .asked = &asked};
  EXPECT_EQ(judged(each), "CS201");
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].of, RevocationNeed::Of::kSigner);
  EXPECT_EQ(asked[0].question.chain, certificates(both.ders));
  EXPECT_EQ(asked[0].question.signing_time, std::nullopt);
  EXPECT_EQ(format_rfc3339(asked[0].question.now), kNow);
  asked.clear();
  each.stores = R"(["signingAuthority:shop"])";
  each.jws = [](auto& jws) { jws.signing_authority("2026-01-02T00:00:00Z"); };
  EXPECT_EQ(judged(each), "CS201");
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(format_rfc3339(asked[0].question.signing_time.value_or(Instant{})),
            "2026-01-02T00:00:00Z");
  asked.clear();
  each.override_ = R"({"revocation":"skip"})";
  EXPECT_EQ(judged(each), "CS000");
  each.chain = make_chain();
  each.override_ = "{}";
  EXPECT_EQ(judged(each), "CS000");
  each.chain = both;
  each.stores = R"(["ca:none"])";
  EXPECT_EQ(judged(each), "CS102");
  EXPECT_TRUE(asked.empty());
}

// RV-3.
TEST(Judge, NamesTheCertificateThatDecided) {
  const Chain both = chain_with(kNamesOcsp, kNamesCrl);
  const auto message = [&](std::map<std::string, revocation::Status> statuses) {
    return report_of({.chain = both, .statuses = std::move(statuses)}).message;
  };
  EXPECT_EQ(message({{"issuing 1", revocation::Status::kRevoked}}),
            "signing certificate with subject \"CN=issuing 1,O=Acme,ST=WA,C=US\" is revoked: "
            "somebody said so");
  EXPECT_EQ(message({{"signer", revocation::Status::kRevoked},
                     {"issuing 1", revocation::Status::kRevoked}}),
            "signing certificate with subject \"CN=signer,O=Acme,ST=WA,C=US\" is revoked: "
            "somebody said so");
  EXPECT_EQ(message({}),
            "signing certificate with subject \"CN=signer,O=Acme,ST=WA,C=US\" revocation status is "
            "unknown: somebody said so");
}

/// A judgement that waits for an answer about the signer, and then for nothing.
TEST(Judgement, GoesOnWhereItStopped) {
  const Case each{.chain = chain_with(kNamesOcsp)};
  const std::string text = JwsBuilder(each.chain).build();
  Result<FetchedSignature> fetched =
      FetchedSignature{.media_type = each.media_type, .envelope = {text.begin(), text.end()}};
  const trust::Statement statement = statement_of(each);
  trust::TrustStores stores;
  stores.emplace(StoreId{StoreType::kCa, "shop"}, certificates({each.chain.ders.back()}));
  const Question question{.subject = each.subject,
                          .statement = statement,
                          .stores = stores,
                          .now = *parse_rfc3339(kNow)};
  const auto begun = [&] { return SignatureJudgement("sha256:manifest", fetched, question); };
  const revocation::ChainAnswer good(3, {.status = revocation::Status::kGood});

  SignatureJudgement judgement = begun();
  fetched = Error();  // not looked at again
  ASSERT_NE(judgement.need(), nullptr);
  SignatureJudgement moved = std::move(judgement);
  ASSERT_NE(moved.need(), nullptr);
  moved.supply(good);
  EXPECT_EQ(moved.need(), nullptr);
  moved.supply({});  // nobody asked
  EXPECT_EQ(std::move(moved).report().outcome, Outcome::kVerified);

  fetched = FetchedSignature{.media_type = each.media_type, .envelope = {text.begin(), text.end()}};
  const SignatureReport early = begun().report();
  EXPECT_EQ(early.outcome, Outcome::kInternalError);
  EXPECT_FALSE(early.message.empty());
  SignatureJudgement unanswered = begun();
  unanswered.supply({});
  EXPECT_EQ(std::move(unanswered).report().outcome, Outcome::kRevocationUnknown);
}

}  // namespace
}  // namespace countersign::verify
