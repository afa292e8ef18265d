#pragma once
/// What was once seen as revoked stays so until newer signed data says otherwise: neither a server
/// that is down nor one that shows an older answer brings a certificate back.
///
/// Source: decisions 26. Bounded; whoever is forgotten is asked about again. Thread-safe.

#include <mutex>
#include <optional>
#include <string>

#include "base/instant.hpp"
#include "base/lru_map.hpp"
#include "revocation/judgement.hpp"

namespace countersign::responders {

/// An issuer is its name and its key: what somebody else issues under the same name is another's.
[[nodiscard]] std::string identity_of(const x509::Certificate& issuer);

class RevokedMemory {
 public:
  /// Certificates that are remembered.
  static constexpr std::size_t kMaxEntries = 10'000;

  RevokedMemory() : RevokedMemory(kMaxEntries) {}
  explicit RevokedMemory(std::size_t max_entries) : entries_(max_entries) {}

  /// What is to be said of the certificate, in view of what was found now. Nothing found is an
  /// error.
  revocation::CertificateStatus weigh(const revocation::Subject& subject,
                                      const Result<revocation::Finding>& found);

 private:
  struct Memory {
    Instant this_update;
    std::optional<Instant> invalidity_date;
    std::string reason;
  };
  std::mutex mutex_;
  LruMap<Memory> entries_;
};

}  // namespace countersign::responders
