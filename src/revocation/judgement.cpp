#include "revocation/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/contains.hpp"
#include "base/text.hpp"
#include "x509/ocsp.hpp"

namespace countersign::revocation {
namespace {

/// CRLReason of RFC 5280 5.3.1.
constexpr int kCertificateHold = 6;
constexpr int kRemoveFromCrl = 8;

Error unusable(Reason reason, std::string message) {
  return {Outcome::kRevocationUnknown, reason, std::move(message)};
}

/// RV-22, RV-23, RV-32. `what` is "OCSP response" or "CRL".
Result<void> check_times(std::string_view what, Reason rule, Instant this_update,
                         const std::optional<Instant>& next_update, Instant now) {
  if (this_update.seconds > now.seconds + kClockSkewSeconds) {
    return unusable(rule, fmt::format("{}: its thisUpdate, {}, lies in the future; now it is {}",
                                      what, format_rfc3339(this_update), format_rfc3339(now)));
  }
  if (!next_update) return unusable(rule, fmt::format("{}: it has no nextUpdate", what));
  if (*next_update < now) {
    return unusable(rule, fmt::format("{}: outdated since {}; now it is {}", what,
                                      format_rfc3339(*next_update), format_rfc3339(now)));
  }
  return ok();
}

std::string before_invalidity(std::string_view source, Instant invalidity_date) {
  return fmt::format("{}: revoked, but the signature is from before the invalidity date {}", source,
                     format_rfc3339(invalidity_date));
}

Result<void> check_issuer(const x509::Crl& list, ListSignature signature,
                          const x509::Certificate& issuer) {
  const auto& constraints = issuer.basic_constraints();
  if (!constraints || !constraints->is_ca) return unusable("RV-31", "CRL: its issuer is no CA");
  if (issuer.key_usage() && !issuer.key_usage()->has(x509::kCrlSign))
    return unusable("RV-31", "CRL: its issuer must not sign CRLs (keyUsage lacks cRLSign)");
  if (!std::ranges::equal(list.issuer_der(), issuer.subject_der()))
    return unusable("RV-31", "CRL: it is of another issuer");
  if (signature == ListSignature::kUnchecked && !list.has_signature_of(issuer))
    return unusable("RV-31", "CRL: its signature does not verify with the issuer's key");
  return ok();
}

}  // namespace

bool stands(const Subject& subject, const std::optional<Instant>& invalidity_date) {
  return subject.signing_time && invalidity_date && *subject.signing_time < *invalidity_date;
}

bool is_point_of(const x509::IssuingDistributionPoint& scope,
                 const x509::Certificate& certificate) {
  if (!scope.names_point) return true;
  return std::ranges::any_of(
      scope.uris, [&](const std::string& uri) { return contains(certificate.crl_urls(), uri); });
}

Result<Finding> judge_ocsp(BytesView response, const Subject& subject) {
  COUNTERSIGN_TRY(
      const x509::SingleResponse single,
      x509::verify_ocsp_response(response, subject.certificate, subject.issuer, subject.now));
  COUNTERSIGN_CHECK(
      check_times("OCSP response", "RV-22", single.this_update, single.next_update, subject.now));
  if (single.has_critical_extension)
    return unusable("RV-22", "OCSP response: its status has a critical extension");
  Finding finding{.this_update = single.this_update, .next_update = *single.next_update};
  switch (single.status) {
    case x509::OcspStatus::kGood:
      finding.status = Status::kGood;
      return finding;
    case x509::OcspStatus::kUnknown:
      finding.reason = "the OCSP responder does not know it";
      return finding;
    case x509::OcspStatus::kRevoked:
      break;
  }
  finding.invalidity_date = single.invalidity_date;
  if (stands(subject, single.invalidity_date)) {
    finding.status = Status::kGood;
    finding.reason = before_invalidity("OCSP", *single.invalidity_date);
  } else {
    finding.status = Status::kRevoked;
    finding.reason = "the OCSP responder says so";
  }
  return finding;
}

Result<void> check_list(const x509::Crl& list, ListKind kind, ListSignature signature,
                        const Subject& subject) {
  COUNTERSIGN_CHECK(
      check_times("CRL", "RV-32", list.this_update(), list.next_update(), subject.now));
  if (!list.unknown_critical().empty()) {
    return unusable("RV-33", fmt::format("CRL: critical extension {}, which is unknown",
                                         list.unknown_critical()));
  }
  if (list.base_number().has_value() != (kind == ListKind::kDelta)) {
    return unusable("RV-33", kind == ListKind::kDelta ? "CRL: a delta CRL without deltaCRLIndicator"
                                                      : "CRL: a delta CRL where a whole one is "
                                                        "wanted");
  }
  return check_issuer(list, signature, subject.issuer);
}

Result<void> check_scope(const x509::Crl& list, const x509::Certificate& certificate,
                         std::string_view asked) {
  if (!list.scope()) return ok();
  const x509::IssuingDistributionPoint& scope = *list.scope();
  const auto& constraints = certificate.basic_constraints();
  const bool is_ca = constraints && constraints->is_ca;
  if (scope.indirect) return unusable("RV-33", "CRL: indirect CRLs are not supported");
  if (scope.only_attribute_certificates)
    return unusable("RV-33", "CRL: it is about attribute certificates only");
  if (scope.only_user_certificates && is_ca)
    return unusable("RV-33", "CRL: it is about end-entity certificates only");
  if (scope.only_ca_certificates && !is_ca)
    return unusable("RV-33", "CRL: it is about CA certificates only");
  if (!is_point_of(scope, certificate)) {
    return unusable("RV-33", "CRL: it is of another distribution point than the certificate names");
  }
  if (scope.only_some_reasons && !contains(scope.uris, asked)) {
    return unusable("RV-33",
                    "CRL: it is for some reasons only, and not of the address that was asked");
  }
  return ok();
}

Result<void> check_delta(const x509::Crl& delta, const x509::Crl& base) {
  if (!delta.base_number()) return unusable("RV-35", "delta CRL: no deltaCRLIndicator");
  if (!delta.number() || !base.number())
    return unusable("RV-35", "delta CRL: it or its base has no CRL number");
  if (delta.scope() != base.scope())
    return unusable("RV-35", "delta CRL: it has another scope than its base");
  // Which reasons is not compared.
  if (delta.scope() && delta.scope()->only_some_reasons)
    return unusable("RV-35", "delta CRL: for some reasons only");
  if (x509::compare_numbers(*delta.number(), *base.number()) <= 0)
    return unusable("RV-35", "delta CRL: it is not newer than its base");
  if (x509::compare_numbers(*delta.base_number(), *base.number()) > 0)
    return unusable("RV-35", "delta CRL: it is for a newer base");
  return ok();
}

Result<Finding> judge_lists(const x509::Crl& base, const x509::Crl* delta, const Subject& subject) {
  Finding finding{.status = Status::kGood,
                  .this_update = base.this_update(),
                  .next_update = *base.next_update()};
  COUNTERSIGN_TRY(std::vector<x509::CrlEntry> entries,
                  base.entries_of(subject.certificate.serial()));
  if (delta != nullptr) {
    finding.this_update = std::max(finding.this_update, delta->this_update());
    finding.next_update = std::min(finding.next_update, *delta->next_update());
    COUNTERSIGN_TRY(const std::vector<x509::CrlEntry> more,
                    delta->entries_of(subject.certificate.serial()));
    entries.insert(entries.end(), more.begin(), more.end());
  }
  const x509::CrlEntry* passing = nullptr;  // hold or its end, the latest
  for (const x509::CrlEntry& entry : entries) {
    if (!entry.problem.empty())
      return unusable("RV-34", fmt::format("CRL: the certificate's entry has a {}", entry.problem));
    if (stands(subject, entry.invalidity_date)) {
      finding.invalidity_date = entry.invalidity_date;
      finding.reason = before_invalidity("CRL", *entry.invalidity_date);
      return finding;
    }
    if (entry.reason == kCertificateHold || entry.reason == kRemoveFromCrl) {
      if (passing == nullptr || passing->revocation_date < entry.revocation_date) passing = &entry;
      continue;
    }
    finding.status = Status::kRevoked;
    finding.invalidity_date = entry.invalidity_date;
    finding.reason =
        fmt::format("the CRL lists it since {}", format_rfc3339(entry.revocation_date));
    return finding;
  }
  if (passing != nullptr && passing->reason == kCertificateHold) {
    finding.status = Status::kRevoked;
    finding.invalidity_date = passing->invalidity_date;
    finding.reason = fmt::format("the CRL says that it is on hold since {}",
                                 format_rfc3339(passing->revocation_date));
  }
  return finding;
}

}  // namespace countersign::revocation
