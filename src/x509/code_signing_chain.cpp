#include "x509/code_signing_chain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/contains.hpp"
#include "x509/chain_rules.hpp"
#include "x509/oid.hpp"

namespace countersign::x509 {
namespace {

void check_extended_key_usage(const Certificate& leaf, Findings& findings) {
  if (const auto& extended = leaf.extended_key_usage()) {
    constexpr std::array kForbidden = {oid::kAnyExtendedKeyUsage, oid::kServerAuth,
                                       oid::kClientAuth,          oid::kEmailProtection,
                                       oid::kTimeStamping,        oid::kOcspSigning};
    const bool forbidden = std::ranges::any_of(extended->purposes, [&](std::string_view purpose) {
      return contains(kForbidden, purpose);
    });
    if (forbidden) {
      findings.add("CE-22", leaf,
                   "extendedKeyUsage must not contain any, serverAuth, clientAuth, "
                   "emailProtection, timeStamping or "
                   "OCSPSigning");
    }
  }
}

}  // namespace

std::optional<Error> first_broken_link(std::span<const Certificate> chain, std::size_t trusted,
                                       unsigned& checks) {
  for (std::size_t i = std::min(trusted, chain.size() - 1); i > 0; --i) {
    if (auto broken = broken_link(chain[i - 1], chain[i], Outcome::kSignatureInvalid, &checks))
      return broken;
  }
  return std::nullopt;
}

std::vector<Error> code_signing_findings(std::span<const Certificate> chain, std::size_t trusted,
                                         unsigned* checks) {
  Findings findings(Outcome::kSignatureInvalid);
  if (chain.empty()) {
    findings.add("CE-3", "the certificate chain is empty");
    return findings.take();
  }
  if (chain.size() > kMaxChainLength) {
    findings.add("CE-3", fmt::format("the certificate chain has more than {} certificates",
                                     kMaxChainLength));
    return findings.take();
  }
  check_shape(chain, findings, trusted, checks);
  check_leaf_rights(chain.front(), Criticality::kRequired, findings);
  check_extended_key_usage(chain.front(), findings);
  check_leaf_key(chain.front(), findings);
  for (std::size_t i = 1; i < chain.size(); ++i)
    check_ca(chain[i], i - 1, Criticality::kRequired, findings);
  return findings.take();
}

}  // namespace countersign::x509
