#include "x509/code_signing_chain.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "support/matchers.hpp"
#include "support/pki.hpp"

namespace countersign::x509 {
namespace {

using countersign::testing::acme;
using countersign::testing::basic_constraints;
using countersign::testing::CertificateBuilder;
using countersign::testing::Chain;
using countersign::testing::ChainSpec;
using countersign::testing::Edit;
using countersign::testing::extended_key_usage;
using countersign::testing::How;
using countersign::testing::key;
using countersign::testing::key_usage;
using countersign::testing::KeyKind;
using countersign::testing::make_chain;
using countersign::testing::self_signed;
using countersign::testing::SignWith;
namespace asn1 = countersign::testing::asn1;

constexpr const char* kAny = "2.5.29.37.0";
constexpr const char* kServerAuth = "1.3.6.1.5.5.7.3.1";
constexpr const char* kClientAuth = "1.3.6.1.5.5.7.3.2";
constexpr const char* kCodeSigning = "1.3.6.1.5.5.7.3.3";
constexpr const char* kEmail = "1.3.6.1.5.5.7.3.4";
constexpr const char* kTimeStamping = "1.3.6.1.5.5.7.3.8";
constexpr const char* kOcspSigning = "1.3.6.1.5.5.7.3.9";

/// The reasons, each once, in order; empty if the chain is in order.
std::string judged(const std::vector<Bytes>& ders) {
  std::vector<Certificate> chain;
  for (const Bytes& der : ders) {
    auto certificate = Certificate::parse(der);
    if (!certificate) return std::string(certificate.error().reason().id());
    chain.push_back(*std::move(certificate));
  }
  std::string text;
  for (const Error& finding : code_signing_findings(chain)) {
    EXPECT_EQ(finding.outcome(), Outcome::kSignatureInvalid);
    const std::string id(finding.reason().id());
    if (!text.contains(id)) text += (text.empty() ? "" : " ") + id;
  }
  return text;
}
std::string judged(const Chain& chain) { return judged(chain.ders); }

struct Row {
  std::string name;
  ChainSpec spec;
  std::string want;
};
class Chains : public ::testing::TestWithParam<Row> {};
TEST_P(Chains, BreakExactlyTheseRules) {
  EXPECT_EQ(judged(make_chain(GetParam().spec)), GetParam().want);
}

ChainSpec leaf_is(Edit edit) {
  ChainSpec spec;
  spec.leaf = std::move(edit);
  return spec;
}
ChainSpec intermediate_is(Edit edit) {
  ChainSpec spec;
  spec.intermediate = std::move(edit);
  return spec;
}
ChainSpec root_is(Edit edit, unsigned intermediates = 1) {
  ChainSpec spec;
  spec.root = std::move(edit);
  spec.intermediates = intermediates;
  return spec;
}
ChainSpec root_signs(KeyKind ca_key, SignWith how) {
  ChainSpec spec;
  spec.ca_key = ca_key;
  spec.root_signs = std::move(how);
  spec.root_signs_as_usual = false;
  return spec;
}
ChainSpec of_length(unsigned intermediates) {
  ChainSpec spec;
  spec.intermediates = intermediates;
  return spec;
}
ChainSpec leaf_key(KeyKind kind) {
  ChainSpec spec;
  spec.leaf_key = kind;
  return spec;
}
ChainSpec leaf_usage(std::initializer_list<unsigned> bits, bool critical = true) {
  return leaf_is([usage = key_usage(bits, critical)](auto& leaf) { leaf.with(usage); });
}
ChainSpec leaf_purposes(const std::vector<std::string>& oids, bool critical = false) {
  return leaf_is([usage = extended_key_usage(oids, critical)](auto& leaf) { leaf.with(usage); });
}

std::vector<Row> shapes() {
  const Bytes other_type =
      testing::name({{"C", "US", 0x13}, {"ST", "WA"}, {"O", "Acme"}, {"CN", "issuing 1", 0x13}});
  const Bytes other_case = acme("Issuing 1");
  return {
      // shows: N-243
      {"LeafIntermediateRoot", {}, ""},
      {"LeafRoot", of_length(0), ""},
      {"AsManyAsAreAllowed", of_length(14), ""},
      {"OneTooMany", of_length(15), "CE-3"},
      // shows: N-250
      {"SelfIssuedLeafOfTheSameNameAsTheRoot",
       {.leaf_key = KeyKind::kP256,
        .intermediates = 0,
        .ca_key = KeyKind::kP256,
        .leaf = [](auto& leaf) { leaf.subject(acme("root")); },
        .intermediate = {},
        .root = {}},
       ""},
      // shows: N-256
      {"IssuerNameOfAnotherStringType", leaf_is([=](auto& leaf) { leaf.issuer(other_type); }),
       "CE-5"},
      {"IssuerNameOfOtherCase", leaf_is([=](auto& leaf) { leaf.issuer(other_case); }), "CE-5"},
      // shows: N-257
      {"AuthorityKeyIdOfNobody", leaf_is([](auto& leaf) {
         leaf.with({"2.5.29.35", false, asn1::sequence({asn1::tlv(0x80, Bytes(20, 7))})});
       }),
       ""},
      // shows: N-258
      {"UnknownCriticalInLeaf",
       leaf_is([](auto& leaf) { leaf.with({"1.2.3.4", true, asn1::null()}); }), ""},
      {"UnknownCriticalInIntermediate",
       intermediate_is([](auto& ca) { ca.with({"1.2.3.4", true, asn1::null()}); }), ""},
      {"UnknownCriticalInRoot", root_is([](auto& ca) { ca.with({"1.2.3.4", true, asn1::null()}); }),
       ""},
      // shows: N-259
      {"NameConstraintsThatForbidTheLeaf", intermediate_is([](auto& ca) {
         ca.with({"2.5.29.30", true,
                  asn1::sequence({asn1::explicit_tag(
                      0, asn1::sequence({asn1::explicit_tag(4, acme("nobody"))}))})});
       }),
       ""},
      // shows: N-260
      {"ExpiredRoot", root_is([](auto& ca) { ca.valid("100101000000Z", "110101000000Z"); }), ""},
      {"ExpiredIntermediate",
       intermediate_is([](auto& ca) { ca.valid("100101000000Z", "110101000000Z"); }), ""},
      {"LeafOutlivesItsIssuer",
       leaf_is([](auto& leaf) { leaf.valid("100101000000Z", "491231000000Z"); }), ""},
      // shows: N-287
      {"SignedWithRsaSha1", root_signs(KeyKind::kRsa2048, {How::kRsaPkcs1, "SHA1", -1, {}}),
       "CE-5 CE-3"},
      {"SignedWithEcdsaSha1", root_signs(KeyKind::kP256, {How::kEcdsa, "SHA1", -1, {}}),
       "CE-5 CE-3"},
      {"SignedWithRsa1024", root_signs(KeyKind::kRsa1024, {How::kRsaPkcs1, "SHA256", -1, {}}),
       "CE-5 CE-3"},
      {"SignedOnP224", root_signs(KeyKind::kP224, {How::kEcdsa, "SHA256", -1, {}}), "CE-5 CE-3"},
      {"SignedWithPssAndOtherSalt", root_signs(KeyKind::kRsa2048, {How::kRsaPss, "SHA256", 20, {}}),
       "CE-5 CE-3"},
      // shows: N-289
      {"SignedWithPss", root_signs(KeyKind::kRsa2048, {How::kRsaPss, "SHA256", -1, {}}), ""},
      {"SignedWithEd25519", root_signs(KeyKind::kEd25519, {How::kEd25519, {}, -1, {}}), ""},
      {"SignedOnP384", root_signs(KeyKind::kP384, {How::kEcdsa, "SHA384", -1, {}}), ""},
  };
}
INSTANTIATE_TEST_SUITE_P(Shape, Chains, ::testing::ValuesIn(shapes()),
                         [](const auto& each) { return each.param.name; });

std::vector<Row> authorities() {
  const auto without = [](const char* oid) {
    return [=](CertificateBuilder& ca) { ca.without(oid); };
  };
  const auto with = [](const testing::Extension& extension) {
    return [=](CertificateBuilder& ca) { ca.with(extension); };
  };
  return {
      // shows: N-261
      {"IntermediateWithoutBasicConstraints", intermediate_is(without("2.5.29.19")), "CE-5 CE-12"},
      {"RootWithoutBasicConstraints", root_is(without("2.5.29.19")), "CE-5 CE-3 CE-12"},
      // shows: N-262
      {"IntermediateIsNoCa", intermediate_is(with(basic_constraints(false))), "CE-5 CE-12"},
      {"RootIsNoCa", root_is(with(basic_constraints(false))), "CE-5 CE-3 CE-12"},
      {"RootOfVersion1", root_is([](auto& ca) { ca.raw_version({}); }), "CE-12 CE-14"},
      // shows: N-263
      {"BasicConstraintsNotCritical", intermediate_is(with(basic_constraints(true, -1, false))),
       ""},
      // shows: N-264
      {"PathLength0AboveTheLeaf", intermediate_is(with(basic_constraints(true, 0))), ""},
      {"PathLength0AboveACa", root_is(with(basic_constraints(true, 0))), "CE-13"},
      {"PathLength1AboveACa", root_is(with(basic_constraints(true, 1))), ""},
      {"PathLength1AboveTwo", root_is(with(basic_constraints(true, 1)), 2), "CE-13"},
      // shows: N-265
      {"PathLength0AboveASelfIssuedCa",
       [&] {
         ChainSpec spec = root_is(with(basic_constraints(true, 0)));
         spec.intermediate = [](auto& ca) { ca.subject(acme("root")); };
         spec.leaf = [](auto& leaf) { leaf.issuer(acme("root")); };
         return spec;
       }(),
       "CE-13"},
      // shows: N-266
      {"IntermediateWithoutKeyUsage", intermediate_is(without("2.5.29.15")), "CE-14"},
      {"RootWithoutKeyUsage", root_is(without("2.5.29.15")), "CE-14"},
      // shows: N-267
      {"KeyUsageNotCritical", intermediate_is(with(key_usage({5}, false))), "CE-14"},
      {"RootKeyUsageNotCritical", root_is(with(key_usage({5}, false))), "CE-14"},
      // shows: N-268
      {"KeyUsageWithoutCertSign", intermediate_is(with(key_usage({0, 6}))), "CE-5 CE-14"},
      {"RootKeyUsageWithoutCertSign", root_is(with(key_usage({0, 6}))), "CE-5 CE-3 CE-14"},
      {"OtherKeyUsagesToo", intermediate_is(with(key_usage({0, 2, 5, 6}))), ""},
      // shows: N-269
      {"CaForServersOnly", intermediate_is(with(extended_key_usage({kServerAuth}))), ""},
  };
}
INSTANTIATE_TEST_SUITE_P(Authority, Chains, ::testing::ValuesIn(authorities()),
                         [](const auto& each) { return each.param.name; });

std::vector<Row> leaves() {
  const auto fake_rsa = [](unsigned bits) {
    return leaf_is([=](auto& leaf) { leaf.raw_spki(testing::rsa_spki(bits)); });
  };
  return {
      // shows: N-270
      {"LeafIsACa", leaf_is([](auto& leaf) { leaf.with(basic_constraints(true)); }), "CE-20"},
      // shows: N-271
      {"LeafIsNoCaCritical",
       leaf_is([](auto& leaf) { leaf.with(basic_constraints(false, -1, true)); }), ""},
      {"LeafIsNoCaNotCritical",
       leaf_is([](auto& leaf) { leaf.with(basic_constraints(false, -1, false)); }), ""},
      // shows: N-272
      {"NoKeyUsage", leaf_is([](auto& leaf) { leaf.without("2.5.29.15"); }), "CE-21"},
      // shows: N-273
      {"KeyUsageNotCritical", leaf_usage({0}, false), "CE-21"},
      // shows: N-274
      {"NoDigitalSignature", leaf_usage({1}), "CE-21"},
      {"KeyUsageOfNoBits",
       leaf_is([](auto& leaf) { leaf.with({"2.5.29.15", true, asn1::bit_string({})}); }), "CE-21"},
      // shows: N-275
      {"CertSign", leaf_usage({0, 5}), "CE-21"},
      // shows: N-276
      {"KeyEncipherment", leaf_usage({0, 2}), "CE-21"},
      {"DataEncipherment", leaf_usage({0, 3}), "CE-21"},
      {"KeyAgreement", leaf_usage({0, 4}), "CE-21"},
      {"CrlSign", leaf_usage({0, 6}), "CE-21"},
      {"EncipherOnly", leaf_usage({0, 7}), "CE-21"},
      {"DecipherOnly", leaf_usage({0, 8}), "CE-21"},
      // shows: N-277
      {"ContentCommitment", leaf_usage({0, 1}), ""},
      // shows: N-278
      {"NoExtendedKeyUsage", {}, ""},
      // shows: N-279
      {"CodeSigning", leaf_purposes({kCodeSigning}), ""},
      {"CodeSigningCritical", leaf_purposes({kCodeSigning}, true), ""},
      // shows: N-280
      {"ServerAuth", leaf_purposes({kCodeSigning, kServerAuth}), "CE-22"},
      {"ClientAuth", leaf_purposes({kCodeSigning, kClientAuth}), "CE-22"},
      {"EmailProtection", leaf_purposes({kCodeSigning, kEmail}), "CE-22"},
      {"TimeStamping", leaf_purposes({kTimeStamping, kCodeSigning}), "CE-22"},
      {"OcspSigningToo", leaf_purposes({kCodeSigning, kOcspSigning}), "CE-22"},
      // shows: N-281
      {"OcspSigningOnly", leaf_purposes({kOcspSigning}), "CE-22"},
      // shows: N-282
      {"AnyExtendedKeyUsage", leaf_purposes({kAny}), "CE-22"},
      // shows: N-283
      {"PrivatePurposeOnly", leaf_purposes({"1.3.6.1.4.1.99999.1"}), ""},
      // shows: N-284
      {"Rsa1024", fake_rsa(1024), "CE-23"},
      {"Rsa2560", fake_rsa(2560), "CE-23"},
      {"Rsa8192", fake_rsa(8192), "CE-23"},
      {"Rsa2047", fake_rsa(2047), "CE-23"},
      {"Rsa2048", fake_rsa(2048), ""},
      // shows: N-285
      {"P224", leaf_key(KeyKind::kP224), "CE-23"},
      {"Ed25519", leaf_key(KeyKind::kEd25519), "CE-23"},
      {"Secp256k1", leaf_key(KeyKind::kSecp256k1), "CE-1"},
      // shows: N-286
      {"RsaPssKey", leaf_is([](auto& leaf) {
         leaf.raw_spki(asn1::sequence(
             {asn1::sequence({asn1::oid("1.2.840.113549.1.1.10")}), asn1::bit_string(Bytes(9))}));
       }),
       "CE-23"},
  };
}
INSTANTIATE_TEST_SUITE_P(Leaf, Chains, ::testing::ValuesIn(leaves()),
                         [](const auto& each) { return each.param.name; });

// shows: N-244
TEST(CodeSigningChain, OfNoneIsRefused) { EXPECT_EQ(judged(std::vector<Bytes>{}), "CE-3"); }

// shows: N-245 N-246 N-248 N-249
TEST(CodeSigningChain, OfOneIsASelfSignedSigningCertificate) {
  EXPECT_EQ(judged(self_signed()), "");
  EXPECT_EQ(judged(self_signed(KeyKind::kRsa2048)), "");
  EXPECT_EQ(
      judged(self_signed(KeyKind::kP256, [](auto& leaf) { leaf.with(basic_constraints(false)); })),
      "");
  EXPECT_EQ(judged({make_chain().ders.back()}), "CE-20 CE-21");
  EXPECT_EQ(judged({make_chain().ders.front()}), "CE-4");
  EXPECT_EQ(judged(self_signed(KeyKind::kP256, [](auto& leaf) { leaf.issuer(acme("other")); })),
            "CE-4");
  const auto& rsa = key(KeyKind::kRsa2048);
  EXPECT_EQ(judged({CertificateBuilder().leaf().of(rsa).sign_with(
                rsa, {How::kRsaPkcs1, "SHA1", -1, {}})}),
            "CE-4");
  // Names agree, another key has signed.
  EXPECT_EQ(judged({CertificateBuilder().leaf().sign_with(key(KeyKind::kP256, 1))}), "CE-4");
}

// shows: N-252 N-253 N-254 N-255
TEST(CodeSigningChain, StandsCompleteAndInOrder) {
  const std::vector<Bytes> ders = make_chain().ders;
  const Bytes &leaf = ders[0], &intermediate = ders[1], &root = ders[2];
  EXPECT_EQ(judged({leaf, intermediate, root}), "");
  EXPECT_EQ(judged({leaf, intermediate}), "CE-3");
  EXPECT_EQ(judged({leaf, root}), "CE-5");
  EXPECT_NE(judged({root, intermediate, leaf}), "");
  EXPECT_NE(judged({intermediate, leaf, root}), "");
  EXPECT_NE(judged({leaf, root, intermediate}), "");
  EXPECT_EQ(judged({leaf, intermediate, root, root}), "CE-5");
  const Bytes unrelated = CertificateBuilder()
                              .subject(acme("unrelated"))
                              .of(key(KeyKind::kP256, 9))
                              .ca()
                              .sign_with(key(KeyKind::kP256, 9));
  EXPECT_EQ(judged({leaf, intermediate, root, unrelated}), "CE-5");
  EXPECT_EQ(judged({leaf, unrelated, intermediate, root}), "CE-5");
  EXPECT_EQ(judged({leaf, intermediate, unrelated}), "CE-5");
  EXPECT_EQ(judged({unrelated, leaf, intermediate, root}).substr(0, 4), "CE-5");
  EXPECT_EQ(judged({self_signed().ders[0], intermediate, root}), "CE-5");
  EXPECT_EQ(judged({leaf, leaf, intermediate, root}).substr(0, 4), "CE-5");
}

// shows: N-288
TEST(CodeSigningChain, RootThatSignsItselfWithSha1IsRefused) {
  // The intermediate is signed properly; only the root's own signature is weak.
  const auto& rsa = key(KeyKind::kRsa2048);
  const Bytes root = CertificateBuilder()
                         .subject(acme("root"))
                         .of(rsa)
                         .ca()
                         .sign_with(rsa, {How::kRsaPkcs1, "SHA1", -1, {}});
  const Bytes leaf =
      CertificateBuilder().subject(acme("signer")).issuer(acme("root")).leaf().sign_with(rsa);
  EXPECT_EQ(judged({leaf, root}), "CE-3");
}

TEST(CodeSigningChain, ForgedLinkOfTheRightNameIsRefused) {
  // Another key under the names of the real authorities.
  std::vector<Bytes> ders = make_chain().ders;
  ders[0] = CertificateBuilder()
                .subject(acme("signer"))
                .issuer(acme("issuing 1"))
                .leaf()
                .sign_with(key(KeyKind::kP256, 9));
  EXPECT_EQ(judged(ders), "CE-5");
  // An intermediate that the root never signed.
  ders = make_chain().ders;
  ders[1] = CertificateBuilder()
                .subject(acme("issuing 1"))
                .issuer(acme("root"))
                .of(key(KeyKind::kP256, 2))
                .ca()
                .sign_with(key(KeyKind::kP256, 9));
  EXPECT_EQ(judged(ders), "CE-5");
}

TEST(CodeSigningChain, AllFindingsAreGathered) {
  ChainSpec spec = leaf_is(
      [](auto& leaf) { leaf.with(basic_constraints(true)).with(extended_key_usage({kAny})); });
  spec.root = [](auto& ca) { ca.with(key_usage({5}, false)); };
  EXPECT_EQ(judged(make_chain(spec)), "CE-20 CE-22 CE-14");
}

}  // namespace
}  // namespace countersign::x509
