#pragma once
/// Signature envelopes: from bytes that nobody vouches for, by way of what they claim, to an
/// envelope whose signature verified under the leaf of its own chain. Reading costs no public-key
/// operation, so that it can be asked in between whether anybody trusts the chain. Verifying is the
/// integrity check of the specification.
///
/// Source: notary-verification sections 3 (JWS), 4 (COSE), 5 (schemes and times), 6 (certificates),
/// PL-1, PL-3, VE-5. Deviations from the reference: docs/conformance.yaml names each, all stricter.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "crypto/signature.hpp"
#include "x509/certificate.hpp"
#include "x509/certificate_cache.hpp"

namespace countersign::envelope {

inline constexpr std::string_view kPayloadType = "application/vnd.cncf.notary.payload.v1+json";

enum class SigningScheme : std::uint8_t { kX509, kSigningAuthority };
/// "notary.x509" or "notary.x509.signingAuthority"
[[nodiscard]] std::string_view name(SigningScheme scheme) noexcept;

/// A protected header that the specification does not define, or a plugin attribute.
struct ExtendedAttribute {
  std::string name;
  bool is_integer = false;  ///< a COSE label that is a number: 1 and "1" are two labels
  bool critical = false;
  std::optional<std::string> text;  ///< its value, if that is a string
  /// Its value as JSON, if that is a string, a number, true, false or null: what can be handed to a
  /// plugin, whatever the format of the envelope. Empty for everything else.
  std::string json;
};

/// What the parsers read, before anything is verified. Never leaves this module.
struct UnverifiedEnvelope;

/// What an envelope claims. Its structure is in order; nothing of it was verified.
class ClaimedEnvelope {
 public:
  ClaimedEnvelope(ClaimedEnvelope&&) noexcept;
  ClaimedEnvelope& operator=(ClaimedEnvelope&&) noexcept;
  ~ClaimedEnvelope();

  [[nodiscard]] const std::vector<x509::Certificate>& chain() const noexcept;  ///< leaf first
  [[nodiscard]] SigningScheme scheme() const noexcept { return scheme_; }
  /// The one of the scheme; nothing if it is not there.
  [[nodiscard]] std::optional<Instant> signing_time() const noexcept;
  [[nodiscard]] std::optional<Instant> expiry() const noexcept;

 private:
  friend Result<ClaimedEnvelope> read_envelope(std::string_view media_type, BytesView bytes,
                                               x509::CertificateCache* certificates);
  friend Result<class VerifiedEnvelope> verify_envelope(ClaimedEnvelope envelope,
                                                        struct TrustedFrom from);
  ClaimedEnvelope(UnverifiedEnvelope parts, SigningScheme scheme);
  std::unique_ptr<UnverifiedEnvelope> parts_;
  SigningScheme scheme_;
};

/// Where the checks begin.
struct TrustedFrom {
  /// Place in the chain of the trusted certificate that is nearest to the leaf. Nothing if there is
  /// none: then the envelope's signature is checked first.
  std::optional<std::size_t> place = std::nullopt;
  /// Counts signatures of certificates that are checked; may be null.
  unsigned* links = nullptr;
};

/// An envelope whose signature verified with the key of its leaf, whose chain keeps the
/// code-signing profile, and whose headers are in order. Only `verify_envelope` makes one.
class VerifiedEnvelope {
 public:
  [[nodiscard]] const std::vector<x509::Certificate>& chain() const noexcept { return chain_; }
  [[nodiscard]] const x509::Certificate& leaf() const noexcept { return chain_.front(); }
  [[nodiscard]] SigningScheme scheme() const noexcept { return scheme_; }
  /// signingTime (asserted by the signer) or authenticSigningTime (by the signing authority).
  [[nodiscard]] Instant signing_time() const noexcept { return signing_time_; }
  [[nodiscard]] const std::optional<Instant>& expiry() const noexcept { return expiry_; }
  [[nodiscard]] const std::vector<ExtendedAttribute>& extended_attributes() const noexcept {
    return attributes_;
  }
  [[nodiscard]] const ExtendedAttribute* find_attribute(std::string_view name) const noexcept;
  [[nodiscard]] BytesView payload() const noexcept { return payload_; }
  /// The raw signature: what a timestamp countersigns.
  [[nodiscard]] BytesView signature() const noexcept { return signature_; }
  /// An RFC 3161 token, not looked at here; nothing if absent.
  [[nodiscard]] const std::optional<Bytes>& timestamp_token() const noexcept {
    return timestamp_token_;
  }

 private:
  friend Result<VerifiedEnvelope> verify_envelope(ClaimedEnvelope envelope, TrustedFrom from);
  VerifiedEnvelope() = default;

  std::vector<x509::Certificate> chain_;
  SigningScheme scheme_ = SigningScheme::kX509;
  Instant signing_time_;
  std::optional<Instant> expiry_;
  std::vector<ExtendedAttribute> attributes_;
  Bytes payload_;
  Bytes signature_;
  std::optional<Bytes> timestamp_token_;
};

/// Reads the structure. `media_type` is the layer's, exactly (ST-6); at most `kMaxEnvelopeBytes`.
/// Errors: `kSignatureInvalid`; the reason is the rule's id. `certificates` may be null, and
/// changes nothing but the time that it takes.
Result<ClaimedEnvelope> read_envelope(std::string_view media_type, BytesView bytes,
                                      x509::CertificateCache* certificates = nullptr);

/// Links below the trusted certificate, then the envelope's signature, then the rest, up to the
/// first that fails. Errors: as above.
Result<VerifiedEnvelope> verify_envelope(ClaimedEnvelope envelope, TrustedFrom from = {});

/// Both at once, for those who do not ask whom to trust.
Result<VerifiedEnvelope> open_envelope(std::string_view media_type, BytesView bytes,
                                       x509::CertificateCache* certificates = nullptr);

}  // namespace countersign::envelope
