// Timestamping chains: which paths are found, and which of them hold.
#include "x509/tsa_chain.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "support/matchers.hpp"
#include "support/timestamp_builder.hpp"
#include "x509/code_signing_chain.hpp"

namespace countersign::x509 {
namespace {

using countersign::testing::acme;
using countersign::testing::basic_constraints;
using countersign::testing::CertificateBuilder;
using countersign::testing::Chain;
using countersign::testing::ChainSpec;
using countersign::testing::Edit;
using countersign::testing::extended_key_usage;
using countersign::testing::Extension;
using countersign::testing::IsOk;
using countersign::testing::Key;
using countersign::testing::key;
using countersign::testing::key_usage;
using countersign::testing::KeyKind;
using countersign::testing::kTimeStampingPurpose;
using countersign::testing::make_tsa_chain;
namespace asn1 = countersign::testing::asn1;

constexpr const char* kCodeSigning = "1.3.6.1.5.5.7.3.3";
constexpr const char* kAny = "2.5.29.37.0";
constexpr const char* kBasicConstraints = "2.5.29.19";
constexpr const char* kKeyUsage = "2.5.29.15";
constexpr const char* kExtendedKeyUsage = "2.5.29.37";
constexpr const char* kNameConstraints = "2.5.29.30";
constexpr const char* kPolicyConstraints = "2.5.29.36";

std::vector<Certificate> certificates(const std::vector<Bytes>& ders) {
  std::vector<Certificate> out;
  for (const Bytes& der : ders) out.push_back(*Certificate::parse(der));
  return out;
}

Instant instant(std::string_view text) { return *parse_rfc3339(text); }
const Instant kThen = instant("2026-02-01T00:00:00Z");

/// The subjects of the chain that is found, or the message.
std::string found(const std::vector<Bytes>& token, const std::vector<Bytes>& roots,
                  const ChainTimes& times = {.generated = kThen, .signing_time = {}}) {
  const auto pool = certificates(token);
  const auto anchors = certificates(roots);
  TsaChainFinder finder(pool, anchors);
  const auto chain = finder.find(pool.front(), times);
  EXPECT_EQ(ERR_peek_error(), 0U);
  if (!chain) {
    EXPECT_EQ(chain.error().outcome(), Outcome::kTimestampInvalid);
    return chain.error().message();
  }
  std::string text;
  for (const Certificate& each : *chain) {
    const std::string& name = each.subject().back().front().value;
    text += (text.empty() ? "" : " < ") + name;
  }
  return text;
}
std::string found(const Chain& chain,
                  const ChainTimes& times = {.generated = kThen, .signing_time = {}}) {
  return found(chain.ders, {chain.ders.back()}, times);
}

constexpr const char* kFound = "tsa signer < tsa issuing 1 < tsa root";

struct Row {
  std::string name;
  ChainSpec spec;
  std::string want;
};
class TsaChains : public ::testing::TestWithParam<Row> {};
TEST_P(TsaChains, EndInThis) { EXPECT_EQ(found(make_tsa_chain(GetParam().spec)), GetParam().want); }
constexpr auto kRowName = [](const auto& each) { return each.param.name; };

Edit with(Extension extension) {
  return [=](CertificateBuilder& each) { each.with(extension); };
}
Edit without(const char* oid) {
  return [=](CertificateBuilder& each) { each.without(oid); };
}
Edit valid(const char* from, const char* until) {
  return [=](CertificateBuilder& each) { each.valid(from, until); };
}
ChainSpec leaf(Edit edit) { return {.leaf = std::move(edit)}; }
ChainSpec intermediate(Edit edit) { return {.intermediate = std::move(edit)}; }
ChainSpec root(Edit edit) { return {.root = std::move(edit)}; }
ChainSpec leaf_key(KeyKind kind) { return {.leaf_key = kind}; }

std::string of(const char* name, const std::string& what) {
  return "certificate \"CN=tsa " + std::string(name) + ",O=Acme,ST=WA,C=US\": " + what;
}

std::vector<Row> leaves() {
  const Edit big_rsa = [](CertificateBuilder& each) { each.raw_spki(testing::rsa_spki(8192)); };
  const std::string purpose = "extendedKeyUsage must be timeStamping and nothing else";
  const std::string wrong_key =
      "the key must be RSA 2048, 3072 or 4096 or EC P-256, P-384 or P-521";
  const std::string usage = "keyUsage allows more than digitalSignature and contentCommitment";
  return {
      {"Plain", {}, kFound},
      {"NoIntermediate", {.intermediates = 0}, "tsa signer < tsa root"},
      {"ThreeIntermediates",
       {.intermediates = 3},
       "tsa signer < tsa issuing 3 < tsa issuing 2 < tsa issuing 1 < tsa root"},
      {"RsaAuthorities", {.ca_key = KeyKind::kRsa2048}, kFound},
      // shows: N-461
      {"PurposeNotCritical", leaf(with(extended_key_usage({kTimeStampingPurpose}))),
       of("signer", "extendedKeyUsage must be critical")},
      // shows: N-462
      {"PurposeAndAnother",
       leaf(with(extended_key_usage({kTimeStampingPurpose, kCodeSigning}, true))),
       of("signer", purpose)},
      {"PurposeAndUnknown", leaf(with(extended_key_usage({kTimeStampingPurpose, "1.2.3"}, true))),
       of("signer", purpose)},
      {"PurposeTwice",
       leaf(with(extended_key_usage({kTimeStampingPurpose, kTimeStampingPurpose}, true))),
       of("signer", purpose)},
      {"AnotherPurpose", leaf(with(extended_key_usage({kCodeSigning}, true))),
       of("signer", purpose)},
      {"AnyPurpose", leaf(with(extended_key_usage({kAny}, true))), of("signer", purpose)},
      {"EmptyPurpose", leaf(with(extended_key_usage({}, true))), of("signer", purpose)},
      // shows: N-463
      {"NoPurpose", leaf(without(kExtendedKeyUsage)), of("signer", "extendedKeyUsage is missing")},
      // shows: N-464
      {"UsageNotCritical", leaf(with(key_usage({0}, false))), kFound},
      {"UsageMissing", leaf(without(kKeyUsage)), of("signer", "keyUsage is missing")},
      {"UsageKeyEncipherment", leaf(with(key_usage({0, 2}))), of("signer", usage)},
      {"UsageContentCommitment", leaf(with(key_usage({0, 1}))), kFound},
      {"UsageWithoutDigitalSignature", leaf(with(key_usage({1}))),
       of("signer", "keyUsage must have digitalSignature")},
      {"LeafIsACa", leaf(with(basic_constraints(true))),
       of("signer", "a signing certificate must not be a CA")},
      {"LeafSaysNoCa", leaf(with(basic_constraints(false))), kFound},
      // shows: N-469
      {"Rsa1024", leaf_key(KeyKind::kRsa1024), of("signer", wrong_key)},
      {"P224", leaf_key(KeyKind::kP224), of("signer", wrong_key)},
      {"Rsa8192", leaf(big_rsa), of("signer", wrong_key)},
      {"Ed25519", leaf_key(KeyKind::kEd25519), of("signer", wrong_key)},
      {"Rsa2048", leaf_key(KeyKind::kRsa2048), kFound},
      {"Rsa3072", leaf_key(KeyKind::kRsa3072), kFound},
      {"Rsa4096", leaf_key(KeyKind::kRsa4096), kFound},
      {"P384", leaf_key(KeyKind::kP384), kFound},
      {"P521", leaf_key(KeyKind::kP521), kFound},
  };
}
INSTANTIATE_TEST_SUITE_P(Leaf, TsaChains, ::testing::ValuesIn(leaves()), kRowName);

std::vector<Row> authorities() {
  const Edit short_path = [](CertificateBuilder& each) { each.ca(0); };
  const ChainSpec two_below_zero = {.intermediates = 2, .intermediate = short_path};
  const std::string nested = "its extendedKeyUsage does not allow timeStamping";
  return {
      // shows: N-465
      {"UsageMissing", intermediate(without(kKeyUsage)), of("issuing 1", "keyUsage is missing")},
      {"UsageMissingAtTheRoot", root(without(kKeyUsage)), of("root", "keyUsage is missing")},
      {"UsageWithoutCertSign", intermediate(with(key_usage({6}))),
       of("signer", "the next certificate of the chain may not sign certificates")},
      {"PathLengthKept", intermediate(short_path), kFound},
      {"PathLengthExceeded", two_below_zero,
       of("issuing 1", "pathLenConstraint 0 is exceeded: 1 CA certificates stand below it")},
      {"PathLengthExceededAtTheRoot", root(short_path),
       of("root", "pathLenConstraint 0 is exceeded: 1 CA certificates stand below it")},
      {"NoBasicConstraints", intermediate(without(kBasicConstraints)),
       of("signer", "the next certificate of the chain may not sign certificates")},
      {"NoCa", intermediate(with(basic_constraints(false))),
       of("signer", "the next certificate of the chain may not sign certificates")},
      {"UsageNotCritical", intermediate(with(key_usage({5, 6}, false))), kFound},
      {"BasicConstraintsNotCritical", intermediate(with(basic_constraints(true, -1, false))),
       kFound},
      // shows: N-467
      {"PurposeCodeSigning", intermediate(with(extended_key_usage({kCodeSigning}))),
       of("issuing 1", nested)},
      {"PurposeCodeSigningAtTheRoot", root(with(extended_key_usage({kCodeSigning}))),
       of("root", nested)},
      {"PurposeEmpty", intermediate(with(extended_key_usage({}))), of("issuing 1", nested)},
      {"PurposeTimeStamping", intermediate(with(extended_key_usage({kTimeStampingPurpose}))),
       kFound},
      {"PurposeAmongOthers",
       intermediate(with(extended_key_usage({kCodeSigning, kTimeStampingPurpose}))), kFound},
      {"PurposeAny", intermediate(with(extended_key_usage({kAny}))), kFound},
      {"WeakAuthorityKey",
       {.ca_key = KeyKind::kRsa1024},
       "no chain leads from the timestamping certificate \"CN=tsa signer,O=Acme,ST=WA,C=US\" to a "
       "trusted root certificate"},
  };
}
INSTANTIATE_TEST_SUITE_P(Authority, TsaChains, ::testing::ValuesIn(authorities()), kRowName);

std::vector<Row> validation() {
  const Extension unknown = {.oid = "1.2.3.4", .critical = true, .value = asn1::null()};
  const Extension tolerated = {.oid = "1.2.3.4", .critical = false, .value = asn1::null()};
  const auto subtree = [](const Bytes& name) {
    return asn1::sequence({asn1::tlv(0xA0, asn1::sequence({name}))});
  };
  const auto permitted = [&](const Bytes& name) {
    return Extension{
        .oid = kNameConstraints, .critical = true, .value = subtree(asn1::explicit_tag(4, name))};
  };
  const auto only = [](const char* organization) {
    return testing::name({{"C", "US", 0x13}, {"ST", "WA"}, {"O", organization}});
  };
  // Tag 0 is requireExplicitPolicy, tag 1 inhibitPolicyMapping.
  const auto constraint = [](std::uint8_t tag, std::uint8_t number) {
    return Extension{.oid = kPolicyConstraints,
                     .critical = true,
                     .value = asn1::sequence({asn1::tlv(0x80 + tag, Bytes{number})})};
  };
  const auto explicit_policy = [&](std::uint8_t skipped) { return with(constraint(0, skipped)); };
  const Edit policy = with({.oid = "2.5.29.32",
                            .critical = false,
                            .value = asn1::sequence({asn1::sequence({asn1::oid("1.2.3.4.5")})})});
  const auto mapping = [](const char* from, const char* to) {
    return Extension{.oid = "2.5.29.33",
                     .critical = false,
                     .value = asn1::sequence({asn1::sequence({asn1::oid(from), asn1::oid(to)})})};
  };
  const auto both = [](Edit first, Edit second) {
    return [=](CertificateBuilder& each) {
      first(each);
      second(each);
    };
  };
  return {
      // shows: N-468
      {"UnknownCriticalAtTheLeaf", leaf(with(unknown)),
       of("signer", "unhandled critical extension")},
      {"UnknownCriticalAtTheIntermediate", intermediate(with(unknown)),
       of("issuing 1", "unhandled critical extension")},
      {"UnknownCriticalAtTheRoot", root(with(unknown)), of("root", "unhandled critical extension")},
      {"UnknownNotCritical",
       {.leaf = with(tolerated), .intermediate = with(tolerated), .root = with(tolerated)},
       kFound},
      {"NamesPermitted", intermediate(with(permitted(only("Acme")))), kFound},
      {"NamesNotPermitted", intermediate(with(permitted(only("Other")))),
       of("signer", "permitted subtree violation")},
      {"NamesNotPermittedByTheRoot", root(with(permitted(only("Other")))),
       of("issuing 1", "permitted subtree violation")},
      // Without policies of its own: not OpenSSL's to decide.
      {"ExplicitPolicyMissing", intermediate(explicit_policy(0)),
       of("signer", "no explicit policy")},
      {"ExplicitPolicyMissingAfterOne", intermediate(explicit_policy(1)),
       of("signer", "no explicit policy")},
      {"ExplicitPolicyNotReached", intermediate(explicit_policy(2)), kFound},
      {"ExplicitPolicyOfTheLeaf", leaf(explicit_policy(0)), of("signer", "no explicit policy")},
      {"ExplicitPolicyBelowTheLeaf", leaf(explicit_policy(1)), kFound},
      {"ExplicitPolicyOfTheRoot", root(explicit_policy(0)), kFound},
      {"ExplicitPolicyOverTwo",
       {.intermediates = 2, .intermediate = explicit_policy(3)},
       "tsa signer < tsa issuing 2 < tsa issuing 1 < tsa root"},
      {"ExplicitPolicyOverThree",
       {.intermediates = 3, .intermediate = explicit_policy(3)},
       of("signer", "no explicit policy")},
      {"MappingOfAnyPolicy",
       intermediate(both(explicit_policy(2), with(mapping("2.5.29.32.0", "1.2.3")))),
       of("signer", "invalid or inconsistent certificate policy extension")},
      {"MappingToAnyPolicy",
       intermediate(both(explicit_policy(2), with(mapping("1.2.3", "2.5.29.32.0")))),
       of("signer", "invalid or inconsistent certificate policy extension")},
      {"MappingOfNothing",
       intermediate(
           both(explicit_policy(2),
                with({.oid = "2.5.29.33", .critical = false, .value = asn1::sequence({})}))),
       of("signer", "invalid or inconsistent certificate policy extension")},
      {"Mapping", intermediate(both(explicit_policy(2), with(mapping("1.2.3", "1.2.4")))), kFound},
      {"InhibitAnyPolicyMalformed",
       intermediate(both(explicit_policy(2),
                         with({.oid = "2.5.29.54", .critical = true, .value = asn1::null()}))),
       of("signer", "invalid or inconsistent certificate policy extension")},
      {"NoPolicyMapping", intermediate(with(constraint(1, 0))), kFound},
      {"ConstraintsOfNothing",
       intermediate(
           with({.oid = kPolicyConstraints, .critical = true, .value = asn1::sequence({})})),
       of("signer", "invalid or inconsistent certificate policy extension")},
      {"ConstraintsNegative", intermediate(explicit_policy(0x80)),
       of("signer", "invalid or inconsistent certificate policy extension")},
      // With policies: OpenSSL's.
      {"ExplicitPolicyThere",
       {.leaf = policy, .intermediate = both(policy, explicit_policy(0))},
       kFound},
      {"ExplicitPolicyNotOfTheLeaf", intermediate(both(policy, explicit_policy(0))),
       of("signer", "no explicit policy")},
  };
}
INSTANTIATE_TEST_SUITE_P(Validation, TsaChains, ::testing::ValuesIn(validation()), kRowName);

struct TimeRow {
  std::string name;
  ChainSpec spec;
  std::string generated;
  std::string signing_time;
  std::string want;
};
class TsaTimes : public ::testing::TestWithParam<TimeRow> {};
TEST_P(TsaTimes, EndInThis) {
  const TimeRow& row = GetParam();
  ChainTimes times{.generated = instant(row.generated), .signing_time = {}};
  if (!row.signing_time.empty()) times.signing_time = instant(row.signing_time);
  const std::string got = found(make_tsa_chain(row.spec), times);
  // The middle of a message names both times; its start says which rule.
  EXPECT_EQ(got == kFound ? "ok" : got, row.want);
}

std::vector<TimeRow> time_rows() {
  const Edit february = valid("260201000000Z", "260301000000Z");
  const auto outside = [](const char* what, const char* when, const char* side, const char* name,
                          const char* bound) {
    return std::string(what) + " " + when + " is " + side + " the validity period of certificate " +
           "\"CN=tsa " + name + ",O=Acme,ST=WA,C=US\", which " + bound;
  };
  const char* stamp = "the time of the timestamp";
  const char* signing = "the signing time of the timestamp";
  const char* begins = "begins 2026-02-01T00:00:00Z";
  const char* ended = "ended 2026-03-01T00:00:00Z";
  return {
      {"AtTheBeginning", leaf(february), "2026-02-01T00:00:00Z", "", "ok"},
      {"AtTheEnd", leaf(february), "2026-03-01T00:00:00Z", "", "ok"},
      {"JustBefore", leaf(february), "2026-01-31T23:59:59.999999999Z", "",
       outside(stamp, "2026-01-31T23:59:59.999999999Z", "before", "signer", begins)},
      {"JustAfter", leaf(february), "2026-03-01T00:00:00.000000001Z", "",
       outside(stamp, "2026-03-01T00:00:00.000000001Z", "after", "signer", ended)},
      {"IntermediateAtTheEnd", intermediate(february), "2026-03-01T00:00:00Z", "", "ok"},
      {"IntermediateEnded", intermediate(february), "2026-03-01T00:00:01Z", "",
       outside(stamp, "2026-03-01T00:00:01Z", "after", "issuing 1", ended)},
      // shows: N-466
      {"RootEnded", root(february), "2026-03-01T00:00:01Z", "",
       outside(stamp, "2026-03-01T00:00:01Z", "after", "root", ended)},
      {"RootNotYet", root(february), "2026-01-31T23:59:59Z", "",
       outside(stamp, "2026-01-31T23:59:59Z", "before", "root", begins)},
      // What time it is now does not matter: all of these have long ended.
      {"EndedSinceThen",
       {.leaf = valid("500101000000Z", "510101000000Z"),
        .intermediate = valid("500101000000Z", "510101000000Z"),
        .root = valid("500101000000Z", "510101000000Z")},
       "1950-06-01T00:00:00Z",
       "",
       "ok"},
      // shows: N-459
      {"SigningTimeWithin", leaf(february), "2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z", "ok"},
      {"SigningTimeAtTheBeginning", leaf(february), "2026-02-02T00:00:00Z", "2026-02-01T00:00:00Z",
       "ok"},
      {"SigningTimeBefore", leaf(february), "2026-02-02T00:00:00Z", "2026-01-31T23:59:59Z",
       outside(signing, "2026-01-31T23:59:59Z", "before", "signer", begins)},
      {"SigningTimeAfter", intermediate(february), "2026-02-02T00:00:00Z", "2026-03-01T00:00:01Z",
       outside(signing, "2026-03-01T00:00:01Z", "after", "issuing 1", ended)},
      {"SigningTimeBeforeTheRoot", root(february), "2026-02-02T00:00:00Z", "2026-01-31T23:59:59Z",
       outside(signing, "2026-01-31T23:59:59Z", "before", "root", begins)},
  };
}
INSTANTIATE_TEST_SUITE_P(Time, TsaTimes, ::testing::ValuesIn(time_rows()), kRowName);

const std::string kNone =
    "no chain leads from the timestamping certificate \"CN=tsa signer,O=Acme,ST=WA,C=US\" to a "
    "trusted root certificate";

TEST(TsaChainFinder, TheTokenNeedNotHaveTheRoot) {
  const Chain chain = make_tsa_chain();
  EXPECT_EQ(found({chain.ders[0], chain.ders[1]}, {chain.ders[2]}), kFound);
  EXPECT_EQ(found({chain.ders[0], chain.ders[2], chain.ders[1]}, {chain.ders[2]}), kFound);
  EXPECT_EQ(found({chain.ders[0]}, {chain.ders[2]}), kNone);
}

TEST(TsaChainFinder, ARootInTheTokenIsNotTrusted) {
  const Chain chain = make_tsa_chain();
  EXPECT_EQ(found(chain.ders, {}), kNone);
  EXPECT_EQ(found(chain.ders, {testing::make_chain().ders.back()}), kNone);
}

TEST(TsaChainFinder, NamesAreComparedOctetByOctet) {
  const Edit other_type = [](CertificateBuilder& leaf) {
    leaf.issuer(testing::name(
        {{"C", "US", 0x13}, {"ST", "WA"}, {"O", "Acme", 0x13}, {"CN", "tsa issuing 1"}}));
  };
  EXPECT_EQ(found(make_tsa_chain(leaf(other_type))), kNone);
}

TEST(TsaChainFinder, ACertificateOfAnotherKeyWithTheRightNameIsPassedOver) {
  const Chain chain = make_tsa_chain();
  CertificateBuilder impostor;
  impostor.subject(acme("tsa issuing 1")).issuer(acme("tsa root")).of(key(KeyKind::kP256, 55)).ca();
  const Bytes other = impostor.sign_with(key(KeyKind::kP256, 101));
  EXPECT_EQ(found({chain.ders[0], other, chain.ders[1]}, {chain.ders[2]}), kFound);
  EXPECT_EQ(found({chain.ders[0], other}, {chain.ders[2]}), kNone);
}

/// The issuing CA again, with the same name and key.
Bytes issuing_again(const Edit& edit, const Key& signer = key(KeyKind::kP256, 101)) {
  CertificateBuilder again;
  again.subject(acme("tsa issuing 1"))
      .issuer(acme("tsa root"))
      .of(key(KeyKind::kP256, 102))
      .serial(77)
      .ca();
  edit(again);
  return again.sign_with(signer);
}

// TS-31: not only the first chain that can be built.
TEST(TsaChainFinder, TakesAnyChainThatSatisfiesEverything) {
  const Chain chain = make_tsa_chain();
  const std::vector<Edit> faults = {with(extended_key_usage({kCodeSigning})),
                                    valid("200101000000Z", "210101000000Z"),
                                    with({.oid = "1.2.3.4", .critical = true, .value = {5, 0}})};
  for (const Edit& fault : faults) {
    const Bytes unfit = issuing_again(fault);
    EXPECT_EQ(found({chain.ders[0], unfit, chain.ders[1]}, {chain.ders[2]}), kFound);
    EXPECT_NE(found({chain.ders[0], unfit}, {chain.ders[2]}), kFound);
  }
  // A signing time that only the second chain was valid at.
  const Bytes young = issuing_again(valid("260115000000Z", "400101000000Z"));
  EXPECT_EQ(found({chain.ders[0], young, chain.ders[1]}, {chain.ders[2]},
                  {.generated = kThen, .signing_time = instant("2026-01-01T00:00:00Z")}),
            kFound);
}

TEST(TsaChainFinder, TakesAnyRoot) {
  const Chain chain = make_tsa_chain();
  const auto root_again = [](const Edit& edit) {
    CertificateBuilder root;
    root.subject(acme("tsa root")).of(key(KeyKind::kP256, 101)).serial(2).ca();
    edit(root);
    return root.sign_with(key(KeyKind::kP256, 101));
  };
  const Bytes ended = root_again(valid("200101000000Z", "210101000000Z"));
  EXPECT_EQ(found(chain.ders, {ended, chain.ders[2]}), kFound);
  EXPECT_NE(found(chain.ders, {ended}), kFound);
  // A root of the same name and key that only the token has does not stand between.
  EXPECT_EQ(found({chain.ders[0], chain.ders[1], root_again([](auto&) {})}, {chain.ders[2]}),
            kFound);
}

TEST(TsaChainFinder, ReportsTheFirstChainIfNoneHolds) {
  const Chain chain = make_tsa_chain(intermediate(with(extended_key_usage({kCodeSigning}))));
  const Bytes unfit = issuing_again(valid("200101000000Z", "210101000000Z"));
  EXPECT_EQ(found({chain.ders[0], chain.ders[1], unfit}, {chain.ders[2]}),
            of("issuing 1", "its extendedKeyUsage does not allow timeStamping"));
}

// A chain of 16 certificates is searched to its end, and one of 17 is not.
TEST(TsaChainFinder, LengthIsBounded) {
  const auto most = static_cast<unsigned>(kMaxChainLength);
  EXPECT_TRUE(found(make_tsa_chain({.intermediates = most - 2})).starts_with("tsa signer < tsa"));
  EXPECT_EQ(found(make_tsa_chain({.intermediates = most - 1})), kNone);
}

TEST(TsaChainFinder, LinkChecksAreBounded) {
  const Chain chain = make_tsa_chain();
  const auto impostors = [&](std::size_t count) {
    std::vector<Bytes> token = {chain.ders[0]};
    for (std::size_t i = 0; i < count; ++i) {
      token.push_back(issuing_again([&](auto& each) {
        each.of(key(KeyKind::kP256, 55)).serial(static_cast<std::int64_t>(1000 + i));
      }));
    }
    token.push_back(chain.ders[1]);
    return token;
  };
  // The leaf's own link and the root's are two of them.
  EXPECT_EQ(found(impostors(kMaxLinkChecks - 2), {chain.ders[2]}), kFound);
  EXPECT_EQ(found(impostors(kMaxLinkChecks - 1), {chain.ders[2]}),
            kNone + " within the limits of the search");
}

TEST(TsaChainFinder, PathsAreBounded) {
  const Chain chain = make_tsa_chain();
  const auto unfit = [&](std::size_t count) {
    std::vector<Bytes> token = {chain.ders[0]};
    for (std::size_t i = 0; i < count; ++i) {
      token.push_back(issuing_again([&](auto& each) {
        each.with(extended_key_usage({kCodeSigning})).serial(static_cast<std::int64_t>(1000 + i));
      }));
    }
    token.push_back(chain.ders[1]);
    return token;
  };
  EXPECT_EQ(found(unfit(kMaxPaths - 1), {chain.ders[2]}), kFound);
  // A trusted root that the token has too does not make two paths of one.
  std::vector<Bytes> with_root = unfit(kMaxPaths - 1);
  with_root.push_back(chain.ders[2]);
  EXPECT_EQ(found(with_root, {chain.ders[2]}), kFound);
  EXPECT_EQ(found(unfit(kMaxPaths), {chain.ders[2]}),
            of("issuing 1", "its extendedKeyUsage does not allow timeStamping"));
}

// Certificates that issued each other in a circle, with no root: every order is a path, and the
// search ends.
TEST(TsaChainFinder, StepsAreBounded) {
  std::vector<Bytes> token;
  const Key& shared = key(KeyKind::kP256, 102);
  CertificateBuilder leaf;
  leaf.subject(acme("tsa signer")).issuer(acme("circle")).of(key(KeyKind::kP256)).leaf();
  token.push_back(leaf.sign_with(shared));
  for (std::int64_t i = 0; i < 5; ++i) {
    CertificateBuilder each;
    each.subject(acme("circle")).issuer(acme("circle")).of(shared).serial(10 + i).ca();
    token.push_back(each.sign_with(shared));
  }
  EXPECT_EQ(found(token, {make_tsa_chain().ders[2]}), kNone + " within the limits of the search");
}

// RFC 5280 wants key identifiers that agree, and OpenSSL insists.
TEST(TsaChainFinder, KeyIdentifiersMustAgree) {
  const auto subject_key = [](Bytes id) {
    return Extension{
        .oid = "2.5.29.14", .critical = false, .value = asn1::octet_string(std::move(id))};
  };
  const auto authority_key = [](Bytes id) {
    return Extension{.oid = "2.5.29.35",
                     .critical = false,
                     .value = asn1::sequence({asn1::tlv(0x80, std::move(id))})};
  };
  ChainSpec spec = {.leaf = with(authority_key({1, 2, 3})),
                    .intermediate = with(subject_key({1, 2, 3}))};
  EXPECT_EQ(found(make_tsa_chain(spec)), kFound);
  spec.leaf = with(authority_key({9, 9, 9}));
  EXPECT_EQ(found(make_tsa_chain(spec)), of("signer", "unable to get local issuer certificate"));
}

// CE-7: a certificate of the same name as its issuer is not self-signed. OpenSSL believes it as
// soon as the key identifiers differ.
TEST(TsaChainFinder, ALeafMayHaveTheNameOfItsIssuer) {
  const Extension other_key = {.oid = "2.5.29.35",
                               .critical = false,
                               .value = asn1::sequence({asn1::tlv(0x80, Bytes{1, 2, 3})})};
  const Extension own_key = {
      .oid = "2.5.29.14", .critical = false, .value = asn1::octet_string(Bytes{4, 5, 6})};
  const Edit same_name = [](CertificateBuilder& each) { each.subject(acme("tsa issuing 1")); };
  const Edit identified = [=](CertificateBuilder& each) {
    each.subject(acme("tsa issuing 1")).with(other_key).with(own_key);
  };
  EXPECT_EQ(found(make_tsa_chain(leaf(identified))), "tsa issuing 1 < tsa issuing 1 < tsa root");
  EXPECT_NE(found(make_tsa_chain(leaf(same_name))), "tsa issuing 1 < tsa issuing 1 < tsa root");
}

TEST(TimestampingFindings, AnEmptyOrEndlessChainBreaksTheFirstRule) {
  const auto findings_of = [](std::size_t count) {
    const std::vector<Certificate> chain(count, *Certificate::parse(make_tsa_chain().ders[0]));
    return timestamping_findings(chain);
  };
  for (const std::size_t count : {std::size_t{0}, kMaxChainLength + 1}) {
    const auto findings = findings_of(count);
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].message(), "a timestamping chain has 1 to 16 certificates");
  }
}

TEST(TimestampingFindings, ASingleCertificateMustBeItsOwnIssuer) {
  const auto alone = [](const Edit& edit) {
    const Chain chain = testing::self_signed(KeyKind::kP256, [&](auto& leaf) {
      leaf.with(extended_key_usage({kTimeStampingPurpose}, true));
      if (edit) edit(leaf);
    });
    const auto findings = timestamping_findings(certificates(chain.ders));
    return findings.empty() ? "" : std::string(findings.front().reason().id());
  };
  EXPECT_EQ(alone({}), "");
  EXPECT_EQ(alone([](auto& leaf) { leaf.issuer(acme("other")); }), "CE-4");
}

TEST(TimestampingFindings, EveryRuleIsReported) {
  const Chain chain = make_tsa_chain({.leaf = without(kExtendedKeyUsage),
                                      .intermediate = without(kKeyUsage),
                                      .root = with(extended_key_usage({kCodeSigning}))});
  std::string reasons;
  for (const Error& each : timestamping_findings(certificates(chain.ders)))
    reasons += std::string(each.reason().id()) + " ";
  EXPECT_EQ(reasons, "CE-31 CE-14 TS-30 ");
}

}  // namespace
}  // namespace countersign::x509
