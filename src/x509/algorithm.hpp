#pragma once
/// What AlgorithmIdentifiers name: SHA-256, SHA-384 and SHA-512, and signatures over these.
/// Internal to x509/. Source: notary-verification CE-11, TS-10, TS-23; RFC 5280, RFC 4055, RFC
/// 5754.

#include <optional>

#include "base/bytes.hpp"
#include "crypto/hash.hpp"
#include "x509/certificate.hpp"
#include "x509/der.hpp"

namespace countersign::x509 {

/// The hash of an AlgorithmIdentifier that makes up all of `algorithm`, with parameters absent or
/// NULL.
[[nodiscard]] std::optional<crypto::HashAlgorithm> plain_hash(BytesView algorithm);

/// RSASSA-PSS-params: one hash for the message and MGF1, salt of the hash's length, default trailer
/// (CE-11).
[[nodiscard]] std::optional<crypto::HashAlgorithm> pss_hash(BytesView parameters);

/// How an AlgorithmIdentifier says that something is signed. Nothing for algorithms that must not
/// sign (no MD5, no SHA-1, no DSA): that is judged where the signature is needed.
[[nodiscard]] std::optional<SignatureMethod> signature_method(const der::Element& algorithm);

/// True if `signature` over `message` verifies by an allowed algorithm and a key that is strong
/// enough (CE-11).
[[nodiscard]] bool is_signed_by(const crypto::PublicKey& key,
                                const std::optional<SignatureMethod>& method, BytesView message,
                                BytesView signature);

}  // namespace countersign::x509
