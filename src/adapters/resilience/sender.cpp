#include "adapters/resilience/sender.hpp"

#include <fmt/format.h>

#include <utility>

#include "adapters/http/describe.hpp"
#include "adapters/http/headers.hpp"

namespace countersign::resilience {
namespace {

// Docker Hub says nothing about when to come back.
constexpr std::chrono::seconds kGateWithoutWord{30};
constexpr std::chrono::seconds kGateWhenUsedUp{60};

}  // namespace

/// Tells the breaker how it ended, even if the coroutine is cancelled in the middle.
class Sender::Report {
 public:
  Report(Sender& sender, std::string host) : sender_(sender), host_(std::move(host)) {}
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() {
    if (reported_) return;
    if (Health* health = sender_.hosts_.find(host_)) health->breaker.abandoned();
  }
  /// The entry may have been forgotten meanwhile.
  Health& health() { return sender_.hosts_.find_or_put(host_); }
  void succeeded() {
    reported_ = true;
    health().breaker.succeeded(sender_.options_.clock->now());
  }
  void failed() {
    reported_ = true;
    health().breaker.failed(sender_.options_.clock->now());
  }

 private:
  Sender& sender_;
  std::string host_;
  bool reported_ = false;
};

/// A registry that leads us to somebody else's host must not make us leave that host alone for
/// others, and a token server that fails says nothing of the registry.
std::string Sender::key(const Account& account, const http::Request& request) {
  return fmt::format("{} {} {}", account.registry, std::to_underlying(request.route.purpose),
                     request.url.origin());
}

void Sender::learn(Health& health, const http::Response& response, RetryState& state) {
  const auto after = parse_retry_after(header(response, "retry-after"), options_.clock->utc());
  const bool limited = response.status >= 400 && options_.is_rate_limited(response);
  if (limited || response.status == 503) state.retry_after = after;
  if (limited) health.gate.close(options_.clock->now(), after.value_or(kGateWithoutWord));
  // A server that is away for longer than any retry waits is not asked until then.
  constexpr std::chrono::seconds kLongWait{5};
  if (response.status == 503 && after && *after > kLongWait)
    health.gate.close(options_.clock->now(), *after);
  if (header(response, "ratelimit-remaining").starts_with("0;"))
    health.gate.close_for_get(options_.clock->now(), kGateWhenUsedUp);
}

Task<http::Response> Sender::send(Account account, http::Request request, RetryState& state,
                                  Deadline deadline) {
  const http::Asked what(request.method, request.url);
  const std::string host = key(account, request);
  Health& known = hosts_.find_or_put(host);
  if (!known.gate.admits(options_.clock->now(), request.method == http::Method::kGet)) {
    co_return Error(Outcome::kRegistryThrottled, "RATE_LIMITED",
                    what.text() + ": not asked, since it limited our rate a moment ago");
  }
  if (!known.breaker.admit(options_.clock->now())) {
    co_return Error(Outcome::kRegistryUnreachable, "CIRCUIT_OPEN",
                    what.text() + ": not asked, since it failed again and again");
  }
  Report report(*this, host);
  const auto start = options_.clock->now();
  if (state.trace != nullptr) ++state.trace->exchanges;
  auto response = co_await transport_.send(std::move(request), deadline);
  if (options_.observer != nullptr) {
    options_.observer->on_exchange(account.registry, account.kind, response ? response->status : 0,
                                   options_.clock->now() - start);
  }
  if (!response) {
    if (is_breaker_failure(response.error().reason())) report.failed();
    co_return response;
  }
  learn(report.health(), *response, state);
  if (is_server_trouble(response->status)) {
    report.failed();
  } else {
    report.succeeded();
  }
  co_return response;
}

}  // namespace countersign::resilience
