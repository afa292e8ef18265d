#pragma once
/// Whether a chain lacks a certificate policy that one of its certificates asks for, where OpenSSL
/// should not be asked. Private to this module: shows OpenSSL.
///
/// Source: RFC 5280 sections 4.2.1.11 and 6.1. X509_policy_check (OpenSSL 3.0) leaks memory with
/// every certificate that has policyConstraints and no certificatePolicies. But below such a
/// certificate no policy is valid, so that little is left to decide.

#include <cstdint>
#include <span>

#include "crypto/openssl.hpp"

namespace countersign::x509 {

enum class ExplicitPolicy : std::uint8_t {
  kAskOpenSsl,  ///< no such certificate in the chain
  kNotNeeded,
  kMissing,
  kMalformed,  ///< an extension about policies that cannot be read
};

/// `chain` begins at the leaf and ends in the trust anchor, which has no say.
[[nodiscard]] ExplicitPolicy explicit_policy(std::span<const crypto::X509Ptr> chain);

}  // namespace countersign::x509
