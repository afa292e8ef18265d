#pragma once
/// OCSP: the question about one certificate, and the answer as a value.
///
/// Source: RFC 6960 section 4; notary-verification RV-20, RV-22, RV-23. No nonce: the answer must
/// be one that responders can prepare. Left to the caller: whether an answer is in time and what it
/// means (revocation/).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "x509/certificate.hpp"

namespace countersign::x509 {

/// RV-22. The reference's limit.
inline constexpr std::size_t kMaxOcspResponseBytes = 20'480;
/// Certificates in a response that are looked at, and statuses in it.
inline constexpr std::size_t kMaxResponderCertificates = 8;
inline constexpr std::size_t kMaxSingleResponses = 64;

/// An OCSPRequest in DER about `certificate`, with SHA-1 names as all responders know them.
[[nodiscard]] Bytes ocsp_request(const Certificate& certificate, const Certificate& issuer);

enum class OcspStatus : std::uint8_t { kGood, kRevoked, kUnknown };

/// What a response says of one certificate.
struct SingleResponse {
  OcspStatus status = OcspStatus::kUnknown;
  Instant this_update;
  std::optional<Instant> next_update;
  std::optional<Instant> invalidity_date;  ///< if there is one that can be read (RV-24)
  bool has_critical_extension = false;

  friend bool operator==(const SingleResponse&, const SingleResponse&) = default;
};

/// What a response says of `certificate`: once, or more often the same, since a responder may name
/// it with several hashes. Reads one complete DER response of at most
/// `kMaxOcspResponseBytes`, and checks its signature: with the issuer's key, or with that of a
/// certificate in it which the issuer signed, is valid `now` and may sign responses (RV-23).
///
/// Errors: `kRevocationUnknown`, reason RV-22 or RV-23; the message says what is wrong.
Result<SingleResponse> verify_ocsp_response(BytesView der, const Certificate& certificate,
                                            const Certificate& issuer, Instant now);

}  // namespace countersign::x509
