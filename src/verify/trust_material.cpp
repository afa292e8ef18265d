#include "verify/trust_material.hpp"

#include <algorithm>
#include <string>

#include "crypto/hash.hpp"

namespace countersign::verify {

TrustId trust_id(std::string_view policy, const trust::TrustStores& stores,
                 std::span<const std::string_view> conditions) {
  crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
  // With its length before it, no part can pass for two.
  const auto add = [&](std::string_view part) {
    hasher.update(as_bytes(std::to_string(part.size()) + ":"));
    hasher.update(as_bytes(part));
  };
  add(policy);
  add(std::to_string(stores.size()));
  for (const auto& [id, certificates] : stores) {
    add(id.to_string());
    if (!certificates) {
      add("!" + certificates.error().message());
      continue;
    }
    add(std::to_string(certificates->size()));
    for (const x509::Certificate& certificate : *certificates) add(as_text(certificate.der()));
  }
  for (const std::string_view condition : conditions) add(condition);
  TrustId id;
  const auto hash = hasher.finish();
  std::copy_n(hash.begin(), std::min(hash.size(), id.hash_.size()), id.hash_.begin());
  return id;
}

}  // namespace countersign::verify
