#pragma once
/// The certificate profile of Notary Project for signing chains: leaf first, root last and present,
/// each link checked one by one. No path building, no validity times, no name constraints: the
/// specification asks for exactly this.
///
/// Source: notary-verification CE-3 to CE-14, CE-20 to CE-25, VE-5. Left to the caller: trust
/// (trust/), time (verify/), revocation.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "x509/certificate.hpp"

namespace countersign::x509 {

/// More than any chain needs, few enough to bound the work that a hostile envelope can ask for.
inline constexpr std::size_t kMaxChainLength = 16;

/// The links below a trusted certificate of the chain, from there down to the leaf, so that only
/// keys are used that a trusted certificate vouches for. The first that is broken; nothing if none
/// is. Counts the signatures that it checks.
[[nodiscard]] std::optional<Error> first_broken_link(std::span<const Certificate> chain,
                                                     std::size_t trusted, unsigned& checks);

/// Every rule that the chain breaks, in the order leaf to root; none if the chain is in order. Each
/// is `kSignatureInvalid` with the rule's id as reason.
/// `trusted`: links below it are known to be right.
[[nodiscard]] std::vector<Error> code_signing_findings(std::span<const Certificate> chain,
                                                       std::size_t trusted = 0,
                                                       unsigned* checks = nullptr);

}  // namespace countersign::x509
