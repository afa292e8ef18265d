#include "adapters/responders/fetch.hpp"

#include <fmt/format.h>

#include <utility>

#include "adapters/http/url.hpp"
#include "base/text.hpp"
#include "x509/crl.hpp"
#include "x509/ocsp.hpp"

namespace countersign::responders {
namespace {

constexpr std::size_t kUrlShown = 128;

Error unusable(Reason reason, const std::string& what, std::string_view why) {
  return {Outcome::kRevocationUnknown, reason, fmt::format("{}: {}", what, why)};
}

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}
bool keeps_method(long status) { return status == 307 || status == 308; }

/// Sends, and follows redirects. `request` has everything but the URL.
Task<std::string> exchange(http::Transport& transport, std::string what, std::string url,
                           http::Request request, Reason reason, Deadline deadline) {
  if (!is_plain_http(url)) co_return unusable(reason, what, "only http:// addresses are asked");
  request.purpose = http::Purpose::kRevocation;
  deadline = earliest(deadline, Deadline::after(request.timeout));
  for (unsigned hop = 0;; ++hop) {
    const auto parsed = http::Url::parse(url);
    if (!parsed) co_return unusable(reason, what, parsed.error().message());
    request.url = parsed->to_string();
    http::Request sent = request;
    auto response = co_await transport.send(std::move(sent), deadline);
    if (!response) co_return unusable(reason, what, response.error().message());
    if (response->status == 200) co_return std::move(response->body);
    if (!is_redirect(response->status) || response->redirect_url.empty())
      co_return unusable(reason, what, fmt::format("HTTP status {}", response->status));
    if (hop == kMaxRedirects) co_return unusable(reason, what, "too many redirects");
    if (request.method == http::Method::kPost && !keeps_method(response->status))
      co_return unusable(reason, what, "a redirect that drops the question");
    url = response->redirect_url;
  }
}

}  // namespace

bool is_plain_http(std::string_view url) { return ascii_iequals(url.substr(0, 7), "http://"); }

Task<std::string> fetch_ocsp(http::Transport& transport,
                             std::shared_ptr<const http::Settings> peers, std::string url,
                             Bytes request, Deadline deadline) {
  http::Request asked;
  asked.peers = std::move(peers);
  asked.max_body = x509::kMaxOcspResponseBytes;
  asked.timeout = kOcspTimeout;
  asked.headers.emplace_back("Accept", "application/ocsp-response");
  std::string what = printable(url, kUrlShown);
  const std::string base64 = to_base64(request);
  const std::string escaped = http::percent_encode(base64);
  const bool fits = base64.size() < kOcspGetLimit && escaped.size() < kOcspGetLimit;
  if (fits && !url.contains('?')) {
    if (!url.ends_with('/')) url += '/';
    url += escaped;
  } else {
    asked.method = http::Method::kPost;
    asked.headers.emplace_back("Content-Type", "application/ocsp-request");
    asked.body = as_text(request);
  }
  auto body = co_await exchange(transport, std::move(what), std::move(url), std::move(asked),
                                "RV-21", deadline);
  co_return body;
}

Task<std::string> fetch_crl(http::Transport& transport, std::shared_ptr<const http::Settings> peers,
                            std::string url, Deadline deadline) {
  std::string what = printable(url, kUrlShown);
  http::Request asked;
  asked.peers = std::move(peers);
  asked.max_body = x509::kCrlTooLarge - 1;
  asked.timeout = kCrlTimeout;
  asked.headers.emplace_back("Accept", "application/pkix-crl, */*;q=0.5");
  auto body = co_await exchange(transport, std::move(what), std::move(url), std::move(asked),
                                "RV-30", deadline);
  co_return body;
}

}  // namespace countersign::responders
