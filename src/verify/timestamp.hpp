#pragma once
/// The timestamp countersignature of a signature: when the signature existed, as a trusted
/// authority says. Pure.
///
/// Source: notary-verification section 9, in the order of 9.7. Nothing of it is relaxed by a
/// policy's level. Left to the caller: the revocation of the authority's certificates (TS-50).

#include <span>
#include <vector>

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

/// A timestamp that holds, as long as no certificate of its authority is revoked.
struct TrustedTimestamp {
  Instant time;
  std::vector<x509::Certificate> authority;  ///< leaf first, trusted root last
};

/// `token` is for this signature, of an authority that leads to a root in the statement's tsa
/// stores, and its time lies within the validity of every certificate of the signing chain. Errors:
/// `kTimestampInvalid`; the reason is the rule's id.
Result<TrustedTimestamp> verify_timestamp(BytesView token, const Timestamped& what,
                                          const trust::Statement& statement,
                                          const trust::TrustStores& stores);

}  // namespace countersign::verify
