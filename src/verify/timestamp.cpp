#include "verify/timestamp.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "x509/timestamp_token.hpp"
#include "x509/tsa_chain.hpp"

namespace countersign::verify {
namespace {

using Chain = std::vector<x509::Certificate>;

Error bad(Reason reason, std::string message) {
  return {Outcome::kTimestampInvalid, reason, std::move(message)};
}

std::string subject_of(const x509::Certificate& certificate) {
  return printable(certificate.subject_text(), 256);
}

/// TS-30: any store that cannot be used fails all.
Result<Chain> trusted_roots(const trust::Statement& statement, const trust::TrustStores& stores) {
  Chain roots;
  for (const trust::StoreId& id : statement.stores) {
    if (id.type != trust::StoreType::kTsa) continue;
    auto store = trust::find_store(stores, id);
    if (!store) return std::move(store).error().as(Outcome::kTimestampInvalid);
    roots.insert(roots.end(), (*store)->begin(), (*store)->end());
  }
  if (roots.empty()) return bad("TS-30", "no trusted TSA certificate found in trust store");
  return roots;
}

/// The chain of the first signer whose signature and chain are in order (TS-4).
Result<Chain> authority_of(const x509::TimestampToken& token, const Chain& roots) {
  x509::TsaChainFinder finder(token.certificates(), roots);
  std::vector<Error> errors;
  for (std::size_t i = 0; i < token.signer_count(); ++i) {
    auto signer = token.verify_signer(i);
    if (!signer) {
      errors.push_back(std::move(signer).error());
      continue;
    }
    auto chain = finder.find(signer->certificate, {.generated = token.info().generated,
                                                   .signing_time = signer->signing_time});
    if (chain) return chain;
    errors.push_back(std::move(chain).error());
  }
  if (errors.size() == 1) return std::move(errors.front());
  std::string message = "none of its signers can be trusted";
  for (const Error& error : errors) message += "; " + error.message();
  return bad("TS-4", std::move(message));
}

/// TS-40, both ends inclusive.
Status check_range(const x509::TimestampInfo& info, std::span<const x509::Certificate> chain) {
  for (const x509::Certificate& certificate : chain) {
    if (info.earliest() < certificate.not_before()) {
      return bad("TS-40",
                 fmt::format("the timestamp can be before the validity period of certificate "
                             "\"{}\", which begins {}: it says {}, or as early as {}",
                             subject_of(certificate), format_rfc3339(certificate.not_before()),
                             format_rfc3339(info.generated), format_rfc3339(info.earliest())));
    }
    if (info.latest() > certificate.not_after()) {
      return bad("TS-40",
                 fmt::format("the timestamp can be after the validity period of certificate "
                             "\"{}\", which ended {}: it says {}, or as late as {}",
                             subject_of(certificate), format_rfc3339(certificate.not_after()),
                             format_rfc3339(info.generated), format_rfc3339(info.latest())));
    }
  }
  return ok();
}

}  // namespace

Result<TrustedTimestamp> verify_timestamp(BytesView token_bytes, const Timestamped& what,
                                          const trust::Statement& statement,
                                          const trust::TrustStores& stores) {
  COUNTERSIGN_TRY(const auto token, x509::TimestampToken::parse(token_bytes));
  const x509::TimestampInfo& info = token.info();
  if (!info.imprint.is_of(what.signature))
    return bad("TS-10", "mismatched message: the timestamp is for another signature");
  COUNTERSIGN_TRY(const Chain roots, trusted_roots(statement, stores));
  COUNTERSIGN_TRY(Chain authority, authority_of(token, roots));
  COUNTERSIGN_CHECK(check_range(info, what.signing_chain));
  return TrustedTimestamp{.time = info.generated, .authority = std::move(authority)};
}

}  // namespace countersign::verify
