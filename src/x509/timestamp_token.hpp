#pragma once
/// RFC 3161 timestamp tokens as values: CMS SignedData around a TSTInfo, and the check of one of
/// its signatures. Whether the signer is a trusted authority is asked in tsa_chain.hpp.
///
/// Source: notary-verification TS-1 to TS-4, TS-20 to TS-23; RFC 3161, RFC 5652, RFC 5816.
/// Deviations from the reference: embedded CRLs are skipped instead of refused; the certificate
/// that the signing-certificate attribute names must be the one that the signer names.

#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "x509/certificate.hpp"
#include "x509/timestamp_info.hpp"

namespace countersign::x509 {

/// Certificates of one token. Authorities send their chain: up to five.
inline constexpr std::size_t kMaxTokenCertificates = 32;
/// Signatures of one token. RFC 3161 wants exactly one, the reference takes any number.
inline constexpr std::size_t kMaxTokenSigners = 4;
/// Signed attributes of one signature. Authorities send three to six.
inline constexpr std::size_t kMaxSignedAttributes = 64;

/// Who made a signature that verified.
struct TimestampSigner {
  Certificate certificate;
  std::optional<Instant> signing_time;  ///< of the signed attribute, if there is one
};

class TimestampToken {
 public:
  /// Reads one TimeStampToken that makes up all of `bytes`: BER with definite lengths. Nothing is
  /// verified. Errors: `kTimestampInvalid`; the reason is the rule's id.
  static Result<TimestampToken> parse(BytesView bytes);

  [[nodiscard]] const TimestampInfo& info() const noexcept { return info_; }
  /// In the order of the token; none if it has none.
  [[nodiscard]] const std::vector<Certificate>& certificates() const noexcept {
    return certificates_;
  }
  [[nodiscard]] std::size_t signer_count() const noexcept { return signers_.size(); }

  /// The signer number `index`, if everything that it signed is in order and its signature verifies
  /// with the key of a certificate of this token that it names in both ways. Errors:
  /// `kTimestampInvalid`, reasons TS-20 to TS-24.
  [[nodiscard]] Result<TimestampSigner> verify_signer(std::size_t index) const;

 private:
  /// A SignerInfo: views into `bytes_`.
  struct Signer {
    int version = 0;
    BytesView issuer;  ///< DER Name
    BytesView serial;
    BytesView digest_algorithm;
    std::optional<BytesView> signed_attributes;  ///< their content octets
    BytesView signature_algorithm;
    BytesView signature;
  };

  TimestampToken() = default;
  static Result<Signer> parse_signer(BytesView fields);
  [[nodiscard]] const Certificate* find(BytesView issuer, BytesView serial) const noexcept;
  [[nodiscard]] Result<Certificate> signing_certificate(const Signer& signer,
                                                        BytesView attribute) const;

  std::shared_ptr<const Bytes> bytes_;
  BytesView content_;  ///< what is signed: the octets of the TSTInfo
  TimestampInfo info_;
  std::vector<Certificate> certificates_;
  std::vector<Signer> signers_;
};

}  // namespace countersign::x509
