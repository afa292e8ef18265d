#include "x509/chain_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"

namespace countersign::x509 {
namespace {

bool same_name(BytesView a, BytesView b) { return std::ranges::equal(a, b); }

/// CE-5: may this certificate sign others at all?
bool may_issue(const Certificate& certificate) {
  const auto& constraints = certificate.basic_constraints();
  if (certificate.version() == 3 && !constraints) return false;
  if (constraints && !constraints->is_ca) return false;
  return !certificate.key_usage() || certificate.key_usage()->has(kKeyCertSign);
}

bool issued_by(const Certificate& child, const Certificate& issuer, unsigned* checks) {
  if (!same_name(issuer.subject_der(), child.issuer_der()) || !may_issue(issuer)) return false;
  if (checks != nullptr) ++*checks;
  return child.has_signature_of(issuer);
}

std::string_view why_not_issued(const Certificate& child, const Certificate& issuer) {
  if (!same_name(issuer.subject_der(), child.issuer_der())) {
    return "its issuer is not the subject of the next certificate of the chain";
  }
  if (!may_issue(issuer)) return "the next certificate of the chain may not sign certificates";
  if (!child.signature_method()) return "signed with an algorithm that is not allowed";
  return "its signature does not verify with the key of the next certificate of the chain";
}

}  // namespace

void Findings::add(Reason reason, const Certificate& certificate, std::string_view what) {
  errors_.emplace_back(
      outcome_, reason,
      fmt::format("certificate \"{}\": {}", printable(certificate.subject_text(), 200), what));
}

void Findings::add(Reason reason, std::string_view what) {
  errors_.emplace_back(outcome_, reason, std::string(what));
}

std::optional<Error> broken_link(const Certificate& child, const Certificate& issuer,
                                 Outcome outcome, unsigned* checks) {
  if (issued_by(child, issuer, checks)) return std::nullopt;
  Findings findings(outcome);
  findings.add("CE-5", child, why_not_issued(child, issuer));
  return findings.take().front();
}

void check_shape(std::span<const Certificate> chain, Findings& findings, std::size_t checked,
                 unsigned* checks) {
  if (chain.size() == 1) {
    const Certificate& leaf = chain.front();
    if (!same_name(leaf.subject_der(), leaf.issuer_der())) {
      findings.add(
          "CE-4", leaf,
          "a single certificate must be issued by itself, and its issuer has another name");
    } else if (!leaf.has_signature_of(leaf)) {
      findings.add("CE-4", leaf,
                   "a single certificate must be signed with its own key by an allowed algorithm");
    }
    return;
  }
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    const Certificate& certificate = chain[i];
    if (issued_by(certificate, certificate, checks)) {
      findings.add("CE-5", certificate,
                   i == 0 ? "the leaf of a longer chain is self-signed"
                          : "an intermediate certificate is self-signed");
      continue;
    }
    if (i >= checked && !issued_by(certificate, chain[i + 1], checks)) {
      findings.add("CE-5", certificate, why_not_issued(certificate, chain[i + 1]));
    }
  }
  const Certificate& root = chain.back();
  if (!issued_by(root, root, checks)) {
    findings.add("CE-3", root, "the chain does not end in a self-signed root certificate");
  }
}

void check_ca(const Certificate& ca, std::size_t below, Criticality key_usage, Findings& findings) {
  const auto& constraints = ca.basic_constraints();
  if (!constraints || !constraints->is_ca) {
    findings.add("CE-12", ca, "basicConstraints must say that this is a CA");
  } else if (constraints->path_length &&
             static_cast<std::size_t>(*constraints->path_length) < below) {
    findings.add("CE-13", ca,
                 fmt::format("pathLenConstraint {} is exceeded: {} CA certificates stand below it",
                             *constraints->path_length, below));
  }
  const auto& usage = ca.key_usage();
  if (!usage) {
    findings.add("CE-14", ca, "keyUsage is missing");
  } else {
    if (key_usage == Criticality::kRequired && !usage->critical) {
      findings.add("CE-14", ca, "keyUsage must be critical");
    }
    if (!usage->has(kKeyCertSign)) findings.add("CE-14", ca, "keyUsage must have keyCertSign");
  }
}

void check_leaf_rights(const Certificate& leaf, Criticality key_usage, Findings& findings) {
  if (leaf.basic_constraints() && leaf.basic_constraints()->is_ca) {
    findings.add("CE-20", leaf, "a signing certificate must not be a CA");
  }
  const auto& usage = leaf.key_usage();
  if (!usage) {
    findings.add("CE-21", leaf, "keyUsage is missing");
  } else {
    if (key_usage == Criticality::kRequired && !usage->critical) {
      findings.add("CE-21", leaf, "keyUsage must be critical");
    }
    if (!usage->has(kDigitalSignature))
      findings.add("CE-21", leaf, "keyUsage must have digitalSignature");
    constexpr unsigned kAllowed = (1U << kDigitalSignature) | (1U << kContentCommitment);
    if ((usage->bits & ~kAllowed) != 0) {
      findings.add("CE-21", leaf,
                   "keyUsage allows more than digitalSignature and contentCommitment");
    }
  }
}

void check_leaf_key(const Certificate& leaf, Findings& findings) {
  if (!crypto::algorithm_for(leaf.key())) {
    findings.add("CE-23", leaf,
                 "the key must be RSA 2048, 3072 or 4096 or EC P-256, P-384 or P-521");
  }
}

}  // namespace countersign::x509
