#include "revocation/status.hpp"

namespace countersign::revocation {

bool is_non_revocable(std::span<const x509::Certificate> chain, std::size_t place) {
  if (place + 1 >= chain.size()) return true;
  return chain[place].ocsp_urls().empty() && chain[place].crl_urls().empty();
}

bool must_be_asked_about(std::span<const x509::Certificate> chain) {
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (!is_non_revocable(chain, i)) return true;
  }
  return false;
}

Conclusion conclude(std::span<const x509::Certificate> chain, const ChainAnswer& answer) {
  std::optional<Conclusion> unknown;
  std::optional<Instant> good_until;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (is_non_revocable(chain, i)) continue;
    if (i >= answer.size()) {
      if (!unknown) unknown = Conclusion{Status::kUnknown, i, "nobody was asked"};
      continue;
    }
    if (answer[i].status == Status::kRevoked) return {Status::kRevoked, i, answer[i].reason};
    // That a certificate which can be revoked is non-revocable is nobody's to say.
    if (answer[i].status != Status::kGood && !unknown)
      unknown = Conclusion{Status::kUnknown, i, answer[i].reason};
    if (answer[i].good_until && (!good_until || *answer[i].good_until < *good_until))
      good_until = answer[i].good_until;
  }
  if (unknown) return *std::move(unknown);
  return {Status::kGood, 0, {}, good_until};
}

}  // namespace countersign::revocation
