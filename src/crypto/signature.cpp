#include "crypto/signature.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <array>
#include <bit>
#include <string>

#include "crypto/openssl.hpp"

namespace countersign::crypto {
namespace {

constexpr Reason kKeyUnreadable{"CE-1"};

const char* openssl_name(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kSha256:
      return "SHA256";
    case HashAlgorithm::kSha384:
      return "SHA384";
    case HashAlgorithm::kSha512:
      return "SHA512";
  }
  return "";
}

KeyType type_of(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      return KeyType::kRsa;
    case EVP_PKEY_ED25519:
      return KeyType::kEd25519;
    case EVP_PKEY_EC:
      break;
    default:
      return KeyType::kOther;
  }
  std::array<char, 64> group{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) != 1)
    return KeyType::kOther;
  const std::string_view curve(group.data(), length);
  if (curve == "prime256v1" || curve == "P-256") return KeyType::kEcP256;
  if (curve == "secp384r1" || curve == "P-384") return KeyType::kEcP384;
  if (curve == "secp521r1" || curve == "P-521") return KeyType::kEcP521;
  return KeyType::kOther;
}

/// The width of one coordinate in JOSE and COSE signatures.
std::size_t coordinate_bytes(SignatureAlgorithm algorithm) {
  switch (algorithm) {
    case SignatureAlgorithm::kEs256:
      return 32;
    case SignatureAlgorithm::kEs384:
      return 48;
    case SignatureAlgorithm::kEs512:
      return 66;
    default:
      return 0;
  }
}

/// OpenSSL wants DER; r and s outside [1, n-1] then fail in the check itself.
std::optional<Bytes> ecdsa_to_der(BytesView raw, std::size_t width) {
  if (raw.size() != 2 * width) return std::nullopt;
  EcdsaSigPtr signature(ECDSA_SIG_new());
  BignumPtr r(BN_bin2bn(raw.data(), static_cast<int>(width), nullptr));
  BignumPtr s(BN_bin2bn(raw.data() + width, static_cast<int>(width), nullptr));
  if (!signature || !r || !s) return std::nullopt;
  if (ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return std::nullopt;
  static_cast<void>(r.release());
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &der);
  if (size <= 0) return std::nullopt;
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

enum class Padding : std::uint8_t { kNone, kPkcs1, kPss };

bool digest_verify(const PublicKey& key, const char* hash, Padding padding, int salt_length,
                   BytesView message, BytesView signature) {
  // RFC 8017 8.1.2 and 8.2.2, step 1: as long as the modulus. OpenSSL alone also takes PSS
  // signatures whose leading zero octets are cut off.
  if (padding != Padding::kNone &&
      signature.size() != static_cast<std::size_t>(EVP_PKEY_get_size(key.handle()))) {
    return false;
  }
  const MdCtxPtr context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* key_context = nullptr;  // owned by `context`
  bool verified =
      context != nullptr && EVP_DigestVerifyInit_ex(context.get(), &key_context, hash, nullptr,
                                                    nullptr, key.handle(), nullptr) == 1;
  if (verified && padding == Padding::kPkcs1) {
    verified = EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PADDING) == 1;
  }
  if (verified && padding == Padding::kPss) {
    // MGF1 follows the message hash by default, and that is what both specifications ask for.
    verified = EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, salt_length) == 1;
  }
  verified = verified && EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                                          message.data(), message.size()) == 1;
  ERR_clear_error();
  return verified;
}

bool is_ec(KeyType type) {
  return type == KeyType::kEcP256 || type == KeyType::kEcP384 || type == KeyType::kEcP521;
}

}  // namespace

Result<PublicKey> PublicKey::from_spki(BytesView spki) {
  const unsigned char* cursor = spki.data();
  PkeyPtr key(d2i_PUBKEY(nullptr, &cursor, static_cast<long>(spki.size())));
  if (!key || cursor != spki.data() + spki.size()) {
    return Error(Outcome::kSignatureInvalid, kKeyUnreadable,
                 "public key cannot be read: " + take_errors());
  }
  return PublicKey(key.release());
}

