#pragma once
/// Revocation of a chain: what is asked, what is known of each certificate, and what that means for
/// the chain. Pure.
///
/// Source: notary-verification RV-1 to RV-6; the reference's names of results.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "x509/certificate.hpp"

namespace countersign::revocation {

enum class Status : std::uint8_t {
  kUnknown,       ///< no usable answer
  kGood,          ///< a valid answer says that it is not revoked
  kNonRevocable,  ///< it is the root, or it names neither OCSP nor CRL (RV-1, RV-2)
  kRevoked,
};

/// Default-constructed it denies.
struct CertificateStatus {
  Status status = Status::kUnknown;
  std::string reason{};  ///< what is known and from where; safe to show
  /// Of a good one: when what says so ends.
  std::optional<Instant> good_until{};
};

/// One chain, leaf first and root last, whose order and signatures were checked.
struct ChainQuestion {
  std::vector<x509::Certificate> chain;
  /// The authentic signing time, if the scheme has one (RV-6): what an invalidity date is compared
  /// with.
  std::optional<Instant> signing_time;
  Instant now;
};

/// One for each certificate of the chain, in its order.
using ChainAnswer = std::vector<CertificateStatus>;

/// True if nobody has to be asked about this certificate of a chain.
[[nodiscard]] bool is_non_revocable(std::span<const x509::Certificate> chain, std::size_t place);
/// True if somebody has to be asked about one of them.
[[nodiscard]] bool must_be_asked_about(std::span<const x509::Certificate> chain);

/// What a chain comes to (RV-3). Default-constructed it denies.
struct Conclusion {
  Status status = Status::kUnknown;  ///< `kGood`, `kRevoked` or `kUnknown`
  std::size_t place = 0;             ///< of the certificate that decided, nearest to the leaf
  std::string reason{};
  /// Of a good one: when the first of what says so ends, if any ends.
  std::optional<Instant> good_until{};
};

/// Revoked before unknown before good, nearest to the leaf. Certificates that the answer says
/// nothing of are unknown, unless they are non-revocable.
[[nodiscard]] Conclusion conclude(std::span<const x509::Certificate> chain,
                                  const ChainAnswer& answer);

}  // namespace countersign::revocation
