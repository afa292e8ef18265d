#pragma once
/// X.509 certificates as immutable values.
///
/// Source: notary-verification CE-1 (what is refused while reading, in any position of a chain),
/// CE-11 (signature algorithms), RV-30 (distribution points); RFC 5280. Left to the caller: every
/// rule about what a certificate may be used for (code_signing_chain.hpp) and time.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "crypto/signature.hpp"
#include "x509/name.hpp"

namespace countersign::x509 {

struct BasicConstraints {
  bool is_ca = false;
  std::optional<int> path_length;
  bool critical = false;
};

struct KeyUsage {
  /// Bit n of RFC 5280 4.2.1.3, n = 0 digitalSignature … 8 decipherOnly.
  unsigned bits = 0;
  bool critical = false;
  [[nodiscard]] bool has(unsigned bit) const noexcept { return ((bits >> bit) & 1U) != 0; }
};
inline constexpr unsigned kDigitalSignature = 0;
inline constexpr unsigned kContentCommitment = 1;
inline constexpr unsigned kKeyCertSign = 5;
inline constexpr unsigned kCrlSign = 6;

struct ExtendedKeyUsage {
  std::vector<std::string> purposes;  ///< OIDs, content octets
  bool critical = false;
};

/// How the certificate is signed, if that is allowed at all (no MD5, no SHA-1, no DSA).
struct SignatureMethod {
  crypto::CertificateSignature how = crypto::CertificateSignature::kRsaPkcs1;
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::kSha256;
};

/// One certificate. Copies are cheap: they share what was read.
class Certificate {
 public:
  /// Reads one complete DER certificate of at most 64 KiB.
  /// Errors: `kSignatureInvalid`, reason CE-1; the message says what is wrong.
  static Result<Certificate> parse(BytesView der);

  [[nodiscard]] BytesView der() const noexcept;
  [[nodiscard]] BytesView subject_der() const noexcept;
  [[nodiscard]] BytesView issuer_der() const noexcept;
  [[nodiscard]] const Name& subject() const noexcept;
  [[nodiscard]] const Name& issuer() const noexcept;
  [[nodiscard]] std::string subject_text() const { return to_string(subject()); }
  /// Content octets of the INTEGER.
  [[nodiscard]] BytesView serial() const noexcept;
  [[nodiscard]] Instant not_before() const noexcept;
  [[nodiscard]] Instant not_after() const noexcept;
  [[nodiscard]] bool valid_at(Instant when) const noexcept {
    return not_before() <= when && when <= not_after();
  }
  /// 1, 2 or 3.
  [[nodiscard]] int version() const noexcept;
  [[nodiscard]] const crypto::PublicKey& key() const noexcept;
  /// The content of subjectPublicKey: what OCSP hashes to name a key.
  [[nodiscard]] BytesView key_bits() const noexcept;
  [[nodiscard]] const std::optional<BasicConstraints>& basic_constraints() const noexcept;
  [[nodiscard]] const std::optional<KeyUsage>& key_usage() const noexcept;
  [[nodiscard]] const std::optional<ExtendedKeyUsage>& extended_key_usage() const noexcept;
  [[nodiscard]] const std::vector<std::string>& ocsp_urls() const noexcept;
  [[nodiscard]] const std::vector<std::string>& crl_urls() const noexcept;
  /// It has the extension freshestCRL, which is not read (RV-35).
  [[nodiscard]] bool names_freshest_crl() const noexcept;
  [[nodiscard]] const std::optional<SignatureMethod>& signature_method() const noexcept;
  /// SHA-256 of the DER, lower-case hex.
  [[nodiscard]] const std::string& thumbprint() const noexcept;

  /// True if the signature on this certificate verifies with `issuer`'s key by an allowed algorithm
  /// and a key that is strong enough (CE-11). Names and rights are not looked at.
  [[nodiscard]] bool has_signature_of(const Certificate& issuer) const;

  /// Byte for byte.
  friend bool operator==(const Certificate& a, const Certificate& b);

 private:
  struct Data;
  explicit Certificate(std::shared_ptr<const Data> data) : data_(std::move(data)) {}
  std::shared_ptr<const Data> data_;
};

}  // namespace countersign::x509
