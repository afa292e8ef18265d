#include "x509/explicit_policy.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <optional>
#include <ranges>

namespace countersign::x509 {
namespace {

struct FreeMappings {
  void operator()(POLICY_MAPPINGS* mappings) const noexcept {
    sk_POLICY_MAPPING_pop_free(mappings, POLICY_MAPPING_free);
  }
};
using ConstraintsPtr =
    std::unique_ptr<POLICY_CONSTRAINTS, crypto::FreeWith<&POLICY_CONSTRAINTS_free>>;

bool has(const X509* certificate, int extension) {
  return X509_get_ext_by_NID(certificate, extension, -1) >= 0;
}

bool is_self_issued(const X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

/// Nothing if it is malformed.
ConstraintsPtr constraints_of(const X509* certificate) {
  ConstraintsPtr read(static_cast<POLICY_CONSTRAINTS*>(
      X509_get_ext_d2i(certificate, NID_policy_constraints, nullptr, nullptr)));
  ERR_clear_error();
  if (!read || (read->requireExplicitPolicy == nullptr && read->inhibitPolicyMapping == nullptr)) {
    return nullptr;
  }
  for (const ASN1_INTEGER* number : {read->requireExplicitPolicy, read->inhibitPolicyMapping}) {
    if (number != nullptr && ASN1_INTEGER_get(number) < 0) return nullptr;  // or far too large
  }
  return read;
}

/// What OpenSSL would refuse of the other extensions about policies: one that cannot be read, and a
/// mapping of anyPolicy (RFC 5280 6.1.4 (a)).
bool has_malformed_extensions(const X509* certificate) {
  using MappingsPtr = std::unique_ptr<POLICY_MAPPINGS, FreeMappings>;
  using NumberPtr = std::unique_ptr<ASN1_INTEGER, crypto::FreeWith<&ASN1_INTEGER_free>>;
  const NumberPtr inhibited(static_cast<ASN1_INTEGER*>(
      X509_get_ext_d2i(certificate, NID_inhibit_any_policy, nullptr, nullptr)));
  const MappingsPtr mappings(static_cast<POLICY_MAPPINGS*>(
      X509_get_ext_d2i(certificate, NID_policy_mappings, nullptr, nullptr)));
  ERR_clear_error();
  if (has(certificate, NID_inhibit_any_policy) &&
      (!inhibited || ASN1_INTEGER_get(inhibited.get()) < 0)) {
    return true;
  }
  if (!has(certificate, NID_policy_mappings)) return false;
  if (!mappings || sk_POLICY_MAPPING_num(mappings.get()) == 0) return true;
  for (int i = 0; i < sk_POLICY_MAPPING_num(mappings.get()); ++i) {
    const POLICY_MAPPING* mapping = sk_POLICY_MAPPING_value(mappings.get(), i);
    if (OBJ_obj2nid(mapping->issuerDomainPolicy) == NID_any_policy ||
        OBJ_obj2nid(mapping->subjectDomainPolicy) == NID_any_policy) {
      return true;
    }
  }
  return false;
}

}  // namespace

ExplicitPolicy explicit_policy(std::span<const crypto::X509Ptr> chain) {
  const auto judged = chain.first(chain.empty() ? 0 : chain.size() - 1);
  const bool without_policies = std::ranges::any_of(judged, [](const crypto::X509Ptr& each) {
    return has(each.get(), NID_policy_constraints) && !has(each.get(), NID_certificate_policies);
  });
  if (!without_policies) return ExplicitPolicy::kAskOpenSsl;

  // How many more certificates may do without a policy; no limit if nothing.
  std::optional<long> allowed;
  for (const crypto::X509Ptr& each : std::views::reverse(judged)) {
    const X509* certificate = each.get();
    const bool is_leaf = certificate == judged.front().get();
    if (allowed && *allowed > 0 && (is_leaf || !is_self_issued(certificate))) --*allowed;
    if (has_malformed_extensions(certificate)) return ExplicitPolicy::kMalformed;
    if (!has(certificate, NID_policy_constraints)) continue;
    const ConstraintsPtr constraints = constraints_of(certificate);
    if (!constraints) return ExplicitPolicy::kMalformed;
    if (constraints->requireExplicitPolicy == nullptr) continue;
    const long required = ASN1_INTEGER_get(constraints->requireExplicitPolicy);
    // Of the leaf only a zero counts: nothing is below it.
    if (is_leaf && required != 0) continue;
    allowed = std::min(allowed.value_or(required), required);
  }
  return allowed == 0 ? ExplicitPolicy::kMissing : ExplicitPolicy::kNotNeeded;
}

}  // namespace countersign::x509
