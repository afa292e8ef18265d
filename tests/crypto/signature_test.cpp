#include "crypto/signature.hpp"

#include <gtest/gtest.h>

#include "support/jws_builder.hpp"
#include "support/matchers.hpp"
#include "support/pki.hpp"

namespace countersign::crypto {
namespace {

using countersign::testing::ecdsa_width;
using countersign::testing::envelope_signature;
using countersign::testing::FailsWith;
using countersign::testing::How;
using countersign::testing::Key;
using countersign::testing::key;
using countersign::testing::KeyKind;
using countersign::testing::raw_ecdsa;
using countersign::testing::sign;
using countersign::testing::SignWith;

const BytesView kMessage = as_bytes("protected.payload");

PublicKey public_key(const Key& key) { return *PublicKey::from_spki(key.spki); }

Bytes envelope_bytes(const Key& key) {
  const SignWith how = envelope_signature(key.kind);
  const Bytes signature = sign(key, how, kMessage);
  return how.how == How::kEcdsa ? raw_ecdsa(signature, ecdsa_width(key.kind)) : signature;
}

struct Row {
  KeyKind kind;
  SignatureAlgorithm algorithm;
  std::string name;
};
const Row kTable[] = {
    {KeyKind::kRsa2048, SignatureAlgorithm::kPs256, "PS256"},
    {KeyKind::kRsa3072, SignatureAlgorithm::kPs384, "PS384"},
    {KeyKind::kRsa4096, SignatureAlgorithm::kPs512, "PS512"},
    {KeyKind::kP256, SignatureAlgorithm::kEs256, "ES256"},
    {KeyKind::kP384, SignatureAlgorithm::kEs384, "ES384"},
    {KeyKind::kP521, SignatureAlgorithm::kEs512, "ES512"},
};

TEST(EnvelopeSignature, EachKeyVerifiesByItsOneAlgorithm) {
  for (const Row& row : kTable) {
    const Key& signer = key(row.kind);
    const PublicKey verifier = public_key(signer);
    EXPECT_EQ(algorithm_for(verifier), row.algorithm);
    EXPECT_EQ(name(row.algorithm), row.name);
    const Bytes signature = envelope_bytes(signer);
    for (const Row& other : kTable) {
      EXPECT_EQ(verify_envelope_signature(verifier, other.algorithm, PssSalt::kHashLength, kMessage,
                                          signature),
                other.algorithm == row.algorithm)
          << row.name << " as " << other.name;
    }
  }
}

TEST(EnvelopeSignature, AnyOtherByteFails) {
  for (const Row& row : kTable) {
    const PublicKey verifier = public_key(key(row.kind));
    const Bytes signature = envelope_bytes(key(row.kind));
    for (std::size_t at : {std::size_t{0}, signature.size() / 2, signature.size() - 1}) {
      Bytes changed = signature;
      changed[at] ^= 1U;
      EXPECT_FALSE(
          verify_envelope_signature(verifier, row.algorithm, PssSalt::kAny, kMessage, changed))
          << row.name;
    }
    EXPECT_FALSE(verify_envelope_signature(verifier, row.algorithm, PssSalt::kAny,
                                           as_bytes("protected.payloae"), signature));
    EXPECT_FALSE(verify_envelope_signature(verifier, row.algorithm, PssSalt::kAny, kMessage, {}));
    Bytes longer = signature;
    longer.push_back(0);
    EXPECT_FALSE(
        verify_envelope_signature(verifier, row.algorithm, PssSalt::kAny, kMessage, longer))
        << row.name;
    const BytesView shorter = BytesView(signature).subspan(1);
    EXPECT_FALSE(
        verify_envelope_signature(verifier, row.algorithm, PssSalt::kAny, kMessage, shorter))
        << row.name;
  }
}

TEST(EnvelopeSignature, IsAsLongAsTheModulusAlsoIfItBeginsWithZero) {
  const Key& signer = key(KeyKind::kRsa2048);
  const SignWith how = envelope_signature(signer.kind);
  Bytes signature;
  do {
    signature = sign(signer, how, kMessage);  // one in 256
  } while (signature[0] != 0);
  const PublicKey verifier = public_key(signer);
  const BytesView cut = BytesView(signature).subspan(1);
  EXPECT_TRUE(verify_envelope_signature(verifier, SignatureAlgorithm::kPs256, PssSalt::kAny,
                                        kMessage, signature));
  EXPECT_FALSE(verify_envelope_signature(verifier, SignatureAlgorithm::kPs256, PssSalt::kAny,
                                         kMessage, cut));
  EXPECT_FALSE(verify_certificate_signature(verifier, CertificateSignature::kRsaPss,
                                            HashAlgorithm::kSha256, kMessage, cut));
  signature.insert(signature.begin(), 0x00);
  EXPECT_FALSE(verify_envelope_signature(verifier, SignatureAlgorithm::kPs256, PssSalt::kAny,
                                         kMessage, signature));
}

TEST(EnvelopeSignature, OfAnotherKeyOfTheSameKindFails) {
  const Bytes signature = envelope_bytes(key(KeyKind::kP256, 1));
  EXPECT_FALSE(verify_envelope_signature(public_key(key(KeyKind::kP256)),
                                         SignatureAlgorithm::kEs256, PssSalt::kAny, kMessage,
                                         signature));
}

TEST(EnvelopeSignature, SaltLengthIsFreeOnlyWhereTheCallerSaysSo) {
  const Key& signer = key(KeyKind::kRsa2048);
  for (const int salt : {0, 20, 32, 64}) {
    const Bytes signature = sign(
        signer, {.how = How::kRsaPss, .hash = "SHA256", .salt = salt, .mgf1_hash = {}}, kMessage);
    EXPECT_TRUE(verify_envelope_signature(public_key(signer), SignatureAlgorithm::kPs256,
                                          PssSalt::kAny, kMessage, signature));
    EXPECT_EQ(verify_envelope_signature(public_key(signer), SignatureAlgorithm::kPs256,
                                        PssSalt::kHashLength, kMessage, signature),
              salt == 32);
  }
}

TEST(EnvelopeSignature, OtherSchemesOfTheSameKeyFail) {
  const Key& signer = key(KeyKind::kRsa2048);
  for (const SignWith& how :
       {SignWith{How::kRsaPkcs1, "SHA256", -1, {}}, SignWith{How::kRsaPss, "SHA512", -1, {}},
        SignWith{How::kRsaPss, "SHA1", -1, {}}, SignWith{How::kRsaPss, "SHA256", -1, "SHA1"},
        SignWith{How::kRsaPss, "SHA256", -1, "SHA512"}}) {
    EXPECT_FALSE(verify_envelope_signature(public_key(signer), SignatureAlgorithm::kPs256,
                                           PssSalt::kAny, kMessage, sign(signer, how, kMessage)))
        << how.hash << how.mgf1_hash;
  }
}

TEST(EnvelopeSignature, EcdsaNumbersOutsideTheirRangeFail) {
  // n of P-256.
  const Bytes order = *from_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  const Bytes zero(32, 0);
  const Bytes one = [] {
    Bytes number(32, 0);
    number.back() = 1;
    return number;
  }();
  const Bytes most(32, 0xFF);
  for (const Bytes& r : {zero, order, most, one}) {
    for (const Bytes& s : {zero, order, most, one}) {
      EXPECT_FALSE(verify_envelope_signature(public_key(key(KeyKind::kP256)),
                                             SignatureAlgorithm::kEs256, PssSalt::kAny, kMessage,
                                             testing::asn1::join({r, s})));
    }
  }
}

TEST(AlgorithmFor, KeysOutsideTheTableSignNoEnvelopes) {
  for (const KeyKind kind :
       {KeyKind::kRsa1024, KeyKind::kP224, KeyKind::kSecp256k1, KeyKind::kEd25519}) {
    EXPECT_EQ(algorithm_for(public_key(key(kind))), std::nullopt);
  }
  for (const unsigned bits : {1024U, 2041U, 2047U, 2049U, 2560U, 3071U, 4095U, 8192U}) {
    const auto odd_size = PublicKey::from_spki(testing::rsa_spki(bits));
    EXPECT_EQ(odd_size->bits(), bits);
    EXPECT_EQ(algorithm_for(*odd_size), std::nullopt) << bits;
  }
  EXPECT_EQ(algorithm_for(PublicKey()), std::nullopt);
  EXPECT_FALSE(verify_envelope_signature(PublicKey(), SignatureAlgorithm::kEs256, PssSalt::kAny,
                                         kMessage, Bytes(64)));
}

TEST(CertificateSignature, KeyAndAlgorithmMustBelongTogether) {
  using enum CertificateSignature;
  const PublicKey rsa = public_key(key(KeyKind::kRsa2048));
  const PublicKey ec = public_key(key(KeyKind::kP256));
  const PublicKey ed = public_key(key(KeyKind::kEd25519));
  const Bytes by_ed =
      sign(key(KeyKind::kEd25519), testing::usual(key(KeyKind::kEd25519)), kMessage);
  EXPECT_TRUE(verify_certificate_signature(ed, kEd25519, HashAlgorithm::kSha512, kMessage, by_ed));
  for (const PublicKey& wrong : {rsa, ec, PublicKey(), public_key(key(KeyKind::kP224))}) {
    EXPECT_FALSE(
        verify_certificate_signature(wrong, kEd25519, HashAlgorithm::kSha512, kMessage, by_ed));
  }
  const Bytes by_p224 = sign(key(KeyKind::kP224), {}, kMessage);
  EXPECT_FALSE(verify_certificate_signature(public_key(key(KeyKind::kP224)), kEcdsa,
                                            HashAlgorithm::kSha256, kMessage, by_p224));
  const Bytes short_salt = sign(key(KeyKind::kRsa2048), {How::kRsaPss, "SHA256", 20, {}}, kMessage);
  EXPECT_FALSE(
      verify_certificate_signature(rsa, kRsaPss, HashAlgorithm::kSha256, kMessage, short_salt));
  const Bytes pkcs1 = sign(key(KeyKind::kRsa2048), {How::kRsaPkcs1, "SHA256", -1, {}}, kMessage);
  EXPECT_TRUE(
      verify_certificate_signature(rsa, kRsaPkcs1, HashAlgorithm::kSha256, kMessage, pkcs1));
  EXPECT_FALSE(
      verify_certificate_signature(rsa, kRsaPkcs1, HashAlgorithm::kSha384, kMessage, pkcs1));
  EXPECT_FALSE(verify_certificate_signature(rsa, kRsaPss, HashAlgorithm::kSha256, kMessage, pkcs1));
}

TEST(PublicKey, IsOneWholeSpki) {
  Bytes spki = key(KeyKind::kP256).spki;
  spki.push_back(0);
  EXPECT_THAT(PublicKey::from_spki(spki), FailsWith(Outcome::kSignatureInvalid, "CE-1"));
  EXPECT_THAT(PublicKey::from_spki({}), FailsWith(Outcome::kSignatureInvalid, "CE-1"));
  Bytes off_curve = key(KeyKind::kP256).spki;
  off_curve.back() ^= 1U;
  EXPECT_THAT(PublicKey::from_spki(off_curve), FailsWith(Outcome::kSignatureInvalid, "CE-1"));
}

}  // namespace
}  // namespace countersign::crypto
