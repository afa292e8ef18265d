// One signature under one statement: every step of the verification that is not about time or
// revocation, its level, and what it ends in.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/matchers.hpp"
#include "verify/judge_case.hpp"

namespace countersign::verify {
namespace {

using testing::acme;

constexpr const char* kPlugin = "io.cncf.notary.verificationPlugin";
constexpr const char* kPluginVersion = "io.cncf.notary.verificationPluginMinVersion";

class Signatures : public ::testing::TestWithParam<Row> {};
TEST_P(Signatures, EndInThis) { EXPECT_EQ(judged(GetParam().input), GetParam().want); }

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
      {"ChainWithoutRoot",
       {.chain = {.ders = {chain.ders[0], chain.ders[1]}, .leaf_key = chain.leaf_key},
        .edit_stores = store({chain.ders[2]})},
       "CS102"},
      {"ChainWithoutRootOfATrustedIntermediate",
       {.chain = {.ders = {chain.ders[0], chain.ders[1]}, .leaf_key = chain.leaf_key},
        .edit_stores = store({chain.ders[1]})},
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
      {"HashInCommonName",
       {.chain = leaf_named({{"C", "US"}, {"ST", "WA"}, {"O", "Notary"}, {"CN", "Bad=#CN"}}),
        .identities = some},
       "CS000"},
      {"EmailAddress",
       {.chain = with("1.2.840.113549.1.9.1", "a@b.c"), .identities = some},
       "CS000"},
      {"EmailAddressForStar", {.chain = with("1.2.840.113549.1.9.1", "a@b.c")}, "CS000"},
      {"DomainComponent",
       {.chain = with("0.9.2342.19200300.100.1.25", "com"), .identities = some},
       "CS000"},
      {"TwoUnits",
       {.chain =
            [&] {
              auto all = base;
              all.push_back({"OU", "a"});
              all.push_back({"OU", "b"});
              return leaf_named(all);
            }(),
        .identities = some},
       "CS000"},
      {"OneOfTwoCommonNames",
       {.chain = with("CN", "last"),
        .identities = R"(["x509.subject: C=US, ST=WA, O=Notary, CN=last"])"},
       "CS103"},
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
  EXPECT_EQ(
      checks(report_of({.stores = R"(["ca:none"])"})),
      "integrity=notReached authenticity=failed authenticTimestamp=notReached expiry=notReached "
      "revocation=notReached");
  EXPECT_EQ(checks(report_of({.override_ = R"({"revocation":"skip"})"})),
            "integrity=passed authenticity=passed authenticTimestamp=passed expiry=passed "
            "revocation=skipped");
  EXPECT_EQ(checks(report_of({.jws = [](auto& jws) { jws.attribute("x", "1", true); }})),
            "integrity=passed authenticity=notReached authenticTimestamp=notReached "
            "expiry=notReached revocation=notReached");
}

// Trust before cryptography: a stranger's signature costs a comparison, wherever it is tampered
// with. shows: N-536
TEST(Judge, ComputesNothingForStrangers) {
  const SignatureReport report = report_of(
      {.chain = chain_with([](auto& leaf) { leaf.with(testing::ocsp_responder("http://o")); }),
       .stores = R"(["ca:none"])",
       .jws = [](auto& jws) { jws.signature_text("AAAA"); }});
  EXPECT_EQ(report.outcome, Outcome::kUntrustedSigner);
  EXPECT_EQ(report.link_checks, 0U);
  EXPECT_FALSE(report.holds_trusted);
  EXPECT_EQ(report.signer.subject, "CN=signer,O=Acme,ST=WA,C=US") << "as it claims";
}

// shows: N-538
TEST(Judge, ChecksLinksFromTheTrustedCertificateDown) {
  const SignatureReport good = report_of({});
  EXPECT_EQ(good.outcome, Outcome::kVerified);
  EXPECT_TRUE(good.holds_trusted);
  EXPECT_EQ(good.link_checks, 3U) << "two links, and the root's own";
  const SignatureReport tampered =
      report_of({.jws = [](auto& jws) { jws.signature_text("AAAA"); }});
  EXPECT_EQ(tampered.link_checks, 2U) << "nothing above the trusted certificate";
}

// shows: N-537
TEST(Judge, StopsAtTheFirstLinkThatIsWrong) {
  // A stranger's leaf and intermediate, with the trusted root appended.
  const Chain chain = make_chain();
  Chain forged = make_chain({.leaf = [](auto& leaf) { leaf.serial(7); }});
  const Chain other = testing::self_signed(KeyKind::kP384);
  forged.ders[1] = other.ders[0];
  forged.ders[2] = chain.ders[2];
  const SignatureReport report = report_of(
      {.chain = forged, .edit_stores = [&](trust::TrustStores& stores) {
         stores.insert_or_assign(StoreId{StoreType::kCa, "shop"}, certificates({chain.ders[2]}));
       }});
  EXPECT_EQ(report.outcome, Outcome::kSignatureInvalid);
  EXPECT_EQ(report.reason, Reason("CE-5"));
  EXPECT_EQ(report.link_checks, 0U) << "it is no excess of the authority";
  EXPECT_EQ(report.signer.subject, "") << "nobody signed this";
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
            "revocation=skipped");
  EXPECT_EQ(report.checks.back().reason, "not asked: signer not trusted");
  ASSERT_EQ(report.warnings.size(), 3U);
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
