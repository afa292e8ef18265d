#include "x509/tsa_chain.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <memory>
#include <new>
#include <string>

#include "base/contains.hpp"
#include "base/text.hpp"
#include "crypto/openssl.hpp"
#include "x509/chain_rules.hpp"
#include "x509/code_signing_chain.hpp"
#include "x509/explicit_policy.hpp"
#include "x509/oid.hpp"

namespace countersign::x509 {
namespace {

using Path = std::vector<const Certificate*>;

Error bad(Reason reason, std::string message) {
  return {Outcome::kTimestampInvalid, reason, std::move(message)};
}

std::string subject_of(const Certificate& certificate) {
  return printable(certificate.subject_text(), 200);
}

/// CE-31, TS-32.
void check_purpose(const Certificate& leaf, Findings& findings) {
  const auto& usage = leaf.extended_key_usage();
  if (!usage) return findings.add("CE-31", leaf, "extendedKeyUsage is missing");
  if (!usage->critical) findings.add("CE-31", leaf, "extendedKeyUsage must be critical");
  if (usage->purposes.size() != 1 || usage->purposes.front() != oid::kTimeStamping)
    findings.add("CE-31", leaf, "extendedKeyUsage must be timeStamping and nothing else");
}

/// TS-30: a CA that limits what it issues for must not exclude timestamping.
void check_nested_purpose(const Certificate& ca, Findings& findings) {
  const auto& usage = ca.extended_key_usage();
  if (!usage || contains(usage->purposes, oid::kTimeStamping) ||
      contains(usage->purposes, oid::kAnyExtendedKeyUsage)) {
    return;
  }
  findings.add("TS-30", ca, "its extendedKeyUsage does not allow timeStamping");
}

void require(bool done) {
  if (done) return;
  ERR_clear_error();
  throw std::bad_alloc();
}

struct FreeStack {
  // What the stack holds belongs to others.
  void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_free(stack); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;

/// The path in OpenSSL's form.
Result<std::vector<crypto::X509Ptr>> for_openssl(const Path& path) {
  std::vector<crypto::X509Ptr> out;
  for (const Certificate* certificate : path) {
    const BytesView der = certificate->der();
    const unsigned char* at = der.data();
    crypto::X509Ptr handle(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (!handle) {
      return bad("TS-30", fmt::format("certificate \"{}\" cannot be used: {}",
                                      subject_of(*certificate), crypto::take_errors()));
    }
    out.push_back(std::move(handle));
  }
  return out;
}

/// RFC 5280 section 6 for exactly this path, but for times. OpenSSL takes a certificate that ends
/// at this very second for expired, and knows no fractions; both are judged in `check_times`.
Status validate(const Path& path) {
  COUNTERSIGN_TRY(const auto handles, for_openssl(path));
  const crypto::X509StorePtr store(X509_STORE_new());
  const crypto::X509StoreCtxPtr context(X509_STORE_CTX_new());
  const StackPtr between(sk_X509_new_null());
  require(store && context && between);
  require(X509_STORE_add_cert(store.get(), handles.back().get()) == 1);
  for (std::size_t i = 1; i + 1 < handles.size(); ++i)
    require(sk_X509_push(between.get(), handles[i].get()) > 0);
  require(X509_STORE_CTX_init(context.get(), store.get(), handles.front().get(), between.get()) ==
          1);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  const ExplicitPolicy policy = explicit_policy(handles);
  const unsigned long check_policy =
      policy == ExplicitPolicy::kAskOpenSsl ? X509_V_FLAG_POLICY_CHECK : 0;
  require(X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_NO_CHECK_TIME | check_policy) == 1);
  // Whatever policy is valid all along the chain will do.
  require(X509_VERIFY_PARAM_add0_policy(parameters, OBJ_nid2obj(NID_any_policy)) == 1);
  X509_VERIFY_PARAM_set_depth(parameters, static_cast<int>(kMaxChainLength));

  const auto broken = [&](std::size_t at, int error) {
    return bad("TS-30", fmt::format("certificate \"{}\": {}", subject_of(*path[at]),
                                    X509_verify_cert_error_string(error)));
  };
  Status status = ok();
  if (X509_verify_cert(context.get()) != 1) {
    const int depth = std::max(X509_STORE_CTX_get_error_depth(context.get()), 0);
    const std::size_t at = std::min(static_cast<std::size_t>(depth), path.size() - 1);
    status = broken(at, X509_STORE_CTX_get_error(context.get()));
  } else if (policy == ExplicitPolicy::kMissing) {
    status = broken(0, X509_V_ERR_NO_EXPLICIT_POLICY);
  } else if (policy == ExplicitPolicy::kMalformed) {
    status = broken(0, X509_V_ERR_INVALID_POLICY_EXTENSION);
  } else {
    // A shorter way to the same root would be another path, with other certificates to judge.
    const STACK_OF(X509)* taken = X509_STORE_CTX_get0_chain(context.get());
    bool same = static_cast<std::size_t>(sk_X509_num(taken)) == handles.size();
    for (std::size_t i = 0; same && i < handles.size(); ++i)
      same = X509_cmp(sk_X509_value(taken, static_cast<int>(i)), handles[i].get()) == 0;
    if (!same) status = bad("TS-30", "the chain is not the one that its certificates lead to");
  }
  ERR_clear_error();
  return status;
}

Status check_times(std::span<const Certificate> chain, Instant when, Reason rule,
                   std::string_view what) {
  for (const Certificate& certificate : chain) {
    if (certificate.valid_at(when)) continue;
    const bool early = when < certificate.not_before();
    return bad(
        rule,
        fmt::format("{} {} is {} the validity period of certificate \"{}\", which {} {}", what,
                    format_rfc3339(when), early ? "before" : "after", subject_of(certificate),
                    early ? "begins" : "ended",
                    format_rfc3339(early ? certificate.not_before() : certificate.not_after())));
  }
  return ok();
}

Status check_chain(const Path& path, std::span<const Certificate> chain, const ChainTimes& times) {
  if (auto findings = timestamping_findings(chain); !findings.empty())
    return std::move(findings.front());
  COUNTERSIGN_CHECK(check_times(chain, times.generated, "TS-30", "the time of the timestamp"));
  if (times.signing_time) {
    COUNTERSIGN_CHECK(
        check_times(chain, *times.signing_time, "TS-24", "the signing time of the timestamp"));
  }
  return validate(path);
}

}  // namespace

std::vector<Error> timestamping_findings(std::span<const Certificate> chain) {
  Findings findings(Outcome::kTimestampInvalid);
  if (chain.empty() || chain.size() > kMaxChainLength) {
    findings.add("CE-30",
                 fmt::format("a timestamping chain has 1 to {} certificates", kMaxChainLength));
    return findings.take();
  }
  check_shape(chain, findings);
  check_leaf_rights(chain.front(), Criticality::kFree, findings);
  check_purpose(chain.front(), findings);
  check_leaf_key(chain.front(), findings);
  for (std::size_t i = 1; i < chain.size(); ++i) {
    check_ca(chain[i], i - 1, Criticality::kFree, findings);
    check_nested_purpose(chain[i], findings);
  }
  return findings.take();
}

bool TsaChainFinder::issued(const Certificate& child, const Certificate& issuer) {
  if (!std::ranges::equal(issuer.subject_der(), child.issuer_der())) return false;
  const std::pair link(child.thumbprint(), issuer.thumbprint());
  if (const auto known = links_.find(link); known != links_.end()) return known->second;
  if (links_.size() == kMaxLinkChecks) {
    gave_up_ = true;
    return false;
  }
  return links_.emplace(link, child.has_signature_of(issuer)).first->second;
}

template <class Judge>
bool TsaChainFinder::visit(std::vector<const Certificate*>& path, Judge& judge) {
  if (++steps_ > kMaxPathSteps) {
    gave_up_ = true;
    return false;
  }
  const Certificate& last = *path.back();
  for (const Certificate& anchor : anchors_) {
    if (!issued(last, anchor)) continue;
    if (++paths_ > kMaxPaths) {
      gave_up_ = true;
      return false;
    }
    path.push_back(&anchor);
    const bool found = judge(path);
    path.pop_back();
    if (found) return true;
  }
  if (path.size() + 1 >= kMaxChainLength) return false;
  for (const Certificate& next : certificates_) {
    const bool used =
        contains(anchors_, next) ||
        std::ranges::any_of(path, [&](const Certificate* each) { return *each == next; });
    if (used || !issued(last, next)) continue;
    path.push_back(&next);
    const bool found = visit(path, judge);
    path.pop_back();
    if (found) return true;
  }
  return false;
}

Result<std::vector<Certificate>> TsaChainFinder::find(const Certificate& leaf,
                                                      const ChainTimes& times) {
  std::vector<Certificate> chain;
  std::optional<Error> first_error;
  const auto judge = [&](const Path& path) {
    chain.clear();
    for (const Certificate* certificate : path) chain.push_back(*certificate);
    auto status = check_chain(path, chain, times);
    if (!status && !first_error) first_error = std::move(status).error();
    return status.has_value();  // NOLINT(bugprone-use-after-move): only its error was moved
  };
  Path path = {&leaf};
  if (visit(path, judge)) return chain;
  if (first_error) return *std::move(first_error);
  return bad(
      "TS-30",
      fmt::format("no chain leads from the timestamping certificate \"{}\" to a trusted root "
                  "certificate{}",
                  subject_of(leaf), gave_up_ ? " within the limits of the search" : ""));
}

}  // namespace countersign::x509
