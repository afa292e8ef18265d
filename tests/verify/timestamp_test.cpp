// The decision about a timestamp countersignature, in the order of notary-verification 9.7, for
// tokens of our own builder and for tokens that OpenSSL makes.
#include "verify/timestamp.hpp"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ts.h>

#include <memory>

#include "support/matchers.hpp"
#include "support/timestamp_builder.hpp"

namespace countersign::verify {
namespace {

using countersign::testing::accuracy;
using countersign::testing::CertificateBuilder;
using countersign::testing::Chain;
using countersign::testing::ChainSpec;
using countersign::testing::digest;
using countersign::testing::Edit;
using countersign::testing::FailsSaying;
using countersign::testing::FailsWith;
using countersign::testing::InfoSpec;
using countersign::testing::IsOk;
using countersign::testing::key;
using countersign::testing::KeyKind;
using countersign::testing::make_chain;
using countersign::testing::make_token;
using countersign::testing::make_tsa_chain;
using countersign::testing::SignerSpec;
using countersign::testing::TokenSpec;
using trust::StoreId;
using trust::StoreType;
namespace asn1 = countersign::testing::asn1;

const Bytes kSignature = {'s', 'i', 'g', 'n', 'a', 't', 'u', 'r', 'e'};

std::vector<x509::Certificate> certificates(const std::vector<Bytes>& ders) {
  std::vector<x509::Certificate> out;
  for (const Bytes& der : ders) out.push_back(*x509::Certificate::parse(der));
  return out;
}

/// As it starts, the timestamp holds.
struct Case {
  TokenSpec token{};
  Chain signing = make_chain();
  Bytes signature = kSignature;
  std::vector<StoreId> stores = {{StoreType::kTsa, "authority"}};
  std::optional<std::vector<Bytes>> roots{};
  std::function<void(Bytes&)> edit_token{};
};

Result<TrustedTimestamp> judge(const Case& each, const Bytes& token) {
  trust::Statement statement;
  statement.stores = each.stores;
  trust::TrustStores stores;
  const Bytes root = each.token.tsa.ders.back();
  stores.emplace(StoreId{StoreType::kTsa, "authority"},
                 certificates(each.roots.value_or(std::vector<Bytes>{root})));
  stores.emplace(StoreId{StoreType::kTsa, "another"}, certificates({make_chain().ders.back()}));
  stores.emplace(StoreId{StoreType::kTsa, "broken"},
                 Error(Outcome::kUntrustedSigner, "TR-8", "not a root"));
  stores.emplace(StoreId{StoreType::kCa, "authority"}, certificates({root}));
  const auto signing = certificates(each.signing.ders);
  auto time = verify_timestamp(token, {.signature = each.signature, .signing_chain = signing},
                               statement, stores);
  EXPECT_EQ(ERR_peek_error(), 0U);
  return time;
}
Result<TrustedTimestamp> judge(const Case& each) {
  Bytes token = make_token(kSignature, each.token);
  if (each.edit_token) each.edit_token(token);
  return judge(each, token);
}
/// The time, or the message.
std::string judged(const Case& each) {
  const auto time = judge(each);
  return time ? format_rfc3339(time->time) : time.error().message();
}

TEST(Timestamp, HoldsAtTheTimeThatItSays) {
  EXPECT_EQ(judged({}), "2026-02-01T00:00:00Z");
  EXPECT_EQ(judged({.token = {.info = {.time = asn1::generalized_time("20260201000000.641Z")}}}),
            "2026-02-01T00:00:00.641Z");
}

// shows: N-436
TEST(Timestamp, IsForOneSignature) {
  EXPECT_EQ(judged({.signature = {'o', 't', 'h', 'e', 'r'}}),
            "mismatched message: the timestamp is for another signature");
  const Bytes short_imprint = asn1::sequence(
      {testing::hash_identifier("SHA256"), asn1::octet_string(BytesView(kSignature).first(4))});
  EXPECT_EQ(judged({.token = {.info = {.imprint = short_imprint}}}),
            "mismatched message: the timestamp is for another signature");
}

TEST(Timestamp, TheMalformedIsRefused) {
  const auto malformed = FailsSaying(
      Outcome::kTimestampInvalid, "timestamp token: not one complete element of definite lengths");
  EXPECT_THAT(judge({}, Bytes{}), malformed);
  EXPECT_THAT(judge({}, Bytes{1, 2, 3}), malformed);
  EXPECT_THAT(judge({.edit_token = [](Bytes& token) { token.push_back(0); }}), malformed);
  // A response of the protocol instead of its token.
  EXPECT_THAT(judge({.edit_token =
                         [](Bytes& token) {
                           token = asn1::sequence({asn1::sequence({asn1::integer(0)}), token});
                         }}),
              FailsSaying(Outcome::kTimestampInvalid,
                          "timestamp token: the content type is not signedData"));
}

TEST(Timestamp, RootsAreThoseOfTheTsaStoresOfTheStatement) {
  const auto with = [](std::vector<StoreId> stores) { return Case{.stores = std::move(stores)}; };
  const StoreId authority = {StoreType::kTsa, "authority"};
  const StoreId another = {StoreType::kTsa, "another"};
  const std::string none =
      "no chain leads from the timestamping certificate \"CN=tsa signer,O=Acme,ST=WA,C=US\" to a "
      "trusted root certificate";
  // shows: N-434
  EXPECT_EQ(judged(with({another})), none);
  EXPECT_EQ(judged(with({another, authority})), "2026-02-01T00:00:00Z");
  // shows: N-433
  EXPECT_THAT(judge(with({{StoreType::kTsa, "none"}})),
              FailsSaying(Outcome::kTimestampInvalid,
                          "the trust store \"none\" of type \"tsa\" does not exist"));
  EXPECT_EQ(judged(with({authority, {StoreType::kTsa, "none"}})),
            "the trust store \"none\" of type \"tsa\" does not exist");
  EXPECT_THAT(judge(with({authority, {StoreType::kTsa, "broken"}})),
              FailsSaying(Outcome::kTimestampInvalid,
                          "the trust store \"broken\" of type \"tsa\" cannot be used: not a root"));
  EXPECT_EQ(judged(with({{StoreType::kCa, "authority"}})),
            "no trusted TSA certificate found in trust store");
  EXPECT_EQ(judged({.roots = std::vector<Bytes>{}}),
            "no trusted TSA certificate found in trust store");
}

// shows: N-444
TEST(Timestamp, TheTokenNeedNotHaveTheRoot) {
  const Chain tsa = make_tsa_chain();
  EXPECT_EQ(
      judged({.token = {.tsa = tsa, .certificates = std::vector<Bytes>{tsa.ders[0], tsa.ders[1]}}}),
      "2026-02-01T00:00:00Z");
}

// shows: N-446
TEST(Timestamp, OneOfSeveralSignersIsEnough) {
  SignerSpec bad;
  bad.edit_signature = [](Bytes& each) { each.back() ^= 0x01U; };
  SignerSpec old;
  old.version = asn1::integer(2);
  EXPECT_EQ(judged({.token = {.signers = {bad, SignerSpec{}}}}), "2026-02-01T00:00:00Z");
  EXPECT_EQ(judged({.token = {.signers = {SignerSpec{}, bad}}}), "2026-02-01T00:00:00Z");
  EXPECT_EQ(judged({.token = {.signers = {bad}}}),
            "timestamp token: the signature does not verify with the key of the signing "
            "certificate");
  EXPECT_THAT(judge({.token = {.signers = {bad, old}}}),
              FailsSaying(Outcome::kTimestampInvalid,
                          "none of its signers can be trusted; timestamp token: the signature does "
                          "not verify with the key of the signing certificate; timestamp token: "
                          "the version of the signer is 2, not 1"));
}

// A signer whose certificate leads nowhere, beside one that is trusted: each signature counts only
// with a chain of its own.
TEST(Timestamp, AnUntrustedSignerIsPassedOver) {
  const Chain tsa = make_tsa_chain();
  CertificateBuilder builder;
  builder.subject(testing::acme("stranger"))
      .of(key(KeyKind::kP256, 60))
      .leaf()
      .with(testing::extended_key_usage({testing::kTimeStampingPurpose}, true));
  const Bytes stranger = builder.sign_with(key(KeyKind::kP256, 60));
  const SignerSpec by_stranger{.certificate = stranger, .key = &key(KeyKind::kP256, 60)};
  const std::vector<Bytes> all = {stranger, tsa.ders[0], tsa.ders[1]};
  EXPECT_EQ(
      judged({.token = {.tsa = tsa, .certificates = all, .signers = {by_stranger, SignerSpec{}}}}),
      "2026-02-01T00:00:00Z");
  EXPECT_EQ(judged({.token = {.tsa = tsa, .certificates = all, .signers = {by_stranger}}}),
            "no chain leads from the timestamping certificate \"CN=stranger,O=Acme,ST=WA,C=US\" to "
            "a trusted root certificate");
}

TEST(Timestamp, TheSigningTimeCountsForTheAuthoritysChain) {
  const auto at = [](const char* time) {
    SignerSpec signer;
    signer.attributes[testing::kSigningTimeAttribute] = {asn1::utc_time(time)};
    return Case{.token = {.signers = {signer}}};
  };
  EXPECT_EQ(judged(at("260201000000Z")), "2026-02-01T00:00:00Z");
  EXPECT_THAT(judge(at("191231235959Z")), FailsWith(Outcome::kTimestampInvalid, "TS-24"));
  EXPECT_THAT(judge(at("2601010000Z")), FailsWith(Outcome::kTimestampInvalid, "TS-24"));
}

struct RangeRow {
  std::string name;
  InfoSpec info;
  std::string want;  ///< "ok", "before" or "after"
};
class Ranges : public ::testing::TestWithParam<RangeRow> {};
TEST_P(Ranges, AreInclusive) {
  for (const char* position : {"leaf", "intermediate", "root"}) {
    ChainSpec spec;
    Edit& edit = position == std::string("leaf")           ? spec.leaf
                 : position == std::string("intermediate") ? spec.intermediate
                                                           : spec.root;
    edit = [](CertificateBuilder& each) { each.valid("260201000000Z", "260301000000Z"); };
    const auto time = judge({.token = {.info = GetParam().info}, .signing = make_chain(spec)});
    if (GetParam().want == "ok") {
      EXPECT_THAT(time, IsOk()) << position;
      continue;
    }
    ASSERT_THAT(time, FailsWith(Outcome::kTimestampInvalid, "TS-40")) << position;
    EXPECT_TRUE(time.error().message().starts_with("the timestamp can be " + GetParam().want +
                                                   " the validity period of certificate \"CN="))
        << time.error().message();
  }
}
std::vector<RangeRow> ranges() {
  const auto at = [](const char* time, Bytes precision = {}) {
    return InfoSpec{.time = asn1::generalized_time(time), .accuracy = std::move(precision)};
  };
  InfoSpec etsi = at("20260201000000Z");
  etsi.policy = asn1::oid("0.4.0.2023.1.1");
  return {
      {"Within", at("20260215000000Z"), "ok"},
      {"AtTheBeginning", at("20260201000000Z"), "ok"},
      {"AtTheEnd", at("20260301000000Z"), "ok"},
      // shows: N-429
      {"Before", at("20260131235959Z"), "before"},
      {"JustBefore", at("20260131235959.999999999Z"), "before"},
      // shows: N-430
      {"After", at("20260301000001Z"), "after"},
      {"JustAfter", at("20260301000000.000000001Z"), "after"},
      // shows: N-472
      {"EarliestAtTheBeginning", at("20260201000001Z", accuracy(1)), "ok"},
      {"EarliestMicrosecondBefore", at("20260201000001Z", accuracy(1, -1, 1)), "before"},
      {"EarliestMicrosecondBeforeByTime", at("20260201000000.999999Z", accuracy(1)), "before"},
      // shows: N-473
      {"LatestAtTheEnd", at("20260228235959Z", accuracy(1)), "ok"},
      {"LatestMicrosecondAfter", at("20260228235959Z", accuracy(1, -1, 1)), "after"},
      {"LatestMicrosecondAfterByTime", at("20260228235959.000001Z", accuracy(1)), "after"},
      {"EtsiSecondBefore", etsi, "before"},
      {"Decades", at("20260215000000Z", accuracy(2147483647)), "before"},
  };
}
// shows: N-474
INSTANTIATE_TEST_SUITE_P(Range, Ranges, ::testing::ValuesIn(ranges()),
                         [](const auto& each) { return each.param.name; });

TEST(Timestamp, ARangeErrorNamesCertificateBoundAndTime) {
  ChainSpec spec;
  spec.root = [](CertificateBuilder& each) { each.valid("260201000000Z", "260301000000Z"); };
  const auto at = [&](const char* time) {
    return judged(
        {.token = {.info = {.time = asn1::generalized_time(time), .accuracy = accuracy(-1, 500)}},
         .signing = make_chain(spec)});
  };
  EXPECT_EQ(at("20260201000000Z"),
            "the timestamp can be before the validity period of certificate "
            "\"CN=root,O=Acme,ST=WA,C=US\", which begins 2026-02-01T00:00:00Z: it says "
            "2026-02-01T00:00:00Z, or as early as 2026-01-31T23:59:59.5Z");
  EXPECT_EQ(at("20260301000000Z"),
            "the timestamp can be after the validity period of certificate "
            "\"CN=root,O=Acme,ST=WA,C=US\", which ended 2026-03-01T00:00:00Z: it says "
            "2026-03-01T00:00:00Z, or as late as 2026-03-01T00:00:00.5Z");
}

// What its certificates name is the caller's to ask about, in this order.
TEST(Timestamp, NamesTheAuthorityFromItsLeafToItsRoot) {
  const Case each{};
  const auto timestamp = judge(each);
  ASSERT_THAT(timestamp, IsOk());
  EXPECT_EQ(timestamp->authority, certificates(each.token.tsa.ders));
}

// Several things are wrong: the first step in the order of 9.7 speaks.
TEST(Timestamp, StepsKeepTheirOrder) {
  ChainSpec past;
  past.leaf = [](auto& each) { each.valid("200101000000Z", "210101000000Z"); };
  ChainSpec named;
  named.leaf = [](auto& each) { each.with(testing::ocsp_responder("http://ocsp.example")); };
  SignerSpec bad;
  bad.without = {testing::kSigningCertificateV2Attribute};
  Case each{.token = {.tsa = make_tsa_chain(named), .info = {.hash = "SHA1"}, .signers = {bad}},
            .signing = make_chain(past),
            .signature = {'x'},
            .stores = {{StoreType::kTsa, "none"}}};
  EXPECT_THAT(judge(each), FailsWith(Outcome::kTimestampInvalid, "TS-10"));
  each.token.info.hash = "SHA256";
  EXPECT_EQ(judged(each), "mismatched message: the timestamp is for another signature");
  each.signature = kSignature;
  EXPECT_THAT(judge(each), FailsWith(Outcome::kTimestampInvalid, "TR-3"));
  each.stores = {{StoreType::kTsa, "authority"}};
  EXPECT_THAT(judge(each), FailsWith(Outcome::kTimestampInvalid, "TS-21"));
  each.token.signers = {SignerSpec{}};
  EXPECT_THAT(judge(each), FailsWith(Outcome::kTimestampInvalid, "TS-40"));
  each.signing = make_chain();
  EXPECT_THAT(judge(each), IsOk());
}

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};
template <class T, auto Free>
using Handle = std::unique_ptr<T, FreeWith<Free>>;

Handle<X509, &X509_free> for_openssl(const Bytes& der) {
  const unsigned char* at = der.data();
  return Handle<X509, &X509_free>(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
}

ASN1_INTEGER* serial_of_openssl(TS_RESP_CTX* /*context*/, void* /*data*/) {
  ASN1_INTEGER* serial = ASN1_INTEGER_new();
  if (serial != nullptr) ASN1_INTEGER_set(serial, 4712);
  return serial;
}
int time_of_openssl(TS_RESP_CTX* /*context*/, void* /*data*/, long* seconds, long* micros) {
  *seconds = 1769904000;  // 2026-02-01T00:00:00Z
  *micros = 641000;
  return 1;
}

struct OpensslSpec {
  const EVP_MD* imprint = EVP_sha256();
  const EVP_MD* signer = EVP_sha256();
  const EVP_MD* certificate_id = EVP_sha256();
};

/// What OpenSSL's timestamping authority answers.
Bytes token_of_openssl(const Chain& tsa, const OpensslSpec& spec = {}) {
  const Handle<TS_RESP_CTX, &TS_RESP_CTX_free> context(TS_RESP_CTX_new());
  const auto leaf = for_openssl(tsa.ders[0]);
  STACK_OF(X509)* certificates = sk_X509_new_null();
  for (std::size_t i = 1; i < tsa.ders.size(); ++i)
    sk_X509_push(certificates, for_openssl(tsa.ders[i]).release());
  const Handle<ASN1_OBJECT, &ASN1_OBJECT_free> policy(OBJ_txt2obj("1.2.3.4.1", 1));
  EXPECT_TRUE(TS_RESP_CTX_set_signer_cert(context.get(), leaf.get()));
  EXPECT_TRUE(TS_RESP_CTX_set_signer_key(context.get(), tsa.leaf_key->handle));
  EXPECT_TRUE(TS_RESP_CTX_set_certs(context.get(), certificates));
  EXPECT_TRUE(TS_RESP_CTX_set_def_policy(context.get(), policy.get()));
  EXPECT_TRUE(TS_RESP_CTX_add_md(context.get(), spec.imprint));
  EXPECT_TRUE(TS_RESP_CTX_set_signer_digest(context.get(), spec.signer));
  EXPECT_TRUE(TS_RESP_CTX_set_ess_cert_id_digest(context.get(), spec.certificate_id));
  EXPECT_TRUE(TS_RESP_CTX_set_accuracy(context.get(), 1, 500, 100));
  EXPECT_TRUE(TS_RESP_CTX_set_clock_precision_digits(context.get(), 6));
  TS_RESP_CTX_add_flags(context.get(), TS_ORDERING | TS_TSA_NAME);
  TS_RESP_CTX_set_serial_cb(context.get(), serial_of_openssl, nullptr);
  TS_RESP_CTX_set_time_cb(context.get(), time_of_openssl, nullptr);
  sk_X509_pop_free(certificates, X509_free);

  const Handle<TS_REQ, &TS_REQ_free> request(TS_REQ_new());
  const Handle<TS_MSG_IMPRINT, &TS_MSG_IMPRINT_free> imprint(TS_MSG_IMPRINT_new());
  const Handle<X509_ALGOR, &X509_ALGOR_free> algorithm(X509_ALGOR_new());
  const Handle<ASN1_INTEGER, &ASN1_INTEGER_free> nonce(ASN1_INTEGER_new());
  X509_ALGOR_set_md(algorithm.get(), spec.imprint);
  Bytes hash = digest(EVP_MD_get0_name(spec.imprint), kSignature);
  ASN1_INTEGER_set(nonce.get(), 0x12345678);
  TS_REQ_set_version(request.get(), 1);
  TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get());
  TS_MSG_IMPRINT_set_msg(imprint.get(), hash.data(), static_cast<int>(hash.size()));
  TS_REQ_set_msg_imprint(request.get(), imprint.get());
  TS_REQ_set_nonce(request.get(), nonce.get());
  TS_REQ_set_cert_req(request.get(), 1);
  unsigned char* der = nullptr;
  const int request_size = i2d_TS_REQ(request.get(), &der);
  const Handle<BIO, &BIO_free> question(BIO_new_mem_buf(der, request_size));
  const Handle<TS_RESP, &TS_RESP_free> response(
      TS_RESP_create_response(context.get(), question.get()));
  OPENSSL_free(der);
  PKCS7* token = response ? TS_RESP_get_token(response.get()) : nullptr;
  if (token == nullptr) {
    ADD_FAILURE() << "no token";
    return {};
  }
  unsigned char* out = nullptr;
  const int size = i2d_PKCS7(token, &out);
  Bytes bytes(out, out + size);
  OPENSSL_free(out);
  ERR_clear_error();
  return bytes;
}

TEST(TimestampOfOpenssl, Holds) {
  using enum KeyKind;
  for (const KeyKind kind : {kP256, kP384, kP521, kRsa2048}) {
    ChainSpec spec;
    spec.leaf_key = kind;
    const Case each{.token = {.tsa = make_tsa_chain(spec)}};
    const auto time = judge(each, token_of_openssl(each.token.tsa));
    ASSERT_THAT(time, IsOk());
    EXPECT_EQ(format_rfc3339(time->time), "2026-02-01T00:00:00.641Z");
  }
  const Case each;
  for (const EVP_MD* hash : {EVP_sha384(), EVP_sha512()}) {
    EXPECT_THAT(judge(each, token_of_openssl(each.token.tsa, {.imprint = hash})), IsOk());
    EXPECT_THAT(judge(each, token_of_openssl(each.token.tsa, {.signer = hash})), IsOk());
    EXPECT_THAT(judge(each, token_of_openssl(each.token.tsa, {.certificate_id = hash})), IsOk());
  }
}

TEST(TimestampOfOpenssl, WithSha1IsRefused) {
  const Case each;
  EXPECT_THAT(judge(each, token_of_openssl(each.token.tsa, {.imprint = EVP_sha1()})),
              FailsWith(Outcome::kTimestampInvalid, "TS-10"));
  EXPECT_THAT(judge(each, token_of_openssl(each.token.tsa, {.signer = EVP_sha1()})),
              FailsWith(Outcome::kTimestampInvalid, "TS-22"));
  // OpenSSL then writes the attribute of version 1.
  EXPECT_THAT(judge(each, token_of_openssl(each.token.tsa, {.certificate_id = EVP_sha1()})),
              FailsWith(Outcome::kTimestampInvalid, "TS-21"));
}

TEST(TimestampOfOpenssl, IsForItsSignatureAndItsRoot) {
  const Case each;
  const Bytes token = token_of_openssl(each.token.tsa);
  Case other_signature = each;
  other_signature.signature = {'x'};
  EXPECT_THAT(judge(other_signature, token), FailsWith(Outcome::kTimestampInvalid, "TS-10"));
  Case other_root = each;
  other_root.stores = {{StoreType::kTsa, "another"}};
  EXPECT_THAT(judge(other_root, token), FailsWith(Outcome::kTimestampInvalid, "TS-30"));
}

// The other way round: what our builder makes, OpenSSL takes.
TEST(TimestampOfOurs, IsReadAndVerifiedByOpenssl) {
  const TokenSpec spec;
  const Bytes bytes = make_token(kSignature, spec);
  const unsigned char* at = bytes.data();
  const Handle<PKCS7, &PKCS7_free> token(d2i_PKCS7(nullptr, &at, static_cast<long>(bytes.size())));
  ASSERT_NE(token, nullptr);
  const Handle<X509_STORE, &X509_STORE_free> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), for_openssl(spec.tsa.ders.back()).get());
  X509* signer = nullptr;
  EXPECT_EQ(TS_RESP_verify_signature(token.get(), nullptr, store.get(), &signer), 1);
  X509_free(signer);
}

}  // namespace
}  // namespace countersign::verify
