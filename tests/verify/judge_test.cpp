// One signature under one statement: every step of the verification, its level, and what it ends
// in.
#include "verify/judge.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "support/cose_builder.hpp"
#include "support/jws_builder.hpp"
#include "support/matchers.hpp"
#include "support/timestamp_builder.hpp"

namespace countersign::verify {
namespace {

using countersign::testing::acme;
using countersign::testing::Chain;
using countersign::testing::ChainSpec;
using countersign::testing::CoseBuilder;
using countersign::testing::Edit;
using countersign::testing::JwsBuilder;
using countersign::testing::KeyKind;
using countersign::testing::make_chain;
using countersign::testing::make_token;
using countersign::testing::make_tsa_chain;
using countersign::testing::TokenSpec;
using trust::StoreId;
using trust::StoreType;

const std::string kNow = "2026-06-01T00:00:00Z";
constexpr const char* kPlugin = "io.cncf.notary.verificationPlugin";
constexpr const char* kPluginVersion = "io.cncf.notary.verificationPluginMinVersion";

std::vector<x509::Certificate> certificates(const std::vector<Bytes>& ders) {
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

trust::Statement statement_of(const Case& each) {
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

SignatureReport report_of(const Case& each) {
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
std::string judged(const Case& each) {
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
class Signatures : public ::testing::TestWithParam<Row> {};
TEST_P(Signatures, EndInThis) { EXPECT_EQ(judged(GetParam().input), GetParam().want); }
constexpr auto kRowName = [](const auto& each) { return each.param.name; };

Chain chain_with(Edit leaf, Edit intermediate = {}, Edit root = {}) {
  ChainSpec spec;
  spec.leaf = std::move(leaf);
  spec.intermediate = std::move(intermediate);
  spec.root = std::move(root);
  return make_chain(spec);
}
Edit valid(const char* from, const char* until) {
  return [=](auto& certificate) { certificate.valid(from, until); };
}
const Edit kExpired = valid("200101000000Z", "260531235959Z");
const Edit kNotYet = valid("260601000001Z", "400101000000Z");

std::vector<Row> expiry() {
  const auto expires = [](const char* when) { return [=](JwsBuilder& jws) { jws.expiry(when); }; };
  return {
      // shows: N-55 N-414 N-479
      {"Plain", {}, "CS000"},
      // shows: N-227
      {"PastStrict", {.jws = expires("2026-05-31T00:00:00Z")}, "CS105"},
      // shows: N-228
      {"PastPermissive",
       {.level = "permissive", .jws = expires("2026-05-31T00:00:00Z")},
       "CS000 expiry"},
      {"PastAudit", {.level = "audit", .jws = expires("2026-05-31T00:00:00Z")}, "CS000 expiry"},
      // shows: N-229
      {"PastLogged",
       {.override_ = R"({"expiry":"log"})", .jws = expires("2026-05-31T00:00:00Z")},
       "CS000 expiry"},
      // shows: N-230
      {"PastEnforced",
       {.level = "permissive",
        .override_ = R"({"expiry":"enforce"})",
        .jws = expires("2026-05-31T00:00:00Z")},
       "CS105"},
      {"PastEnforcedInAudit",
       {.level = "audit",
        .override_ = R"({"expiry":"enforce"})",
        .jws = expires("2026-05-31T00:00:00Z")},
       "CS105"},
      // shows: N-231
      {"ExactlyNow", {.jws = expires("2026-06-01T00:00:00Z")}, "CS105"},
      // shows: N-232
      {"NanosecondToGo", {.jws = expires("2026-06-01T00:00:00.000000001Z")}, "CS000"},
      // shows: N-233
      {"None", {}, "CS000"},
      // shows: N-156
      {"SignedInTheFuture",
       {.jws = [](auto& jws) { jws.signing_time("2999-01-01T00:00:00Z"); }},
       "CS000"},
  };
}
INSTANTIATE_TEST_SUITE_P(Expiry, Signatures, ::testing::ValuesIn(expiry()), kRowName);

std::vector<Row> schemes() {
  const auto authority = [](const char* when) {
    return [=](JwsBuilder& jws) { jws.signing_authority(when); };
  };
  const std::string sa = R"(["signingAuthority:shop"])";
  const Edit year_2020 = valid("200101000000Z", "210101000000Z");
  const Chain past = chain_with(year_2020, year_2020, year_2020);
  const Chain young_root = chain_with({}, {}, valid("250101000000Z", "400101000000Z"));
  return {
      // shows: N-235 N-242
      {"Authority", {.stores = sa, .jws = authority("2026-01-01T00:00:00Z")}, "CS000"},
      // shows: N-236
      {"AtNotBefore",
       {.chain = past, .stores = sa, .jws = authority("2020-01-01T00:00:00Z")},
       "CS000"},
      {"AtNotAfter",
       {.chain = past, .stores = sa, .jws = authority("2021-01-01T00:00:00Z")},
       "CS000"},
      {"JustAfterNotAfter",
       {.chain = past, .stores = sa, .jws = authority("2021-01-01T00:00:00.000000001Z")},
       "CS106"},
      // shows: N-237
      {"BeforeTheRoot",
       {.chain = young_root, .stores = sa, .jws = authority("2024-12-31T23:59:59Z")},
       "CS106"},
      {"BeforeTheRootLogged",
       {.chain = young_root,
        .level = "permissive",
        .stores = sa,
        .jws = authority("2024-12-31T23:59:59Z")},
       "CS000 authenticTimestamp"},
      // shows: N-238
      {"ExpiredNowValidThen",
       {.chain = past, .stores = sa, .jws = authority("2020-07-01T00:00:00Z")},
       "CS000"},
      // shows: N-239
      {"GarbageTimestamp",
       {.stores = sa,
        .jws = [](auto& jws) { jws.signing_authority("2026-01-01T00:00:00Z").timestamp("AQID"); }},
       "CS000"},
      // shows: N-425
      {"TsaStoreDoesNotMatter",
       {.stores = R"(["signingAuthority:shop","tsa:none"])",
        .jws = [](auto& jws) { jws.signing_authority("2026-01-01T00:00:00Z").timestamp("AQID"); }},
       "CS000"},
      // shows: N-240
      {"AuthorityWithCaStoresOnly", {.jws = authority("2026-01-01T00:00:00Z")}, "CS102"},
      // shows: N-241
      {"X509WithAuthorityStoresOnly", {.stores = sa}, "CS102"},
      {"X509WithAuthorityStoresOnlyAudit", {.level = "audit", .stores = sa}, "CS000 authenticity"},
      {"SignedInTheFuture", {.stores = sa, .jws = authority("2027-01-01T00:00:00Z")}, "CS000"},
  };
}
INSTANTIATE_TEST_SUITE_P(Scheme, Signatures, ::testing::ValuesIn(schemes()), kRowName);

TEST(Judge, WarnsOfAnAuthenticTimeInTheFuture) {
  const auto warnings_at = [](const char* when) {
    return report_of({.stores = R"(["signingAuthority:shop"])",
                      .jws = [=](auto& jws) { jws.signing_authority(when); }})
        .warnings;
  };
  EXPECT_TRUE(warnings_at("2026-06-01T00:05:00Z").empty());
  EXPECT_EQ(warnings_at("2026-06-01T00:05:01Z"),
            std::vector<std::string>{
                "the authentic signing time 2026-06-01T00:05:01Z lies in the future"});
}

std::vector<Row> trust_stores() {
  const auto store = [](std::vector<Bytes> ders) {
    return [ders = std::move(ders)](trust::TrustStores& stores) {
      stores.insert_or_assign(StoreId{StoreType::kCa, "shop"}, certificates(ders));
    };
  };
  const Chain chain = make_chain();
  const Chain stranger = testing::self_signed(KeyKind::kP384);
  const Chain alone = testing::self_signed();
  // The root again: same subject, key and serial number, other bytes.
  const Bytes root_again = testing::CertificateBuilder()
                               .subject(acme("root"))
                               .of(testing::key(KeyKind::kP256, 1))
                               .serial(1)
                               .ca()
                               .sign_with(testing::key(KeyKind::kP256, 1));
  const auto other_in_shop = store(stranger.ders);
  const auto broken = [](trust::TrustStores& stores) {
    stores.insert_or_assign(StoreId{StoreType::kCa, "broken"},
                            Error(Outcome::kUntrustedSigner, "TR-6", "bad file"));
  };
  return {
      // shows: N-313
      {"RootInStore", {.chain = chain}, "CS000"},
      // shows: N-314
      {"OnlyIntermediateInStore", {.chain = chain, .edit_stores = store({chain.ders[1]})}, "CS000"},
      // shows: N-315
      {"OnlyLeafInStore", {.chain = alone, .edit_stores = store(alone.ders)}, "CS000"},
      // shows: N-316
      {"SameRootOfOtherBytes", {.chain = chain, .edit_stores = store({root_again})}, "CS102"},
      // shows: N-317
      {"ChainWithoutRoot",
       {.chain = {.ders = {chain.ders[0], chain.ders[1]}, .leaf_key = chain.leaf_key},
        .edit_stores = store({chain.ders[2]})},
       "CS104"},
      // shows: N-318
      {"StrangerStrict", {.edit_stores = other_in_shop}, "CS102"},
      {"StrangerPermissive", {.level = "permissive", .edit_stores = other_in_shop}, "CS102"},
      {"StrangerAudit", {.level = "audit", .edit_stores = other_in_shop}, "CS000 authenticity"},
      // shows: N-302
      {"NoSuchStore", {.stores = R"(["ca:none"])"}, "CS102"},
      // shows: N-309
      {"FirstMatchesSecondMissing", {.stores = R"(["ca:shop","ca:none"])"}, "CS102"},
      {"FirstMatchesSecondBroken",
       {.stores = R"(["ca:shop","ca:broken"])", .edit_stores = broken},
       "CS102"},
      {"BrokenAudit",
       {.level = "audit", .stores = R"(["ca:shop","ca:broken"])", .edit_stores = broken},
       "CS000 authenticity"},
      // shows: N-310
      {"SecondMatches",
       {.stores = R"(["ca:shop","ca:other"])", .edit_stores = other_in_shop},
       "CS000"},
      // shows: N-311
      {"SameStoreTwice", {.stores = R"(["ca:shop","ca:shop"])"}, "CS000"},
      // shows: N-312
      {"MissingTsaStoreIsNotAskedFor",
       {.verify_timestamp = "afterCertExpiry", .stores = R"(["ca:shop","tsa:none"])"},
       "CS000"},
      {"MissingStoreOfTheOtherScheme",
       {.stores = R"(["ca:shop","signingAuthority:none"])"},
       "CS000"},
      // shows: N-340
      {"OnlyTsaStores", {.stores = R"(["tsa:shop"])"}, "CS102"},
      // shows: N-400
      {"StrangerLogged",
       {.override_ = R"({"authenticity":"log"})", .edit_stores = other_in_shop},
       "CS000 authenticity"},
      // shows: N-401
      {"StrangerEnforcedInAudit",
       {.level = "audit",
        .override_ = R"({"authenticity":"enforce"})",
        .edit_stores = other_in_shop},
       "CS102"},
  };
}
INSTANTIATE_TEST_SUITE_P(Stores, Signatures, ::testing::ValuesIn(trust_stores()), kRowName);

std::vector<Row> identities() {
  const auto leaf_named = [](std::vector<testing::Attribute> attributes) {
    return chain_with([name = testing::name(attributes)](auto& leaf) { leaf.subject(name); });
  };
  const std::vector<testing::Attribute> base = {
      {"C", "US"}, {"ST", "WA"}, {"L", "Seattle"}, {"O", "Notary"}, {"CN", "e2e"}};
  const auto with = [&](const char* type, const char* value) {
    auto all = base;
    all.push_back({type, value});
    return leaf_named(all);
  };
  const Chain e2e = leaf_named(base);
  const std::string full = R"(["x509.subject: CN=e2e,O=Notary,L=Seattle,ST=WA,C=US"])";
  const std::string some = R"(["x509.subject: C=US, ST=WA, O=Notary"])";
  return {
      // shows: N-366
      {"StarForAnySubject", {.chain = leaf_named({{"CN", "x"}})}, "CS000"},
      {"StarForEmptySubject", {.chain = leaf_named({})}, "CS000"},
      // shows: N-367
      {"SameSubject", {.chain = e2e, .identities = full}, "CS000"},
      // shows: N-368 N-369
      {"Subset", {.chain = e2e, .identities = some}, "CS000"},
      // shows: N-370
      {"ValueCase",
       {.chain = e2e, .identities = R"(["x509.subject: C=US, ST=WA, O=notary"])"},
       "CS103"},
      // shows: N-371
      {"StateAsS",
       {.chain = e2e, .identities = R"(["x509.subject: C=US, S=WA, O=Notary"])"},
       "CS000"},
      // shows: N-374
      {"OtherCountry",
       {.chain = e2e, .identities = R"(["x509.subject: C=USB, ST=WA, O=Notary"])"},
       "CS103"},
      // shows: N-375
      {"SecondMatches",
       {.chain = e2e,
        .identities =
            R"(["x509.subject: C=US, ST=WA, O=Other","x509.subject: C=US, ST=WA, O=Notary"])"},
       "CS000"},
      // shows: N-387
      {"HashInCommonName",
       {.chain = leaf_named({{"C", "US"}, {"ST", "WA"}, {"O", "Notary"}, {"CN", "Bad=#CN"}}),
        .identities = some},
       "CS103"},
      // shows: N-388
      {"EmailAddress",
       {.chain = with("1.2.840.113549.1.9.1", "a@b.c"), .identities = some},
       "CS103"},
      {"EmailAddressForStar", {.chain = with("1.2.840.113549.1.9.1", "a@b.c")}, "CS000"},
      {"DomainComponent",
       {.chain = with("0.9.2342.19200300.100.1.25", "com"), .identities = some},
       "CS103"},
      // shows: N-389
      {"TwoUnits",
       {.chain =
            [&] {
              auto all = base;
              all.push_back({"OU", "a"});
              all.push_back({"OU", "b"});
              return leaf_named(all);
            }(),
        .identities = some},
       "CS103"},
      // shows: N-390
      {"LastOfTwoCommonNames",
       {.chain = with("CN", "last"),
        .identities = R"(["x509.subject: C=US, ST=WA, O=Notary, CN=last"])"},
       "CS000"},
      {"FirstOfTwoCommonNames", {.chain = with("CN", "last"), .identities = full}, "CS103"},
      // shows: N-391
      {"SubjectWithoutOrganization",
       {.chain = leaf_named({{"C", "US"}, {"ST", "WA"}}), .identities = some},
       "CS103"},
      // shows: N-392
      {"EmptyUnit",
       {.chain = e2e, .identities = R"(["x509.subject: C=US, ST=WA, O=Notary, OU="])"},
       "CS000"},
      // shows: N-393
      {"OnlyTheIssuerMatches",
       {.chain = e2e, .identities = R"(["x509.subject: C=US, ST=WA, O=Acme, CN=issuing 1"])"},
       "CS103"},
      // shows: N-394
      {"OtherIdentityAudit",
       {.chain = e2e, .level = "audit", .identities = R"(["x509.subject: C=US, ST=WA, O=x"])"},
       "CS000 authenticity"},
      // shows: N-345
      {"NoX509Identities", {.identities = R"(["foo:bar"])"}, "CS103"},
      // shows: N-395
      {"ManyAttributes",
       {.chain = leaf_named({{"C", "US", 0x13},
                             {"ST", "WA"},
                             {"L", "Seattle"},
                             {"O", "SomeOrg"},
                             {"OU", "SomeOU"},
                             {"CN", "SomeCN"}}),
        .identities = R"(["x509.subject: CN=SomeCN,OU=SomeOU,O=SomeOrg,L=Seattle,ST=WA,C=US"])"},
       "CS000"},
      {"OneOfManyAttributesDiffers",
       {.chain = leaf_named({{"C", "US", 0x13},
                             {"ST", "WA"},
                             {"L", "Seattle"},
                             {"O", "SomeOrg"},
                             {"OU", "SomeOU"},
                             {"CN", "SomeCN"}}),
        .identities = R"(["x509.subject: CN=SomeCN,OU=OtherOU,O=SomeOrg,L=Seattle,ST=WA,C=US"])"},
       "CS103"},
  };
}
INSTANTIATE_TEST_SUITE_P(Identity, Signatures, ::testing::ValuesIn(identities()), kRowName);

std::vector<Row> levels() {
  const auto tampered = [](JwsBuilder& jws) { jws.payload_text("e30"); };
  const auto plugin = [](const char* json, bool critical) {
    return [=](JwsBuilder& jws) { jws.attribute(kPlugin, json, critical); };
  };
  const auto both = [](const char* version) {
    return [=](JwsBuilder& jws) {
      jws.attribute(kPlugin, "\"plugin-name\"", true).attribute(kPluginVersion, version, true);
    };
  };
  return {
      // shows: N-396
      {"TamperedPermissive", {.level = "permissive", .jws = tampered}, "CS104"},
      {"TamperedAudit", {.level = "audit", .jws = tampered}, "CS104"},
      // shows: N-397
      {"ExpiredSignerPermissive",
       {.chain = chain_with(kExpired), .level = "permissive"},
       "CS000 authenticTimestamp"},
      {"ExpiredSignerStrict", {.chain = chain_with(kExpired)}, "CS106"},
      // shows: N-403
      {"PluginStrict", {.jws = plugin("\"plugin-name\"", true)}, "CS109"},
      {"PluginPermissive",
       {.level = "permissive", .jws = plugin("\"plugin-name\"", true)},
       "CS109"},
      {"PluginAudit", {.level = "audit", .jws = plugin("\"plugin-name\"", true)}, "CS109"},
      // shows: N-404
      {"PluginNotCritical", {.jws = plugin("\"plugin-name\"", false)}, "CS109"},
      // shows: N-405
      {"PluginEmpty", {.jws = plugin("\"\"", true)}, "CS109"},
      {"PluginBlank", {.jws = plugin("\"  \"", true)}, "CS109"},
      // shows: N-406
      {"PluginNumber", {.jws = plugin("7", true)}, "CS109"},
      // shows: N-407
      {"PluginVersionShort", {.jws = both("\"1.0\"")}, "CS109"},
      {"PluginVersionWithV", {.jws = both("\"v1.0.0\"")}, "CS109"},
      // shows: N-408
      {"PluginVersionAlone",
       {.jws = [](auto& jws) { jws.attribute(kPluginVersion, "\"1.0.0\"", true); }},
       "CS109"},
      {"PluginVersionAloneNotCritical",
       {.jws = [](auto& jws) { jws.attribute(kPluginVersion, "\"1.0.0\"", false); }},
       "CS000"},
      // shows: N-409
      {"PluginWithGoodVersion", {.jws = both("\"1.0.0\"")}, "CS109"},
      // shows: N-141 N-410
      {"UnknownCritical",
       {.jws = [](auto& jws) { jws.attribute("example.com/x", "1", true); }},
       "CS109"},
      {"UnknownCriticalAudit",
       {.level = "audit", .jws = [](auto& jws) { jws.attribute("example.com/x", "1", true); }},
       "CS109"},
      {"B64Critical", {.jws = [](auto& jws) { jws.attribute("b64", "false", true); }}, "CS109"},
      // shows: N-143 N-411
      {"UnknownNotCritical",
       {.jws = [](auto& jws) { jws.attribute("example.com/x", "1", false); }},
       "CS000"},
      // Octets of the other format.
      {"Cose", {.media_type = "application/cose"}, "CS104"},
      {"CoseAudit", {.level = "audit", .media_type = "application/cose"}, "CS104"},
  };
}
INSTANTIATE_TEST_SUITE_P(Levels, Signatures, ::testing::ValuesIn(levels()), kRowName);

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
INSTANTIATE_TEST_SUITE_P(Times, Signatures, ::testing::ValuesIn(times()), kRowName);

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
INSTANTIATE_TEST_SUITE_P(Timestamps, Signatures, ::testing::ValuesIn(timestamps()), kRowName);

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
      // shows: N-398
      {"AuditUntrustedExpiredRevoked",
       {.chain = both,
        .level = "audit",
        .stores = R"(["ca:none"])",
        .jws = [](auto& jws) { jws.expiry("2026-02-01T00:00:00Z"); },
        .statuses = {{"signer", kRevoked}}},
       "CS000 authenticity expiry revocation"},
      {"AuditRevokedForAnotherImage",
       {.chain = both,
        .level = "audit",
        .jws = [](auto& jws) { jws.payload("{}"); },
        .statuses = {{"signer", kRevoked}}},
       "CS104 revocation"},
  };
}
INSTANTIATE_TEST_SUITE_P(Revocation, Signatures, ::testing::ValuesIn(revocations()), kRowName);

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

std::vector<Row> targets() {
  const auto payload = [](std::string members) {
    return [=](JwsBuilder& jws) { jws.payload(R"({"targetArtifact":{)" + members + "}}"); };
  };
  const std::string type = R"("mediaType":")" + std::string(testing::kTestImageType) + R"(")";
  const std::string digest = R"("digest":")" + std::string(testing::kTestImageDigest) + R"(")";
  const std::string size = R"("size":517)";
  const std::string other_digest = R"("digest":"sha256:)" + std::string(64, 'b') + R"(")";
  const std::string upper_digest = R"("digest":"sha256:)" + std::string(64, 'A') + R"(")";
  std::vector<Row> rows = {
      // shows: N-62 N-76
      {"ExtraMembers",
       {.jws = payload(type + "," + digest + "," + size +
                       R"(,"urls":[],"annotations":{"io.cncf.notary.x":"y"})")},
       "CS000"},
      // shows: N-56
      {"OtherMediaType",
       {.jws = payload(R"("mediaType":"application/vnd.docker.distribution.manifest.v2+json",)" +
                       digest + "," + size)},
       "CS104"},
      // shows: N-57
      {"SizeOffByOne", {.jws = payload(type + "," + digest + R"(,"size":518)")}, "CS104"},
      // shows: N-59
      {"DigestInUpperCase", {.jws = payload(type + "," + upper_digest + "," + size)}, "CS104"},
      // shows: N-60
      {"NoMediaType", {.jws = payload(digest + "," + size)}, "CS104"},
      {"NoDigest", {.jws = payload(type + "," + size)}, "CS104"},
      {"NoSize", {.jws = payload(type + "," + digest)}, "CS104"},
      // shows: N-61
      {"SizeAsString", {.jws = payload(type + "," + digest + R"(,"size":"517")")}, "CS104"},
      {"SizeAsFraction", {.jws = payload(type + "," + digest + R"(,"size":517.0)")}, "CS104"},
      // shows: N-64
      {"DigestTwice",
       {.jws = payload(type + "," + other_digest + "," + digest + "," + size)},
       "CS104"},
      // shows: N-65
      {"TargetInAnotherCase",
       {.jws =
            [=](auto& jws) {
              jws.payload(R"({"TargetArtifact":{)" + type + "," + digest + "," + size + "}}");
            }},
       "CS104"},
      {"EmptyObject", {.jws = [](auto& jws) { jws.payload("{}"); }}, "CS104"},
  };
  // shows: N-58 N-399
  for (const char* level : {"strict", "permissive", "audit"}) {
    rows.push_back({std::string("OtherDigest_") + level,
                    {.level = level, .jws = payload(type + "," + other_digest + "," + size)},
                    "CS104"});
  }
  return rows;
}
INSTANTIATE_TEST_SUITE_P(Target, Signatures, ::testing::ValuesIn(targets()), kRowName);

std::string checks(const SignatureReport& report) {
  std::string text;
  for (const CheckReport& each : report.checks) {
    text += (text.empty() ? "" : " ") + std::string(name(each.check)) + "=" +
            std::string(name(each.result));
  }
  return text;
}

TEST(Judge, ReportsEveryCheckAlsoThoseThatWereNotReached) {
  EXPECT_EQ(checks(report_of({})),
            "integrity=passed authenticity=passed authenticTimestamp=passed expiry=passed "
            "revocation=passed");
  EXPECT_EQ(checks(report_of({.jws = [](auto& jws) { jws.signature_text("AAAA"); }})),
            "integrity=failed authenticity=notReached authenticTimestamp=notReached "
            "expiry=notReached revocation=notReached");
  EXPECT_EQ(checks(report_of({.stores = R"(["ca:none"])"})),
            "integrity=passed authenticity=failed authenticTimestamp=notReached expiry=notReached "
            "revocation=notReached");
  EXPECT_EQ(checks(report_of({.override_ = R"({"revocation":"skip"})"})),
            "integrity=passed authenticity=passed authenticTimestamp=passed expiry=passed "
            "revocation=skipped");
  EXPECT_EQ(checks(report_of({.jws = [](auto& jws) { jws.attribute("x", "1", true); }})),
            "integrity=passed authenticity=notReached authenticTimestamp=notReached "
            "expiry=notReached revocation=notReached");
}

// shows: N-402
TEST(Judge, AuditGoesOnAndKeepsEveryText) {
  const SignatureReport report = report_of(
      {.chain = chain_with([](auto& leaf) {
         leaf.valid("200101000000Z", "260531235959Z").with(testing::ocsp_responder("http://o"));
       }),
       .level = "audit",
       .stores = R"(["ca:none"])",
       .identities = R"(["x509.subject: C=US, ST=WA, O=Other"])",
       .jws = [](auto& jws) { jws.expiry("2026-02-01T00:00:00Z"); }});
  EXPECT_EQ(report.outcome, Outcome::kVerified);
  EXPECT_EQ(checks(report),
            "integrity=passed authenticity=failed authenticTimestamp=failed expiry=failed "
            "revocation=failed");
  ASSERT_EQ(report.warnings.size(), 4U);
  EXPECT_EQ(report.warnings[0],
            "authenticity was set to \"log\" and failed with error: the trust store \"none\" of "
            "type \"ca\" does not exist; the "
            "signing certificate \"CN=signer,O=Acme,ST=WA,C=US\" does not match the trusted "
            "identities of the statement "
            "\"shop\"");
}

TEST(Judge, DescribesTheSignatureOnceItIsKnown) {
  const SignatureReport report = report_of(
      {.chain = chain_with([](auto& leaf) { leaf.subject(testing::name({{"CN", "evil\nname"}})); }),
       .jws = [](auto& jws) { jws.expiry("2027-01-01T00:00:00Z"); }});
  EXPECT_EQ(report.digest, "sha256:manifest");
  EXPECT_EQ(report.scheme, "notary.x509");
  EXPECT_EQ(report.signing_time, "2026-01-01T00:00:00Z");
  EXPECT_EQ(report.expiry, "2027-01-01T00:00:00Z");
  EXPECT_EQ(report.signer.subject, "CN=evil\\nname");
  EXPECT_EQ(report.signer.issuer, "CN=issuing 1,O=Acme,ST=WA,C=US");
  EXPECT_EQ(report.signer.serial, "64");
  EXPECT_EQ(report.signer.thumbprint.size(), 64U);
  const SignatureReport forged = report_of({.jws = [](auto& jws) { jws.signature_text("AAAA"); }});
  EXPECT_EQ(forged.signer.subject, "");
  EXPECT_EQ(forged.scheme, "");
}

// PL-9: what a signer claims is shown only if it verified.
TEST(Judge, UserMetadataIsOnlyThatOfAVerifiedSignature) {
  const auto annotated = [](std::string digest) {
    return [=](JwsBuilder& jws) {
      jws.payload(R"({"targetArtifact":{"mediaType":")" + std::string(testing::kTestImageType) +
                  R"(","digest":")" + digest + R"(","size":517,"annotations":{"io.build":"17"}}})");
    };
  };
  EXPECT_EQ(report_of({.jws = annotated(std::string(testing::kTestImageDigest))})
                .user_metadata.at("io.build"),
            "17");
  EXPECT_TRUE(
      report_of({.jws = annotated("sha256:" + std::string(64, 'b'))}).user_metadata.empty());
}

TEST(Judge, AFailedFetchIsThatCandidatesFailure) {
  const Subject subject = Case().subject;
  const trust::Statement statement = statement_of({});
  const trust::TrustStores stores;
  const Question question{
      .subject = subject, .statement = statement, .stores = stores, .now = *parse_rfc3339(kNow)};
  const SignatureReport report = judge_signature(
      "sha256:m", Error(Outcome::kRegistryMisbehaved, "DIGEST_MISMATCH", "wrong digest"), question,
      [](const RevocationNeed&) { return revocation::ChainAnswer{}; });
  EXPECT_EQ(report.outcome, Outcome::kRegistryMisbehaved);
  EXPECT_EQ(report.stopped_at, Step::kFetch);
  EXPECT_EQ(report.message, "wrong digest");
  EXPECT_EQ(checks(report),
            "integrity=notReached authenticity=notReached authenticTimestamp=notReached "
            "expiry=notReached "
            "revocation=notReached");
  EXPECT_EQ(SignatureReport().outcome, Outcome::kInternalError);
}

TEST(Judge, MessagesFromOutsideStayShort) {
  const std::string endless(5000, 'x');
  for (const SignatureReport& report :
       {report_of({.jws = [&](auto& jws) { jws.attribute(endless, "1", true); }}),
        report_of(
            {.jws =
                 [&](auto& jws) { jws.attribute(kPlugin, testing::json_string(endless), true); }}),
        report_of({.jws = [&](auto& jws) { jws.alg(endless); }}),
        report_of({.jws =
                       [&](auto& jws) {
                         jws.payload(R"({"targetArtifact":{"digest":")" + endless + "\"}}");
                       }}),
        report_of({.stores = R"(["signingAuthority:shop"])", .jws = [&](auto& jws) {
                     jws.protected_header().put("io.cncf.notary.signingScheme",
                                                testing::json_string(endless));
                   }})}) {
    EXPECT_NE(report.outcome, Outcome::kVerified);
    EXPECT_LT(report.message.size(), 1000U);
  }
}

}  // namespace
}  // namespace countersign::verify
