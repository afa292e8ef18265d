#pragma once
/// Certificate revocation lists as views over the bytes that were received: a list of 32 MiB costs
/// its 32 MiB. No copy of its entries is ever made; they are walked.
///
/// Source: RFC 5280 section 5; notary-verification RV-31 to RV-35. Left to the caller: whose list
/// it is, whether it is in time, and what its entries mean (revocation/).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "x509/certificate.hpp"

namespace countersign::x509 {

/// A list of this size or more is refused.
inline constexpr std::size_t kCrlTooLarge = std::size_t{32} * 1024 * 1024;
/// Entries of one serial number that are looked at; more make the list unusable.
inline constexpr std::size_t kMaxEntriesOfSerial = 64;

/// What the extension issuingDistributionPoint says of a list's scope.
struct IssuingDistributionPoint {
  bool only_user_certificates = false;
  bool only_ca_certificates = false;
  bool only_attribute_certificates = false;
  bool only_some_reasons = false;
  bool indirect = false;
  bool names_point = false;         ///< it has a distributionPoint,
  std::vector<std::string> uris{};  ///< of which these are the URIs

  friend bool operator==(const IssuingDistributionPoint&,
                         const IssuingDistributionPoint&) = default;
};

/// One entry for the serial number that was asked for.
struct CrlEntry {
  Instant revocation_date;
  std::optional<int> reason;               ///< CRLReason, if it is given
  std::optional<Instant> invalidity_date;  ///< GeneralizedTime only (RV-34)
  /// Set if the entry cannot be understood: a critical extension that is unknown, or a malformed
  /// one.
  std::string problem;
};

/// One version 2 list of which every octet was walked. Copies are cheap: they share the bytes.
class Crl {
 public:
  /// Reads one complete DER list. Errors: `kRevocationUnknown`, reason RV-31; the message says what
  /// is wrong.
  static Result<Crl> parse(std::shared_ptr<const std::string> der);

  [[nodiscard]] const std::shared_ptr<const std::string>& der() const noexcept { return der_; }
  [[nodiscard]] BytesView issuer_der() const noexcept { return issuer_; }
  [[nodiscard]] Instant this_update() const noexcept { return this_update_; }
  [[nodiscard]] const std::optional<Instant>& next_update() const noexcept { return next_update_; }
  /// Content octets of the INTEGER, not negative; nothing if absent.
  [[nodiscard]] const std::optional<BytesView>& number() const noexcept { return number_; }
  /// BaseCRLNumber of a delta list, likewise; nothing if it is none.
  [[nodiscard]] const std::optional<BytesView>& base_number() const noexcept {
    return base_number_;
  }
  [[nodiscard]] const std::optional<IssuingDistributionPoint>& scope() const noexcept {
    return scope_;
  }
  /// Where its delta lists are; empty if there are none.
  [[nodiscard]] const std::vector<std::string>& freshest() const noexcept { return freshest_; }
  /// The first critical extension that is not known, in dotted numbers; empty if there is none.
  [[nodiscard]] const std::string& unknown_critical() const noexcept { return unknown_critical_; }

  /// True if the signature verifies with `issuer`'s key by an allowed algorithm and a key that is
  /// strong enough (CE-11). Hashes the whole list.
  [[nodiscard]] bool has_signature_of(const Certificate& issuer) const;
  /// The entries for a serial number (content octets), in the list's order. Walks the whole list.
  /// Errors: `kRevocationUnknown` if there are more than `kMaxEntriesOfSerial`.
  [[nodiscard]] Result<std::vector<CrlEntry>> entries_of(BytesView serial) const;

 private:
  Crl() = default;
  Status read_extensions(BytesView list);

  std::shared_ptr<const std::string> der_;
  BytesView tbs_;
  BytesView signature_;
  std::optional<SignatureMethod> method_;
  BytesView issuer_;
  Instant this_update_;
  std::optional<Instant> next_update_;
  BytesView entries_;
  std::optional<BytesView> number_;
  std::optional<BytesView> base_number_;
  std::optional<IssuingDistributionPoint> scope_;
  std::vector<std::string> freshest_;
  std::string unknown_critical_;
};

/// Compares two non-negative INTEGERs by their content octets in shortest form: below 0, 0 or above
/// 0.
[[nodiscard]] int compare_numbers(BytesView a, BytesView b) noexcept;

/// An invalidityDate: one GeneralizedTime without fraction that makes up all of `value`.
[[nodiscard]] std::optional<Instant> invalidity_date(BytesView value);

}  // namespace countersign::x509
