#pragma once
/// Certificates that were read before: the issuers of one image's signature are those of the next.
///
/// Only the reading is remembered, which is the same for the same octets whatever the time, the
/// policy and the stores; nothing that was concluded from a certificate is. Keys come with what
/// OpenSSL has worked out for them.

#include <cstddef>
#include <list>
#include <string_view>
#include <unordered_map>

#include "x509/certificate.hpp"

namespace countersign::x509 {

struct CertificateCacheLimits {
  std::size_t entries = 256;
  std::size_t bytes = std::size_t{512} * 1024;  ///< of DER, all together
};

/// Not for several threads at once.
class CertificateCache {
 public:
  explicit CertificateCache(const CertificateCacheLimits& limits = {}) : limits_(limits) {}

  /// As Certificate::parse. Errors are not remembered.
  Result<Certificate> parse(BytesView der);

  [[nodiscard]] std::size_t entries() const noexcept { return entries_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

 private:
  using Entries = std::list<Certificate>;  // the one that was used last comes first
  void forget_last();

  CertificateCacheLimits limits_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> places_;  ///< by whole DER
  std::size_t bytes_ = 0;
};

/// From the cache if there is one.
Result<Certificate> parse_certificate(BytesView der, CertificateCache* cache);

}  // namespace countersign::x509
