#include "adapters/http/curl_error.hpp"

#include <string>

#include "adapters/http/address_policy.hpp"
#include "base/text.hpp"

namespace countersign::http {
namespace {

std::string with_detail(std::string_view what, CURLcode code, std::string_view detail) {
  constexpr std::size_t kMaxDetail = 160;
  std::string text(what);
  if (detail.empty()) detail = curl_easy_strerror(code);
  text.append(": ").append(printable(detail, kMaxDetail));
  return text;
}

}  // namespace

Error to_error(CURLcode code, const TransferFacts& facts, std::string_view detail) {
  constexpr Outcome kUnreachable = Outcome::kRegistryUnreachable;
  constexpr Outcome kMisbehaved = Outcome::kRegistryMisbehaved;
  // What our callbacks stopped is known better here than to libcurl.
  if (facts.body_too_large) return {kMisbehaved, "TOO_LARGE", "the answer is larger than allowed"};
  if (facts.memory_bound) {
    return {Outcome::kOverloaded, "MEMORY", "too many large answers at once"};
  }
  if (facts.headers_too_large)
    return {kMisbehaved, "BAD_RESPONSE", "the answer's headers are larger than allowed"};
  if (facts.address_blocked && (code == CURLE_ABORTED_BY_CALLBACK ||
                                (code == CURLE_COULDNT_CONNECT && !facts.address_tried))) {
    return {blocked_outcome(facts.purpose), "POLICY_BLOCKED_ADDRESS",
            "its name leads to an address that is not contacted"};
  }
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return {kMisbehaved, "PROTOCOL", with_detail("not a valid HTTP answer", code, detail)};
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_LOGIN_DENIED:
      return {kMisbehaved, "BAD_RESPONSE", with_detail("unusable", code, detail)};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {kUnreachable, "DNS_FAILED", with_detail("its name does not resolve", code, detail)};
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
      return {kUnreachable, "CONNECT_FAILED", with_detail("cannot connect", code, detail)};
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:  // GOAWAY and REFUSED_STREAM: the connection's end, not a broken answer
    case CURLE_HTTP2_STREAM:
      return {kUnreachable, "CONNECT_FAILED", with_detail("the connection broke", code, detail)};
    case CURLE_PARTIAL_FILE:
      return {kUnreachable, "TRUNCATED", with_detail("the answer ended early", code, detail)};
    case CURLE_OUT_OF_MEMORY:
      // libcurl's word for a header line above its own limit.
      if (facts.headers_seen)
        return {kMisbehaved, "BAD_RESPONSE", "a header of the answer is too long"};
      return {Outcome::kInternalError, "OUT_OF_MEMORY", "out of memory"};
    case CURLE_OPERATION_TIMEDOUT:
      if (facts.deadline_is_limit) {
        return {Outcome::kDeadlineExceeded, "BUDGET_EXHAUSTED", "no answer before the deadline"};
      }
      if (facts.queued)
        return {Outcome::kOverloaded, "QUEUED", "no connection to it became free in time"};
      return {kUnreachable, "TIMEOUT", with_detail("no answer in time", code, detail)};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CLIENTCERT:
      return {kUnreachable, "TLS_FAILED", with_detail("TLS failed", code, detail)};
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      return {kUnreachable, "TLS_UNTRUSTED",
              with_detail("its certificate is not trusted", code, detail)};
    case CURLE_FILESIZE_EXCEEDED:
      return {kMisbehaved, "TOO_LARGE", "the answer is larger than allowed"};
    case CURLE_ABORTED_BY_CALLBACK:
      return {Outcome::kDeadlineExceeded, "CANCELLED", "cancelled"};
    default:
      return {Outcome::kInternalError, "HTTP_CLIENT",
              with_detail("HTTP client error", code, detail)};
  }
}

}  // namespace countersign::http
