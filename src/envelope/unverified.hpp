#pragma once
/// The seam between the parsers (JWS, COSE) and the checks that both envelope formats share.
/// Internal to envelope/.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "envelope/envelope.hpp"

namespace countersign::envelope {

/// Times as the protected header has them.
struct HeaderTimes {
  std::optional<Instant> signing_time;
  std::optional<Instant> authentic_signing_time;
  std::optional<Instant> expiry;
};

/// An entry of the list of critical headers.
struct HeaderLabel {
  std::string text;
  bool is_integer = false;
};

struct UnverifiedEnvelope {
  std::vector<x509::Certificate> chain;
  std::optional<crypto::SignatureAlgorithm>
      algorithm;  ///< what the header claims; nothing for any other name
  std::string algorithm_text;
  crypto::PssSalt salt = crypto::PssSalt::kHashLength;
  Bytes signed_bytes;
  Bytes signature;
  Bytes payload;
  std::string content_type;
  std::string scheme;
  HeaderTimes times;
  std::vector<HeaderLabel> critical;  ///< as listed, in order
  std::vector<ExtendedAttribute> attributes;
  std::optional<Bytes> timestamp_token;
};

inline constexpr std::string_view kSigningSchemeHeader = "io.cncf.notary.signingScheme";
inline constexpr std::string_view kSigningTimeHeader = "io.cncf.notary.signingTime";
inline constexpr std::string_view kAuthenticSigningTimeHeader =
    "io.cncf.notary.authenticSigningTime";
inline constexpr std::string_view kExpiryHeader = "io.cncf.notary.expiry";
inline constexpr std::string_view kPluginHeader = "io.cncf.notary.verificationPlugin";
inline constexpr std::string_view kPluginMinVersionHeader =
    "io.cncf.notary.verificationPluginMinVersion";
inline constexpr std::string_view kTimestampHeader = "io.cncf.notary.timestampSignature";
inline constexpr std::string_view kSigningAgentHeader = "io.cncf.notary.signingAgent";

[[nodiscard]] Error integrity_error(Reason reason, std::string message);

/// Chain certificates from DER, leaf first. Errors name the position.
Result<std::vector<x509::Certificate>> parse_chain(const std::vector<Bytes>& ders,
                                                   x509::CertificateCache* certificates = nullptr);

/// JWS JSON serialisation to its parts; the signature is not checked.
Result<UnverifiedEnvelope> parse_jws(BytesView bytes,
                                     x509::CertificateCache* certificates = nullptr);

/// Tagged COSE_Sign1 to its parts; the signature is not checked.
Result<UnverifiedEnvelope> parse_cose(BytesView bytes,
                                      x509::CertificateCache* certificates = nullptr);

}  // namespace countersign::envelope
