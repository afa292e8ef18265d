#pragma once
/// Public keys and the check of one signature.
///
/// Source: notary-verification JW-15 to JW-18, CO-21, CO-22, CE-11, CE-23, CE-24.

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/hash.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): OpenSSL's own name.
struct evp_pkey_st;

namespace countersign::crypto {

enum class KeyType : std::uint8_t { kRsa, kEcP256, kEcP384, kEcP521, kEd25519, kOther };

/// A public key. Copies share the one key, which nothing changes.
class PublicKey {
 public:
  PublicKey() = default;

  /// Reads a DER SubjectPublicKeyInfo that makes up all of `spki`.
  /// Errors: `kSignatureInvalid`, reason CE-1.
  static Result<PublicKey> from_spki(BytesView spki);
  /// From the modulus, big-endian and positive, and the exponent. Costs a fiftieth of what OpenSSL
  /// takes to read the same from a SubjectPublicKeyInfo. Errors: as `from_spki`.
  static Result<PublicKey> from_rsa(BytesView modulus, std::uint32_t exponent);

  [[nodiscard]] KeyType type() const noexcept { return type_; }
  /// RSA: exact bit length of the modulus; EC: of the curve; else 0.
  [[nodiscard]] unsigned bits() const noexcept { return bits_; }
  [[nodiscard]] evp_pkey_st* handle() const noexcept { return key_.get(); }

 private:
  explicit PublicKey(evp_pkey_st* owned);

  std::shared_ptr<evp_pkey_st> key_;
  KeyType type_ = KeyType::kOther;
  unsigned bits_ = 0;
};

/// What an envelope may be signed with, and nothing else (table CE-23).
enum class SignatureAlgorithm : std::uint8_t { kPs256, kPs384, kPs512, kEs256, kEs384, kEs512 };

[[nodiscard]] std::string_view name(SignatureAlgorithm algorithm) noexcept;  ///< "PS256"
[[nodiscard]] HashAlgorithm hash_of(SignatureAlgorithm algorithm) noexcept;
/// The one algorithm that a signing key implies; nothing for keys that must not sign envelopes.
[[nodiscard]] std::optional<SignatureAlgorithm> algorithm_for(const PublicKey& key) noexcept;

/// JWS accepts any salt length (the reference does, JW-16), COSE only the hash's (CO-22).
enum class PssSalt : std::uint8_t { kAny, kHashLength };

/// Checks `signature` over `message`. ECDSA signatures are fixed-width r and s, as JOSE and COSE
/// write them. True only if it verifies. The key must be of the algorithm's type.
[[nodiscard]] bool verify_envelope_signature(const PublicKey& key, SignatureAlgorithm algorithm,
                                             PssSalt salt, BytesView message, BytesView signature);

/// How certificates are signed (CE-11).
enum class CertificateSignature : std::uint8_t { kRsaPkcs1, kRsaPss, kEcdsa, kEd25519 };

/// Checks a certificate's signature: DER signatures for ECDSA; PSS with MGF1 of the same hash and
/// salt of the hash's length. `hash` is ignored for Ed25519. True only if it verifies.
[[nodiscard]] bool verify_certificate_signature(const PublicKey& issuer, CertificateSignature how,
                                                HashAlgorithm hash, BytesView message,
                                                BytesView signature);

}  // namespace countersign::crypto
