#include "adapters/responders/revoked_memory.hpp"

#include "crypto/hash.hpp"

namespace countersign::responders {
namespace {

using revocation::CertificateStatus;
using revocation::Finding;
using revocation::Status;
using revocation::Subject;

/// Signed data says that it is revoked, whatever that means for this signature.
bool says_revoked(const Finding& finding) {
  return finding.status == Status::kRevoked || finding.invalidity_date.has_value();
}

}  // namespace

std::string identity_of(const x509::Certificate& issuer) {
  crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
  hasher.update(issuer.subject_der());
  hasher.update(issuer.key_bits());
  return to_hex(hasher.finish());
}

CertificateStatus RevokedMemory::weigh(const Subject& subject, const Result<Finding>& found) {
  const std::string key = identity_of(subject.issuer) + " " + to_hex(subject.certificate.serial());
  const std::scoped_lock lock(mutex_);
  const Memory* known = entries_.find(key);
  if (found && says_revoked(*found)) {
    if (known == nullptr || known->this_update < found->this_update) {
      entries_.put(key, {.this_update = found->this_update,
                         .invalidity_date = found->invalidity_date,
                         .reason = found->reason});
    }
    return {.status = found->status, .reason = found->reason};
  }
  if (known != nullptr && found && found->status == Status::kGood &&
      known->this_update < found->this_update) {
    entries_.erase(key);
    known = nullptr;
  }
  if (known != nullptr && !stands(subject, known->invalidity_date)) {
    return {.status = Status::kRevoked,
            .reason = known->reason + ", as of " + format_rfc3339(known->this_update) +
                      "; nothing newer says otherwise"};
  }
  if (!found) return {.status = Status::kUnknown, .reason = found.error().message()};
  return {.status = found->status, .reason = found->reason, .good_until = found->next_update};
}

}  // namespace countersign::responders
