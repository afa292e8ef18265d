#pragma once
/// From a timestamping certificate to a trusted root: path building, full PKIX validation at the
/// time of the timestamp, and the profile of Notary Project on top.
///
/// Source: notary-verification CE-30 to CE-32, TS-24, TS-30 to TS-34; RFC 5280 section 6. OpenSSL
/// validates each path: signatures, critical extensions, name constraints, path lengths, policies.
/// Paths are found, and times, names, rights, keys and extended key usages checked, here. Left to
/// the caller: revocation.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "x509/certificate.hpp"

namespace countersign::x509 {

/// Signatures of certificates that are checked in search of paths, for all signers of a token
/// together. One path needs up to four, and foreign keys of 16,384 bits make each cost
/// milliseconds.
inline constexpr std::size_t kMaxLinkChecks = 32;
/// Certificates that are visited in that search, and paths that are validated.
inline constexpr std::size_t kMaxPathSteps = 256;
inline constexpr std::size_t kMaxPaths = 8;

/// Every rule of the profile that a timestamping chain breaks (CE-30, CE-31, and the nesting of
/// extended key usages of TS-30), in the order leaf to root. Each is `kTimestampInvalid` with the
/// rule's id as reason.
[[nodiscard]] std::vector<Error> timestamping_findings(std::span<const Certificate> chain);

/// The times at which a chain must be valid: the timestamp's (TS-30), and the signing time that the
/// signer states, if any (TS-24).
struct ChainTimes {
  Instant generated;
  std::optional<Instant> signing_time;
};

/// Looks for chains through the certificates of one token to the roots of the trust stores. What
/// both spans show must outlive it.
class TsaChainFinder {
 public:
  TsaChainFinder(std::span<const Certificate> certificates, std::span<const Certificate> anchors)
      : certificates_(certificates), anchors_(anchors) {}

  /// The first chain that satisfies everything, leaf first, trusted root last (TS-31). Errors:
  /// `kTimestampInvalid`: what is wrong with the first chain, or that there is none.
  Result<std::vector<Certificate>> find(const Certificate& leaf, const ChainTimes& times);

 private:
  /// Calls `judge` for each path below a limit; true as soon as it does.
  template <class Judge>
  bool visit(std::vector<const Certificate*>& path, Judge& judge);
  bool issued(const Certificate& child, const Certificate& issuer);

  std::span<const Certificate> certificates_;
  std::span<const Certificate> anchors_;
  /// By thumbprints of child and issuer.
  std::map<std::pair<std::string, std::string>, bool> links_;
  std::size_t steps_ = 0;
  std::size_t paths_ = 0;
  bool gave_up_ = false;
};

}  // namespace countersign::x509
