#pragma once
/// What the profiles of signing chains and of timestamping chains have in common. Internal to
/// x509/.
///
/// Source: notary-verification CE-4 to CE-8, CE-12 to CE-14, CE-20 to CE-24, CE-30, CE-31.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "x509/certificate.hpp"

namespace countersign::x509 {

/// The rules that a chain breaks, all under one outcome.
class Findings {
 public:
  explicit Findings(Outcome outcome) : outcome_(outcome) {}
  void add(Reason reason, const Certificate& certificate, std::string_view what);
  void add(Reason reason, std::string_view what);
  [[nodiscard]] std::vector<Error> take() { return std::move(errors_); }

 private:
  Outcome outcome_;
  std::vector<Error> errors_;
};

/// Whether keyUsage must be critical: yes for signing chains, no for timestamping chains.
enum class Criticality : std::uint8_t { kRequired, kFree };

/// CE-4 to CE-8: each certificate was issued by the next, and the last one by itself. Links of the
/// first `checked` certificates are known to be right. Counts the signatures that it checks.
void check_shape(std::span<const Certificate> chain, Findings& findings, std::size_t checked = 0,
                 unsigned* checks = nullptr);
/// CE-5 for one link. Nothing if it is right.
std::optional<Error> broken_link(const Certificate& child, const Certificate& issuer,
                                 Outcome outcome, unsigned* checks);
/// CE-12 to CE-14. `below` is the number of CA certificates between this one and the leaf.
void check_ca(const Certificate& ca, std::size_t below, Criticality key_usage, Findings& findings);
/// CE-20 and CE-21: no CA; digitalSignature and little else.
void check_leaf_rights(const Certificate& leaf, Criticality key_usage, Findings& findings);
/// CE-23 and CE-24.
void check_leaf_key(const Certificate& leaf, Findings& findings);

}  // namespace countersign::x509
