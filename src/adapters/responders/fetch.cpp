#include "adapters/responders/fetch.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "adapters/http/url.hpp"
#include "adapters/resilience/redirects.hpp"
#include "base/text.hpp"
#include "x509/crl.hpp"
#include "x509/ocsp.hpp"

namespace countersign::responders {
namespace {

constexpr std::size_t kUrlShown = 128;

Error unusable(Reason reason, const std::string& what, std::string_view why) {
  return {Outcome::kRevocationUnknown, reason, fmt::format("{}: {}", what, why)};
}

/// A question but for where it goes.
struct Question {
  std::string what;  ///< for messages
  http::Method method = http::Method::kGet;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body = {};
  std::size_t max_body = 0;
  std::chrono::milliseconds timeout;
  Reason reason;
};

/// Sends, and follows redirects.
Task<std::string> exchange(http::Transport& transport, http::Route route, std::string url,
                           Question question, Deadline deadline) {
  const auto failed = [&](std::string_view why) {
    return unusable(question.reason, question.what, why);
  };
  if (!is_plain_http(url)) co_return failed("only http:// addresses are asked");
  route.purpose = http::Purpose::kRevocation;
  deadline = earliest(deadline, Deadline::after(question.timeout));
  auto first = http::Url::parse(url);
  if (!first) co_return failed(first.error().message());
  resilience::Redirects redirects(*std::move(first), resilience::Redirects::Downgrade::kAllowed);
  for (;;) {
    http::Request request{.method = question.method,
                          .url = redirects.url(),
                          .route = route,
                          .headers = question.headers,
                          .body = question.body,
                          .max_body = question.max_body,
                          .timeout = question.timeout};
    auto response = co_await transport.send(std::move(request), deadline);
    if (!response) co_return failed(response.error().message());
    if (response->status == 200) co_return std::move(response->body);
    if (!resilience::is_redirect(response->status) || response->redirect_url.empty())
      co_return failed(fmt::format("HTTP status {}", response->status));
    if (question.method == http::Method::kPost && !resilience::keeps_method(response->status))
      co_return failed("a redirect that drops the question");
    auto next = redirects.target(*response);
    if (!next) co_return failed(next.error().message());
    if (!redirects.follow(*std::move(next))) co_return failed("too many redirects");
  }
}

}  // namespace

bool is_plain_http(std::string_view url) { return ascii_iequals(url.substr(0, 7), "http://"); }

Task<std::string> fetch_ocsp(http::Transport& transport, http::Route route, std::string url,
                             Bytes request, Deadline deadline) {
  Question question{.what = printable(url, kUrlShown),
                    .headers = {{"Accept", "application/ocsp-response"}},
                    .max_body = x509::kMaxOcspResponseBytes,
                    .timeout = kOcspTimeout,
                    .reason = "RV-21"};
  const std::string base64 = to_base64(request);
  const std::string escaped = http::percent_encode(base64);
  const bool fits = base64.size() < kOcspGetLimit && escaped.size() < kOcspGetLimit;
  if (fits && !url.contains('?')) {
    if (!url.ends_with('/')) url += '/';
    url += escaped;
  } else {
    question.method = http::Method::kPost;
    question.headers.emplace_back("Content-Type", "application/ocsp-request");
    question.body = as_text(request);
  }
  auto body =
      co_await exchange(transport, std::move(route), std::move(url), std::move(question), deadline);
  co_return body;
}

Task<std::string> fetch_crl(http::Transport& transport, http::Route route, std::string url,
                            Deadline deadline) {
  Question question{.what = printable(url, kUrlShown),
                    .headers = {{"Accept", "application/pkix-crl, */*;q=0.5"}},
                    .max_body = x509::kCrlTooLarge - 1,
                    .timeout = kCrlTimeout,
                    .reason = "RV-30"};
  auto body =
      co_await exchange(transport, std::move(route), std::move(url), std::move(question), deadline);
  co_return body;
}

}  // namespace countersign::responders
