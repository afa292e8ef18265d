// The CMS around a TSTInfo: what is read, and which signatures count.
#include "x509/timestamp_token.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"
#include "support/timestamp_builder.hpp"

namespace countersign::x509 {
namespace {

using countersign::testing::certificate_id;
using countersign::testing::Chain;
using countersign::testing::ChainSpec;
using countersign::testing::digest;
using countersign::testing::FailsWith;
using countersign::testing::hash_identifier;
using countersign::testing::How;
using countersign::testing::IsOk;
using countersign::testing::issuer_and_serial;
using countersign::testing::kContentTypeAttribute;
using countersign::testing::key;
using countersign::testing::KeyKind;
using countersign::testing::kMessageDigestAttribute;
using countersign::testing::kSigningCertificateAttribute;
using countersign::testing::kSigningCertificateV2Attribute;
using countersign::testing::kSigningTimeAttribute;
using countersign::testing::make_info;
using countersign::testing::make_token;
using countersign::testing::make_tsa_chain;
using countersign::testing::SignerSpec;
using countersign::testing::signing_certificate;
using countersign::testing::SignWith;
using countersign::testing::TokenSpec;
namespace asn1 = countersign::testing::asn1;

const Bytes kMessage = {'n', 'o', 't', 'a', 't', 'i', 'o', 'n'};

/// "ok" if the first signer verifies; else the message without its start.
std::string verified(const Bytes& bytes) {
  const auto text = [](const Error& error) {
    EXPECT_EQ(error.outcome(), Outcome::kTimestampInvalid);
    EXPECT_TRUE(error.reason().id().starts_with("TS-") || error.reason().id() == "CE-1");
    const std::string& message = error.message();
    const std::string_view start = "timestamp token: ";
    return message.starts_with(start) ? message.substr(start.size()) : message;
  };
  const auto token = TimestampToken::parse(bytes);
  if (!token) return text(token.error());
  const auto signer = token->verify_signer(0);
  return signer ? "ok" : text(signer.error());
}
std::string verified(const TokenSpec& spec) { return verified(make_token(kMessage, spec)); }
/// With one signer like this.
std::string verified_by(const SignerSpec& signer) { return verified({.signers = {signer}}); }

struct Row {
  std::string name;
  TokenSpec spec;
  std::string want;
};
class Tokens : public ::testing::TestWithParam<Row> {};
TEST_P(Tokens, EndInThis) { EXPECT_EQ(verified(GetParam().spec), GetParam().want); }
constexpr auto kRowName = [](const auto& each) { return each.param.name; };

std::vector<Row> structures() {
  const Chain chain = make_tsa_chain();
  const Bytes info = make_info(kMessage);
  const auto content = [](const std::vector<Bytes>& parts) {
    TokenSpec spec;
    spec.encapsulated = asn1::sequence(parts);
    return spec;
  };
  const Bytes type = asn1::oid(testing::kTstInfoType);
  std::vector<Bytes> most(kMaxTokenCertificates, chain.ders[0]);
  std::vector<Bytes> too_many = most;
  too_many.push_back(chain.ders[0]);
  return {
      {"Plain", {}, "ok"},
      // shows: N-441
      {"NotSignedData",
       {.outer_type = "1.2.840.113549.1.7.1"},
       "the content type is not signedData"},
      {"Version1", {.version = asn1::integer(1)}, "the version of SignedData is not 3"},
      {"Version5", {.version = asn1::integer(5)}, "the version of SignedData is not 3"},
      {"VersionMissing", {.version = {}}, "the version of SignedData is not 3"},
      // shows: N-440
      {"ContentTypeData",
       {.content_type = "1.2.840.113549.1.7.1"},
       "the encapsulated content is not a TSTInfo"},
      {"NoContent", content({type}), "malformed encapsulated content"},
      {"ContentNotAString", content({type, asn1::explicit_tag(0, info)}),
       "malformed encapsulated content"},
      {"ContentInPieces",
       content({type, asn1::explicit_tag(0, asn1::tlv(0x24, asn1::octet_string(info)))}),
       "malformed encapsulated content"},
      {"ContentTwice",
       content({type, asn1::explicit_tag(0, asn1::octet_string(info)), asn1::null()}),
       "malformed encapsulated content"},
      {"InfoGarbage", {.raw_info = Bytes{1, 2, 3}}, "TSTInfo: not one complete DER sequence"},
      {"DigestAlgorithmsGarbage",
       {.digest_algorithms = asn1::set({asn1::integer(1)})},
       "malformed digestAlgorithms"},
      {"DigestAlgorithmsMissing", {.digest_algorithms = Bytes{}}, "malformed digestAlgorithms"},
      {"DigestAlgorithmsEmpty", {.digest_algorithms = asn1::set({})}, "ok"},
      // shows: N-443
      {"NoCertificates",
       {.tsa = chain, .certificates = std::vector<Bytes>{}},
       "signing certificate not found in the timestamp token"},
      {"OtherCertificatesOnly",
       {.tsa = chain, .certificates = std::vector<Bytes>{chain.ders[1], chain.ders[2]}},
       "signing certificate not found in the timestamp token"},
      {"CertificatesInAnyOrder",
       {.tsa = chain,
        .certificates = std::vector<Bytes>{chain.ders[2], chain.ders[1], chain.ders[0]}},
       "ok"},
      {"AttributeCertificate",
       {.tsa = chain, .certificates = std::vector<Bytes>{chain.ders[0], *from_hex("A100")}},
       "certificates[1] is not an X.509 certificate"},
      {"BrokenCertificate",
       {.tsa = chain,
        .certificates = std::vector<Bytes>{chain.ders[0], asn1::sequence({asn1::null()})}},
       "certificates[1]: certificate: malformed certificate"},
      {"MostCertificates", {.tsa = chain, .certificates = most}, "ok"},
      {"TooManyCertificates",
       {.tsa = chain, .certificates = too_many},
       "more than 32 certificates"},
      {"Crls", {.crls = asn1::tlv(0xA1, asn1::sequence({asn1::null()}))}, "ok"},
      {"CrlsWithoutContent", {.crls = asn1::tlv(0xA1, {})}, "ok"},
      // shows: N-445
      {"NoSigner", {.signers = {}}, "it has no signer"},
      {"MostSigners", {.signers = std::vector<SignerSpec>(kMaxTokenSigners)}, "ok"},
      {"TooManySigners",
       {.signers = std::vector<SignerSpec>(kMaxTokenSigners + 1)},
       "more than 4 signers"},
      {"BytesAfterTheSigners", {.after_signers = asn1::null()}, "malformed SignedData"},
  };
}
INSTANTIATE_TEST_SUITE_P(Structure, Tokens, ::testing::ValuesIn(structures()), kRowName);

std::vector<Row> signers() {
  const Chain chain = make_tsa_chain();
  const auto by = [](SignerSpec signer) { return TokenSpec{.signers = {std::move(signer)}}; };
  const auto with = [&](const char* type, std::vector<Bytes> values) {
    return by({.attributes = {{type, std::move(values)}}});
  };
  const auto without = [&](const char* type) { return by({.without = {type}}); };
  const Bytes key_id = asn1::tlv(0x80, Bytes{1, 2, 3});
  const Bytes sha1_digest = asn1::octet_string(digest("SHA1", make_info(kMessage)));
  const Bytes good_digest = asn1::octet_string(digest("SHA256", make_info(kMessage)));
  const std::string wrong_content_type =
      "signed attribute content-type is missing or not that of a TSTInfo";
  const std::string wrong_digest =
      "signed attribute message-digest is missing or not the hash of the TSTInfo";
  const auto extra = [](std::size_t count) {
    std::vector<Bytes> list;
    for (std::size_t i = 0; i < count; ++i)
      list.push_back(asn1::sequence({asn1::oid("1.2.3." + std::to_string(i)), asn1::set({})}));
    return list;
  };
  return {
      // shows: N-447
      {"Version2", by({.version = asn1::integer(2)}), "the version of the signer is 2, not 1"},
      {"Version3", by({.version = asn1::integer(3)}), "the version of the signer is 3, not 1"},
      {"Version0", by({.version = asn1::integer(0)}), "the version of the signer is 0, not 1"},
      {"VersionMissing", by({.version = {}}), "malformed SignerInfo"},
      {"ByKeyIdentifier", by({.id = key_id}),
       "the signer is not named by issuer and serial number"},
      {"IdWithoutSerial", by({.id = asn1::sequence({testing::acme("tsa issuing 1")})}),
       "malformed SignerInfo"},
      // shows: N-460
      {"UnknownIssuer", by({.id = asn1::sequence({testing::acme("other"), asn1::integer(100)})}),
       "signing certificate not found in the timestamp token"},
      {"UnknownSerial",
       by({.id = asn1::sequence({testing::acme("tsa issuing 1"), asn1::integer(99)})}),
       "signing certificate not found in the timestamp token"},
      // shows: N-457
      {"NoAttributes", by({.no_attributes = true}), "no signed attributes"},
      // shows: N-458
      {"NoContentType", without(kContentTypeAttribute), wrong_content_type},
      {"NoMessageDigest", without(kMessageDigestAttribute), wrong_digest},
      {"WrongContentType", with(kContentTypeAttribute, {asn1::oid("1.2.840.113549.1.7.1")}),
       wrong_content_type},
      {"ContentTypeNotAnOid", with(kContentTypeAttribute, {asn1::octet_string(Bytes{1})}),
       wrong_content_type},
      {"WrongMessageDigest", with(kMessageDigestAttribute, {asn1::octet_string(Bytes(32))}),
       wrong_digest},
      {"MessageDigestOfOtherType",
       with(kMessageDigestAttribute, {asn1::bit_string(digest("SHA256", make_info(kMessage)))}),
       wrong_digest},
      {"TwoContentTypes",
       with(kContentTypeAttribute,
            {asn1::oid(testing::kTstInfoType), asn1::oid(testing::kTstInfoType)}),
       "signed attribute content-type must have one value"},
      {"NoDigestValue", with(kMessageDigestAttribute, {}),
       "signed attribute message-digest must have one value"},
      {"MessageDigestTwice",
       by({.raw_attributes = {asn1::sequence(
               {asn1::oid(kMessageDigestAttribute), asn1::set({good_digest})})}}),
       "signed attribute message-digest stands twice"},
      {"AttributeGarbage", by({.raw_attributes = {asn1::null()}}), "malformed signed attribute"},
      {"AttributeWithoutValues", by({.raw_attributes = {asn1::sequence({asn1::oid("1.2.3")})}}),
       "malformed signed attribute"},
      {"UnknownAttributes", by({.raw_attributes = extra(3)}), "ok"},
      {"MostAttributes", by({.raw_attributes = extra(kMaxSignedAttributes - 3)}), "ok"},
      {"TooManyAttributes", by({.raw_attributes = extra(kMaxSignedAttributes - 2)}),
       "more than 64 signed attributes"},
      {"SentInAnotherOrder", by({.sent_in_reverse = true}), "ok"},
      {"SignedInAnotherOrder", by({.sent_in_reverse = true, .signed_in_reverse = true}),
       "the signature does not verify with the key of the signing certificate"},
      {"DigestSha384", by({.hash = "SHA384"}), "ok"},
      {"DigestSha512", by({.hash = "SHA512"}), "ok"},
      {"DigestSha1", by({.hash = "SHA1"}),
       "the digest algorithm is not SHA-256, SHA-384 or SHA-512"},
      {"DigestSha1Claimed256", by({.attributes = {{kMessageDigestAttribute, {sha1_digest}}}}),
       wrong_digest},
      {"UnsignedAttributes", by({.after = asn1::tlv(0xA1, asn1::null())}), "ok"},
      {"BytesAfterTheSignature", by({.after = asn1::null()}), "malformed SignerInfo"},
  };
}
INSTANTIATE_TEST_SUITE_P(Signer, Tokens, ::testing::ValuesIn(signers()), kRowName);

std::vector<Row> certificate_ids() {
  const Chain chain = make_tsa_chain();
  const Bytes& leaf = chain.ders[0];
  const Bytes& issuing = chain.ders[1];
  const auto ids = [&](std::vector<Bytes> list) {
    TokenSpec spec{.tsa = chain};
    spec.signers[0].attributes[kSigningCertificateV2Attribute] = {signing_certificate(list)};
    return spec;
  };
  const auto value = [&](Bytes attribute) {
    TokenSpec spec{.tsa = chain};
    spec.signers[0].attributes[kSigningCertificateV2Attribute] = {std::move(attribute)};
    return spec;
  };
  const Bytes hash = asn1::octet_string(digest("SHA256", leaf));
  const auto named = [&](const Bytes& names) {
    return asn1::sequence({hash, asn1::sequence({names, asn1::integer(100)})});
  };
  const Bytes directory = asn1::explicit_tag(4, testing::acme("tsa issuing 1"));
  TokenSpec missing{.tsa = chain};
  missing.signers[0].without = {kSigningCertificateV2Attribute};
  TokenSpec version1 = missing;
  version1.signers[0].attributes[kSigningCertificateAttribute] = {
      signing_certificate({asn1::sequence({asn1::octet_string(digest("SHA1", leaf))})})};
  const std::string malformed = "malformed signing-certificate-v2 attribute";
  const std::string not_found = "signing certificate not found in the timestamp token";
  return {
      // shows: N-448
      {"Missing", missing, "signed attribute signing-certificate-v2 is missing"},
      // shows: N-449
      {"OnlyVersion1", version1, "signed attribute signing-certificate-v2 is missing"},
      // shows: N-450
      {"NoCertificate", ids({}), "the signing-certificate-v2 attribute names no certificate"},
      // shows: N-451
      {"HashOfAnother",
       ids({asn1::sequence({asn1::octet_string(digest("SHA256", issuing)),
                            asn1::sequence({asn1::sequence({directory}), asn1::integer(100)})})}),
       "the hash in the signing-certificate-v2 attribute is not that of the certificate"},
      {"HashEmpty", ids({asn1::sequence({asn1::octet_string(Bytes{})})}),
       "the hash in the signing-certificate-v2 attribute is not that of the certificate"},
      // shows: N-452
      {"Sha1", ids({certificate_id(leaf, "SHA1")}), "unsupported certificate hash"},
      {"Sha256Stated", ids({certificate_id(leaf, "SHA256")}), "ok"},
      {"Sha384", ids({certificate_id(leaf, "SHA384")}), "ok"},
      {"Sha512", ids({certificate_id(leaf, "SHA512")}), "ok"},
      {"Sha384Of256", ids({asn1::sequence({hash_identifier("SHA384"), hash})}),
       "the hash in the signing-certificate-v2 attribute is not that of the certificate"},
      // shows: N-453
      {"NoIssuerSerial", ids({certificate_id(leaf, "", false)}), "ok"},
      {"NoIssuerSerialOfAnother", ids({certificate_id(issuing, "", false)}),
       "the hash in the signing-certificate-v2 attribute is not that of the certificate"},
      // shows: N-454
      {"IssuerAsUri", ids({named(asn1::sequence({asn1::text(0x86, "http://x")}))}), malformed},
      {"IssuerAsEmail", ids({named(asn1::sequence({asn1::text(0x81, "a@b.c"), directory}))}),
       malformed},
      {"IssuerEmpty", ids({named(asn1::sequence({}))}), malformed},
      {"IssuerWithMoreNames",
       ids({named(asn1::sequence({directory, asn1::text(0x86, "http://x")}))}), "ok"},
      {"IssuerUnknown",
       ids({named(asn1::sequence({asn1::explicit_tag(4, testing::acme("other"))}))}), not_found},
      {"SerialUnknown",
       ids({asn1::sequence(
           {hash, asn1::sequence({asn1::sequence({directory}), asn1::integer(99)})})}),
       not_found},
      {"IssuerSerialWithoutSerial",
       ids({asn1::sequence({hash, asn1::sequence({asn1::sequence({directory})})})}), malformed},
      {"AnotherThanTheSigners", ids({certificate_id(issuing)}),
       "the signing-certificate-v2 attribute names another certificate than the signer"},
      {"MoreCertificates", ids({certificate_id(leaf), certificate_id(issuing)}), "ok"},
      {"FirstIsAnother", ids({certificate_id(issuing), certificate_id(leaf)}),
       "the signing-certificate-v2 attribute names another certificate than the signer"},
      {"Policies",
       value(asn1::sequence({asn1::sequence({certificate_id(leaf)}),
                             asn1::sequence({asn1::sequence({asn1::oid("1.2.3")})})})),
       "ok"},
      // shows: N-455
      {"Garbage", value(asn1::octet_string(Bytes{1})), malformed},
      {"EmptySequence", value(asn1::sequence({})), malformed},
      {"IdNotASequence", ids({asn1::null()}), malformed},
      {"IdWithoutHash", ids({asn1::sequence({hash_identifier("SHA256")})}), malformed},
      {"IdWithMore",
       ids({asn1::sequence({hash, asn1::sequence({asn1::sequence({directory}), asn1::integer(100)}),
                            asn1::null()})}),
       malformed},
      {"BytesAfterPolicies",
       value(asn1::sequence(
           {asn1::sequence({certificate_id(leaf)}), asn1::sequence({}), asn1::null()})),
       malformed},
  };
}
INSTANTIATE_TEST_SUITE_P(CertificateId, Tokens, ::testing::ValuesIn(certificate_ids()), kRowName);

std::vector<Row> signature_algorithms() {
  const auto signed_by = [](KeyKind kind, SignWith how, std::string hash,
                            std::optional<Bytes> algorithm = std::nullopt) {
    ChainSpec spec;
    spec.leaf_key = kind;
    SignerSpec signer;
    signer.hash = std::move(hash);
    signer.how = std::move(how);
    signer.signature_algorithm = std::move(algorithm);
    return TokenSpec{.tsa = make_tsa_chain(spec), .signers = {signer}};
  };
  const auto rsa = [](const char* hash) { return SignWith{.how = How::kRsaPkcs1, .hash = hash}; };
  const auto pss = [](const char* hash, int salt = -1) {
    return SignWith{.how = How::kRsaPss, .hash = hash, .salt = salt};
  };
  const auto ec = [](const char* hash) { return SignWith{.how = How::kEcdsa, .hash = hash}; };
  const Bytes rsa_encryption = asn1::sequence({asn1::oid("1.2.840.113549.1.1.1"), asn1::null()});
  const Bytes pss_without_parameters = asn1::sequence({asn1::oid("1.2.840.113549.1.1.10")});
  const Bytes ec_key = asn1::sequence({asn1::oid("1.2.840.10045.2.1")});
  const std::string unknown = "unknown signature algorithm";
  const std::string wrong = "the signature does not verify with the key of the signing certificate";
  using enum KeyKind;
  return {
      {"Rsa256", signed_by(kRsa2048, rsa("SHA256"), "SHA256"), "ok"},
      {"Rsa384", signed_by(kRsa2048, rsa("SHA384"), "SHA384"), "ok"},
      {"Rsa512", signed_by(kRsa2048, rsa("SHA512"), "SHA512"), "ok"},
      // The hash of the signature is that of its own name, whatever the content was hashed with.
      {"Rsa512Of256", signed_by(kRsa2048, rsa("SHA512"), "SHA256"), "ok"},
      {"Rsa1", signed_by(kRsa2048, rsa("SHA1"), "SHA256"), unknown},
      {"RsaEncryption256", signed_by(kRsa2048, rsa("SHA256"), "SHA256", rsa_encryption), "ok"},
      {"RsaEncryption512", signed_by(kRsa2048, rsa("SHA512"), "SHA512", rsa_encryption), "ok"},
      {"RsaEncryptionOfAnotherHash", signed_by(kRsa2048, rsa("SHA512"), "SHA256", rsa_encryption),
       wrong},
      {"Pss256", signed_by(kRsa2048, pss("SHA256"), "SHA256"), "ok"},
      {"Pss384", signed_by(kRsa2048, pss("SHA384"), "SHA384"), "ok"},
      {"Pss512", signed_by(kRsa2048, pss("SHA512"), "SHA512"), "ok"},
      {"Pss512Of256", signed_by(kRsa2048, pss("SHA512"), "SHA256"), unknown},
      {"PssShortSalt", signed_by(kRsa2048, pss("SHA256", 20), "SHA256"), unknown},
      {"PssOtherMask",
       signed_by(kRsa2048,
                 {.how = How::kRsaPss, .hash = "SHA256", .salt = -1, .mgf1_hash = "SHA512"},
                 "SHA256"),
       unknown},
      {"PssWithoutParameters", signed_by(kRsa2048, pss("SHA256"), "SHA256", pss_without_parameters),
       unknown},
      {"Ec256", signed_by(kP256, ec("SHA256"), "SHA256"), "ok"},
      {"Ec384", signed_by(kP384, ec("SHA384"), "SHA256"), "ok"},
      {"Ec512", signed_by(kP521, ec("SHA512"), "SHA512"), "ok"},
      {"Ec1", signed_by(kP256, ec("SHA1"), "SHA256"), unknown},
      {"EcKeyAsAlgorithm", signed_by(kP256, ec("SHA256"), "SHA256", ec_key), unknown},
      {"EcAsRsa", signed_by(kP256, ec("SHA256"), "SHA256", rsa_encryption), wrong},
      {"Ed25519", signed_by(kEd25519, {.how = How::kEd25519, .hash = {}}, "SHA512"), unknown},
  };
}
INSTANTIATE_TEST_SUITE_P(SignatureAlgorithm, Tokens, ::testing::ValuesIn(signature_algorithms()),
                         kRowName);

// shows: N-456
TEST(TimestampToken, ASignatureOfAnotherKeyOrOverOtherOctetsDoesNotVerify) {
  const std::string wrong = "the signature does not verify with the key of the signing certificate";
  EXPECT_EQ(verified_by({.edit_signature = [](Bytes& each) { each.back() ^= 0x01U; }}), wrong);
  EXPECT_EQ(verified_by({.edit_signature = [](Bytes& each) { each.clear(); }}), wrong);
  EXPECT_EQ(verified_by({.key = &key(KeyKind::kP256, 77)}), wrong);
}

TEST(TimestampToken, EachSignerIsJudgedForItself) {
  const Chain chain = make_tsa_chain();
  SignerSpec bad;
  bad.edit_signature = [](Bytes& each) { each.back() ^= 0x01U; };
  const auto token =
      TimestampToken::parse(make_token(kMessage, {.tsa = chain, .signers = {bad, SignerSpec{}}}));
  ASSERT_THAT(token, IsOk());
  EXPECT_EQ(token->signer_count(), 2U);
  EXPECT_THAT(token->verify_signer(0), FailsWith(Outcome::kTimestampInvalid, "TS-22"));
  const auto signer = token->verify_signer(1);
  ASSERT_THAT(signer, IsOk());
  EXPECT_EQ(signer->certificate, *Certificate::parse(chain.ders[0]));
  EXPECT_EQ(signer->signing_time, std::nullopt);
}

// shows: N-459
TEST(TimestampToken, ReadsTheSigningTime) {
  const auto at = [](Bytes value) {
    SignerSpec signer;
    signer.attributes[kSigningTimeAttribute] = {std::move(value)};
    const auto token = TimestampToken::parse(make_token(kMessage, {.signers = {signer}}));
    const auto verified = token->verify_signer(0);
    if (!verified) return std::string(verified.error().message());
    return format_rfc3339(*verified->signing_time);
  };
  EXPECT_EQ(at(asn1::utc_time("260102030405Z")), "2026-01-02T03:04:05Z");
  EXPECT_EQ(at(asn1::generalized_time("20500102030405Z")), "2050-01-02T03:04:05Z");
  for (const Bytes& malformed :
       {asn1::utc_time("2601020304Z"), asn1::generalized_time("20500102030405.5Z"),
        asn1::integer(5), asn1::utc_time("260102030405+0000")}) {
    EXPECT_EQ(at(malformed), "timestamp token: malformed signed attribute signing-time");
  }
}

TEST(TimestampToken, LengthsMayBeLongerThanNeeded) {
  const Bytes token = make_token(kMessage);
  // The outer SEQUENCE again, with four octets of length; then every content as it was.
  Bytes long_form = {0x30, 0x84, 0, 0};
  const std::size_t size = token.size() - 4;
  ASSERT_EQ(token[1], 0x82);
  long_form.push_back(static_cast<std::uint8_t>(size >> 8U));
  long_form.push_back(static_cast<std::uint8_t>(size & 0xFFU));
  long_form.insert(long_form.end(), token.begin() + 4, token.end());
  EXPECT_EQ(verified(long_form), "ok");
  Bytes trailing = token;
  trailing.push_back(0);
  EXPECT_EQ(verified(trailing), "not one complete element of definite lengths");
  Bytes indefinite = {0x30, 0x80};
  indefinite.insert(indefinite.end(), token.begin() + 4, token.end());
  indefinite.insert(indefinite.end(), {0, 0});
  EXPECT_EQ(verified(indefinite), "not one complete element of definite lengths");
}

TEST(TimestampToken, EveryCutIsRefused) {
  const Bytes token = make_token(kMessage);
  for (std::size_t size = 0; size < token.size(); ++size)
    EXPECT_FALSE(TimestampToken::parse(BytesView(token).first(size))) << size;
}

TEST(TimestampToken, NoOctetOfASignedPartCanChange) {
  const Chain chain = make_tsa_chain();
  const TokenSpec spec{.tsa = chain, .certificates = std::vector<Bytes>{chain.ders[0]}};
  const Bytes token = make_token(kMessage, spec);
  const auto original = TimestampToken::parse(token);
  ASSERT_THAT(original, IsOk());
  for (std::size_t i = 0; i < token.size(); ++i) {
    Bytes changed = token;
    changed[i] ^= 0x01U;
    const auto read = TimestampToken::parse(changed);
    if (!read) continue;
    const auto signer = read->verify_signer(0);
    if (!signer) continue;
    EXPECT_EQ(read->info().generated, original->info().generated) << i;
    EXPECT_EQ(read->info().imprint.digest, original->info().imprint.digest) << i;
    EXPECT_EQ(signer->certificate, original->certificates().front()) << i;
  }
}

TEST(TimestampToken, CopiesShareWhatWasRead) {
  std::optional<TimestampToken> copy;
  {
    const auto token = TimestampToken::parse(make_token(kMessage));
    copy = *token;
  }
  EXPECT_THAT(copy->verify_signer(0), IsOk());
}

}  // namespace
}  // namespace countersign::x509
