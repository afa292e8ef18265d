#pragma once
/// The server's side of TLS: certificate, protocol versions, ALPN.
///
/// Source: kubernetes-admission 2.1 (FIPS callers: TLS 1.2 with EMS, ECDHE and AES-GCM, P-256 or
/// P-384; never h2).

#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace countersign::server {

namespace ssl = boost::asio::ssl;

struct ServingCertificate {
  std::string certificate_pem;  ///< chain, leaf first
  std::string key_pem;
};

/// Errors name what does not fit: unreadable PEM, a key of another certificate.
Result<std::shared_ptr<ssl::context>> make_tls_context(const ServingCertificate& certificate);

/// When the leaf ends. Errors as above.
Result<Instant> not_after_of(std::string_view certificate_pem);

/// A new P-256 certificate for localhost, 127.0.0.1, ::1 and `host`, valid for a year; it is its
/// own CA bundle.
Result<ServingCertificate> make_self_signed(std::string_view host);

}  // namespace countersign::server
