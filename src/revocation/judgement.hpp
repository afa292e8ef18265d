#pragma once
/// What an OCSP response or a CRL says of one certificate at one time. Pure, and always from the
/// bytes: nothing is believed because it was believed before.
///
/// Source: notary-verification RV-22 to RV-25 (OCSP), RV-30 to RV-35 (CRL).

#include <cstdint>
#include <optional>
#include <string>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "revocation/status.hpp"
#include "x509/certificate.hpp"
#include "x509/crl.hpp"

namespace countersign::revocation {

/// What two clocks may differ by: thisUpdate may lie this far ahead (RV-23, RV-32).
inline constexpr std::int64_t kClockSkewSeconds = 300;

/// Whose status is asked. What it refers to must outlive it.
struct Subject {
  const x509::Certificate& certificate;
  const x509::Certificate& issuer;
  std::optional<Instant> signing_time;
  Instant now;
};

/// What signed data says, as long as it is in time. Default-constructed it denies.
struct Finding {
  Status status = Status::kUnknown;  ///< `kGood`, `kRevoked`; `kUnknown` if a responder says so
  std::string reason{};
  Instant this_update;
  Instant next_update;
  /// Of a revoked certificate: signatures from before it stand (RV-24, RV-34).
  std::optional<Instant> invalidity_date{};
};

/// Whether the signature is older than what invalidated the certificate (RV-6, RV-24).
[[nodiscard]] bool stands(const Subject& subject, const std::optional<Instant>& invalidity_date);

/// Errors: `kRevocationUnknown`: the response cannot be used.
Result<Finding> judge_ocsp(BytesView response, const Subject& subject);

/// RV-33; RFC 5280 6.3.3 (b)(2)(i): whether a list that names its distribution point has the name
/// from the certificate. Another part of the issuer's lists is as well signed, and says nothing of
/// it. Only addresses are compared.
[[nodiscard]] bool is_point_of(const x509::IssuingDistributionPoint& scope,
                               const x509::Certificate& certificate);

/// Whether a list is the issuer's, in time and one that we understand (RV-31 to RV-33), whatever
/// certificate it is used for. `kVerified` if the signature was checked before, of the same bytes,
/// with the same issuer.
enum class ListSignature : std::uint8_t { kUnchecked, kVerified };
enum class ListKind : std::uint8_t { kBase, kDelta };
Result<void> check_list(const x509::Crl& list, ListKind kind, ListSignature signature,
                        const Subject& subject);
/// Whether it is about such certificates (RV-33). `asked` is the address where it was asked for: a
/// list for some reasons only counts there, as each of a certificate's addresses may have others.
Result<void> check_scope(const x509::Crl& list, const x509::Certificate& certificate,
                         std::string_view asked);
/// Whether `delta`, which is in order by itself, belongs to `base` (RV-35).
Result<void> check_delta(const x509::Crl& delta, const x509::Crl& base);

/// What a base list and its delta, if it has one, say (RV-34). Both were checked. Errors:
/// `kRevocationUnknown`: an entry of the certificate cannot be understood.
Result<Finding> judge_lists(const x509::Crl& base, const x509::Crl* delta, const Subject& subject);

}  // namespace countersign::revocation
