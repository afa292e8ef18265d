#include "x509/certificate_cache.hpp"

namespace countersign::x509 {

Result<Certificate> CertificateCache::parse(BytesView der) {
  const auto known = places_.find(as_text(der));
  if (known != places_.end()) {
    entries_.splice(entries_.begin(), entries_, known->second);
    return *known->second;
  }
  COUNTERSIGN_TRY(Certificate certificate, Certificate::parse(der));
  entries_.push_front(certificate);
  bytes_ += der.size();
  // The key is the certificate's own copy, which lives as long as the entry.
  places_.emplace(as_text(entries_.front().der()), entries_.begin());
  while (entries_.size() > limits_.entries || bytes_ > limits_.bytes) forget_last();
  return certificate;
}

void CertificateCache::forget_last() {
  bytes_ -= entries_.back().der().size();
  places_.erase(as_text(entries_.back().der()));
  entries_.pop_back();
}

Result<Certificate> parse_certificate(BytesView der, CertificateCache* cache) {
  return cache == nullptr ? Certificate::parse(der) : cache->parse(der);
}

}  // namespace countersign::x509
