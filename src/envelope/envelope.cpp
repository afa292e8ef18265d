#include "envelope/envelope.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "envelope/limits.hpp"
#include "envelope/unverified.hpp"
#include "oci/media_type.hpp"
#include "x509/code_signing_chain.hpp"

namespace countersign::envelope {
namespace {

Result<SigningScheme> scheme_named(std::string_view text) {
  for (const auto scheme : {SigningScheme::kX509, SigningScheme::kSigningAuthority}) {
    if (name(scheme) == text) return scheme;
  }
  return integrity_error(
      "SC-1", fmt::format("signing scheme \"{}\" is not supported", printable(text, 64)));
}

/// JW-9: the headers that must be critical are, once each; every other entry names an extended
/// attribute.
Status check_critical(const UnverifiedEnvelope& envelope, SigningScheme scheme,
                      std::vector<ExtendedAttribute>& out) {
  std::vector<std::string_view> needed = {kSigningSchemeHeader};
  if (envelope.times.expiry) needed.push_back(kExpiryHeader);
  if (scheme == SigningScheme::kSigningAuthority) needed.push_back(kAuthenticSigningTimeHeader);
  out = envelope.attributes;
  for (const HeaderLabel& entry : envelope.critical) {
    const auto found = std::ranges::find(needed, entry.text);
    if (!entry.is_integer && found != needed.end()) {
      needed.erase(found);
      continue;
    }
    const auto attribute = std::ranges::find_if(out, [&](const ExtendedAttribute& each) {
      return each.name == entry.text && each.is_integer == entry.is_integer;
    });
    if (attribute == out.end()) {
      return integrity_error(
          "JW-9", fmt::format("header \"{}\" is marked critical but is not present, or may not be "
                              "marked critical",
                              printable(entry.text, 64)));
    }
    if (attribute->critical) {
      return integrity_error(
          "JW-9", fmt::format("header \"{}\" is marked critical twice", printable(entry.text, 64)));
    }
    attribute->critical = true;
  }
  if (!needed.empty()) {
    return integrity_error(
        "JW-9", fmt::format("required header {} is not marked as critical", needed.front()));
  }
  return ok();
}

/// The one time that the scheme has; the other scheme's must be absent (JW-3.3 table, SC-4).
Result<Instant> scheme_time(const HeaderTimes& times, SigningScheme scheme) {
  const bool x509 = scheme == SigningScheme::kX509;
  const auto& wanted = x509 ? times.signing_time : times.authentic_signing_time;
  const auto& other = x509 ? times.authentic_signing_time : times.signing_time;
  if (other) {
    return integrity_error(
        "SC-4", fmt::format("{} must not be present under signing scheme {}",
                            x509 ? kAuthenticSigningTimeHeader : kSigningTimeHeader, name(scheme)));
  }
  // The reference takes its zero time for "absent".
  if (!wanted || *wanted == kFirstInstant) {
    return integrity_error(
        "SC-4", x509 ? "signing-time not present" : "authentic signing time must be present");
  }
  return *wanted;
}

Status check_signature(const UnverifiedEnvelope& envelope) {
  if (!envelope.algorithm) {
    return integrity_error("JW-17", fmt::format("signature algorithm \"{}\" is not supported",
                                                printable(envelope.algorithm_text, 32)));
  }
  const crypto::PublicKey& key = envelope.chain.front().key();
  const auto derived = crypto::algorithm_for(key);
  if (!derived) {
    return integrity_error(
        "CE-24",
        "the key of the signing certificate must be RSA 2048, 3072 or 4096 or EC P-256, "
        "P-384 or P-521");
  }
  if (*derived != *envelope.algorithm) {
    return integrity_error(
        "CE-25", fmt::format("mismatch between the algorithm that the signing certificate implies, "
                             "{}, and the one that the signature names, {}",
                             name(*derived), name(*envelope.algorithm)));
  }
  if (envelope.signature.empty()) return integrity_error("JW-14", "signature is empty");
  if (!crypto::verify_envelope_signature(key, *derived, envelope.salt, envelope.signed_bytes,
                                         envelope.signature)) {
    return integrity_error(
        "JW-13",
        "signature is invalid: payload, headers or signature do not belong together or "
        "were changed");
  }
  return ok();
}

}  // namespace

std::string_view name(SigningScheme scheme) noexcept {
  return scheme == SigningScheme::kX509 ? "notary.x509" : "notary.x509.signingAuthority";
}

Error integrity_error(Reason reason, std::string message) {
  return {Outcome::kSignatureInvalid, reason, std::move(message)};
}

const ExtendedAttribute* VerifiedEnvelope::find_attribute(std::string_view wanted) const noexcept {
  const auto found = std::ranges::find_if(attributes_, [&](const ExtendedAttribute& each) {
    return !each.is_integer && each.name == wanted;
  });
  return found == attributes_.end() ? nullptr : &*found;
}

Result<std::vector<x509::Certificate>> parse_chain(const std::vector<Bytes>& ders,
                                                   x509::CertificateCache* certificates) {
  if (ders.size() > x509::kMaxChainLength) {
    return integrity_error(
        "CE-3",
        fmt::format("the certificate chain has more than {} certificates", x509::kMaxChainLength));
  }
  std::vector<x509::Certificate> chain;
  for (const Bytes& der : ders) {
    auto certificate = x509::parse_certificate(der, certificates);
    if (!certificate) {
      return std::move(certificate)
          .error()
          .while_doing(chain.empty() ? std::string("malformed leaf certificate")
                                     : fmt::format("certificate {} of the chain", chain.size()));
    }
    chain.push_back(*std::move(certificate));
  }
  return chain;
}

ClaimedEnvelope::ClaimedEnvelope(UnverifiedEnvelope parts, SigningScheme scheme)
    : parts_(std::make_unique<UnverifiedEnvelope>(std::move(parts))), scheme_(scheme) {}
ClaimedEnvelope::ClaimedEnvelope(ClaimedEnvelope&&) noexcept = default;
ClaimedEnvelope& ClaimedEnvelope::operator=(ClaimedEnvelope&&) noexcept = default;
ClaimedEnvelope::~ClaimedEnvelope() = default;

const std::vector<x509::Certificate>& ClaimedEnvelope::chain() const noexcept {
  return parts_->chain;
}

std::optional<Instant> ClaimedEnvelope::signing_time() const noexcept {
  return scheme_ == SigningScheme::kX509 ? parts_->times.signing_time
                                         : parts_->times.authentic_signing_time;
}

std::optional<Instant> ClaimedEnvelope::expiry() const noexcept { return parts_->times.expiry; }

Result<ClaimedEnvelope> read_envelope(std::string_view media_type, BytesView bytes,
                                      x509::CertificateCache* certificates) {
  if (bytes.size() > kMaxEnvelopeBytes) {
    return integrity_error("ST-7", fmt::format("envelope of {} bytes is over the limit of {}",
                                               bytes.size(), kMaxEnvelopeBytes));
  }
  const bool jws = media_type == oci::media_type::kJws;
  if (!jws && media_type != oci::media_type::kCose) {
    return integrity_error(
        "ST-6",
        fmt::format("signature envelope format with media type \"{}\" is not supported; want "
                    "application/jose+json or application/cose",
                    printable(media_type, 128)));
  }
  COUNTERSIGN_TRY(UnverifiedEnvelope parts,
                  jws ? parse_jws(bytes, certificates) : parse_cose(bytes, certificates));
  COUNTERSIGN_TRY(const SigningScheme scheme, scheme_named(parts.scheme));
  return ClaimedEnvelope(std::move(parts), scheme);
}

Result<VerifiedEnvelope> verify_envelope(ClaimedEnvelope claimed, TrustedFrom from) {
  UnverifiedEnvelope& envelope = *claimed.parts_;
  unsigned links = 0;
  unsigned& counted = from.links != nullptr ? *from.links : links;
  if (from.place) {
    if (auto broken = x509::first_broken_link(envelope.chain, *from.place, counted))
      return *std::move(broken);
  }
  COUNTERSIGN_CHECK(check_signature(envelope));
  VerifiedEnvelope verified;
  verified.scheme_ = claimed.scheme_;
  COUNTERSIGN_CHECK(check_critical(envelope, verified.scheme_, verified.attributes_));
  COUNTERSIGN_TRY(verified.signing_time_, scheme_time(envelope.times, verified.scheme_));
  verified.expiry_ = envelope.times.expiry;
  if (verified.expiry_ && *verified.expiry_ <= verified.signing_time_) {
    return integrity_error("SC-3", "expiry cannot be equal or before the signing time");
  }
  const std::vector<Error> findings =
      x509::code_signing_findings(envelope.chain, from.place.value_or(0), &counted);
  if (!findings.empty()) {
    std::string message = findings.front().message();
    for (std::size_t i = 1; i < findings.size(); ++i) message += "; " + findings[i].message();
    return integrity_error(findings.front().reason(), std::move(message));
  }
  if (envelope.content_type != kPayloadType) {
    return integrity_error("PL-1", fmt::format("payload content type \"{}\" is not supported",
                                               printable(envelope.content_type, 128)));
  }
  verified.chain_ = std::move(envelope.chain);
  verified.payload_ = std::move(envelope.payload);
  verified.signature_ = std::move(envelope.signature);
  verified.timestamp_token_ = std::move(envelope.timestamp_token);
  return verified;
}

Result<VerifiedEnvelope> open_envelope(std::string_view media_type, BytesView bytes,
                                       x509::CertificateCache* certificates) {
  COUNTERSIGN_TRY(ClaimedEnvelope claimed, read_envelope(media_type, bytes, certificates));
  return verify_envelope(std::move(claimed));
}

}  // namespace countersign::envelope
