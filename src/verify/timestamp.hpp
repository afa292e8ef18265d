#pragma once
/// The timestamp countersignature of a signature: when the signature existed, as a trusted
/// authority says. Pure.
///
/// Source: notary-verification section 9, in the order of 9.7. Nothing of it is relaxed by a
/// policy's level. Not built yet, and denied: the revocation of an authority's certificate (TS-50).

#include <span>

#include "base/bytes.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"
#include "trust/policy_document.hpp"
#include "trust/trust_store.hpp"
#include "x509/certificate.hpp"

namespace countersign::verify {

/// What a timestamp countersigns.
struct Timestamped {
  BytesView signature;                               ///< raw
  std::span<const x509::Certificate> signing_chain;  ///< leaf first
};

/// The time of a timestamp that holds: `token` is for this signature, of an authority that leads to
/// a root in the statement's tsa stores, and its time lies within the validity of every certificate
/// of the signing chain. Errors: `kTimestampInvalid`, or `kRevocationUnknown` for an authority
/// whose certificates name OCSP or CRL servers; the reason is the rule's id.
Result<Instant> verify_timestamp(BytesView token, const Timestamped& what,
                                 const trust::Statement& statement,
                                 const trust::TrustStores& stores);

}  // namespace countersign::verify