Result<PublicKey> PublicKey::from_rsa(BytesView modulus, std::uint32_t exponent) {
  // OSSL_PARAM wants numbers in the machine's order.
  static_assert(std::endian::native == std::endian::little);
  Bytes native(modulus.rbegin(), modulus.rend());
  unsigned long e = exponent;
  const std::array<OSSL_PARAM, 3> parameters = {
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, native.data(), native.size()),
      OSSL_PARAM_construct_ulong(OSSL_PKEY_PARAM_RSA_E, &e), OSSL_PARAM_construct_end()};
  const PkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  // The parameters are only read; the signature is OpenSSL's.
  auto* given = const_cast<OSSL_PARAM*>(parameters.data());  // NOLINT(*-const-cast)
  if (!context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, given) != 1) {
    EVP_PKEY_free(key);
    return Error(Outcome::kSignatureInvalid, kKeyUnreadable,
                 "public key cannot be read: " + take_errors());
  }
  return PublicKey(key);
}

PublicKey::PublicKey(EVP_PKEY* owned)
    : key_(owned, [](EVP_PKEY* handle) { EVP_PKEY_free(handle); }), type_(type_of(owned)) {
  if (type_ == KeyType::kRsa || is_ec(type_))
    bits_ = static_cast<unsigned>(EVP_PKEY_get_bits(owned));
}

std::string_view name(SignatureAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case SignatureAlgorithm::kPs256:
      return "PS256";
    case SignatureAlgorithm::kPs384:
      return "PS384";
    case SignatureAlgorithm::kPs512:
      return "PS512";
    case SignatureAlgorithm::kEs256:
      return "ES256";
    case SignatureAlgorithm::kEs384:
      return "ES384";
    case SignatureAlgorithm::kEs512:
      return "ES512";
  }
  return "";
}

HashAlgorithm hash_of(SignatureAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case SignatureAlgorithm::kPs256:
    case SignatureAlgorithm::kEs256:
      return HashAlgorithm::kSha256;
    case SignatureAlgorithm::kPs384:
    case SignatureAlgorithm::kEs384:
      return HashAlgorithm::kSha384;
    case SignatureAlgorithm::kPs512:
    case SignatureAlgorithm::kEs512:
      return HashAlgorithm::kSha512;
  }
  return HashAlgorithm::kSha512;
}

std::optional<SignatureAlgorithm> algorithm_for(const PublicKey& key) noexcept {
  switch (key.type()) {
    case KeyType::kRsa:
      // Exact sizes: a modulus of 2041 to 2047 bits is refused too (CO-22, for both envelopes).
      if (key.bits() == 2048) return SignatureAlgorithm::kPs256;
      if (key.bits() == 3072) return SignatureAlgorithm::kPs384;
      if (key.bits() == 4096) return SignatureAlgorithm::kPs512;
      return std::nullopt;
    case KeyType::kEcP256:
      return SignatureAlgorithm::kEs256;
    case KeyType::kEcP384:
      return SignatureAlgorithm::kEs384;
    case KeyType::kEcP521:
      return SignatureAlgorithm::kEs512;
    case KeyType::kEd25519:
    case KeyType::kOther:
      return std::nullopt;
  }
  return std::nullopt;
}

bool verify_envelope_signature(const PublicKey& key, SignatureAlgorithm algorithm, PssSalt salt,
                               BytesView message, BytesView signature) {
  if (algorithm_for(key) != algorithm) return false;
  const char* hash = openssl_name(hash_of(algorithm));
  if (key.type() == KeyType::kRsa) {
    const int length = salt == PssSalt::kAny ? RSA_PSS_SALTLEN_AUTO : RSA_PSS_SALTLEN_DIGEST;
    return digest_verify(key, hash, Padding::kPss, length, message, signature);
  }
  const auto der = ecdsa_to_der(signature, coordinate_bytes(algorithm));
  return der && digest_verify(key, hash, Padding::kNone, 0, message, *der);
}

bool verify_certificate_signature(const PublicKey& issuer, CertificateSignature how,
                                  HashAlgorithm hash, BytesView message, BytesView signature) {
  const char* digest = openssl_name(hash);
  switch (how) {
    case CertificateSignature::kRsaPkcs1:
      return issuer.type() == KeyType::kRsa &&
             digest_verify(issuer, digest, Padding::kPkcs1, 0, message, signature);
    case CertificateSignature::kRsaPss:
      return issuer.type() == KeyType::kRsa &&
             digest_verify(issuer, digest, Padding::kPss, RSA_PSS_SALTLEN_DIGEST, message,
                           signature);
    case CertificateSignature::kEcdsa:
      return is_ec(issuer.type()) &&
             digest_verify(issuer, digest, Padding::kNone, 0, message, signature);
    case CertificateSignature::kEd25519:
      return issuer.type() == KeyType::kEd25519 &&
             digest_verify(issuer, nullptr, Padding::kNone, 0, message, signature);
  }
  return false;
}

}  // namespace countersign::crypto
