#pragma once
/// One question to an OCSP responder or a CRL server over HTTP.
///
/// Source: notary-verification 10.2, RV-10, RV-20; RFC 6960 appendix A. Only http:// is asked:
/// answers are signed. Redirects are followed, three at most, each held to the address policy.
/// Nothing of ours goes along but the question.

#include <chrono>
#include <string>
#include <string_view>

#include "adapters/http/transport.hpp"
#include "base/bytes.hpp"

namespace countersign::responders {

inline constexpr std::chrono::milliseconds kOcspTimeout{2000};
inline constexpr std::chrono::milliseconds kCrlTimeout{5000};
/// A request whose base64 form is shorter than this goes into the URL (RFC 6960 appendix A.1).
inline constexpr std::size_t kOcspGetLimit = 255;

/// Whether the address may be asked at all, by its scheme.
[[nodiscard]] bool is_plain_http(std::string_view url);

/// The bytes of the answer, at most 20,480. Errors:
/// `kRevocationUnknown`, reason RV-21.
Task<std::string> fetch_ocsp(http::Transport& transport, http::Route route, std::string url,
                             Bytes request, Deadline deadline);
/// The bytes of the list, less than 32 MiB. Errors: `kRevocationUnknown`, reason RV-30.
Task<std::string> fetch_crl(http::Transport& transport, http::Route route, std::string url,
                            Deadline deadline);

}  // namespace countersign::responders
