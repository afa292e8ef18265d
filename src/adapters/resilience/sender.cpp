#include "adapters/resilience/sender.hpp"

#include <utility>

#include "adapters/http/describe.hpp"
#include "adapters/http/headers.hpp"

namespace countersign::resilience {
namespace {

using Answer = HealthBook::Answer;
using End = HealthBook::End;

// Docker Hub says nothing about when to come back.
constexpr std::chrono::seconds kGateWithoutWord{30};
constexpr std::chrono::seconds kGateWhenUsedUp{60};

Error refusal(Answer answer, const http::Asked& what) {
  switch (answer) {
    case Answer::kRateLimited:
      return {Outcome::kRegistryThrottled, "RATE_LIMITED",
              what.text() + ": not asked, since it limited our rate a moment ago"};
    case Answer::kUnreachable:
      return {Outcome::kRegistryUnreachable, "CIRCUIT_OPEN",
              what.text() + ": not asked, since it could not be reached again and again"};
    case Answer::kFails:
    case Answer::kAsk:
      break;
  }
  return {Outcome::kRegistryUnreachable, "CIRCUIT_OPEN",
          what.text() + ": not asked, since it failed again and again"};
}

}  // namespace

/// Tells how it ended, even if the coroutine is cancelled in the middle.
class Sender::Report {
 public:
  Report(HealthBook& health, const Clock& clock, HealthBook::Place place)
      : health_(health), clock_(clock), place_(std::move(place)) {}
  Report(const Report&) = delete;
  Report& operator=(const Report&) = delete;
  ~Report() {
    if (!reported_) health_.ended(place_, End::kNothing, clock_.now());
  }
  void ended(End end) {
    reported_ = true;
    health_.ended(place_, end, clock_.now());
  }
  [[nodiscard]] const HealthBook::Place& place() const noexcept { return place_; }

 private:
  HealthBook& health_;
  const Clock& clock_;
  HealthBook::Place place_;
  bool reported_ = false;
};

void Sender::learn(const HealthBook::Place& place, bool limited, const http::Response& response,
                   RetryState& state) {
  const Clock::TimePoint now = options_.clock->now();
  const auto after = parse_retry_after(header(response, "retry-after"), options_.clock->utc());
  if (limited || response.status == 503) state.retry_after = after;
  if (limited && after) health_.close(place, *after, now);
  if (limited && !after) state.limited = place;
  // A server that is away for longer than any retry waits is not asked until then.
  constexpr std::chrono::seconds kLongWait{5};
  if (response.status == 503 && after && *after > kLongWait) health_.close(place, *after, now);
  const bool counts = response.status == 200 || response.status == 429;
  if (counts && header(response, "ratelimit-remaining").starts_with("0;"))
    health_.close_for_get(place, kGateWhenUsedUp, now);
}

void Sender::give_up(const RetryState& state) {
  if (state.limited) health_.close(*state.limited, kGateWithoutWord, options_.clock->now());
}

Task<http::Response> Sender::send(Account account, http::Request request, RetryState& state,
                                  Deadline deadline) {
  const http::Method method = request.method;
  const http::Asked what(method, request.url);
  HealthBook::Place place = HealthBook::place_of(account, request.url.origin());
  const Answer may = health_.may_ask(place, method == http::Method::kGet, options_.clock->now());
  if (may != Answer::kAsk) co_return refusal(may, what);
  Report report(health_, *options_.clock, std::move(place));
  const auto start = options_.clock->now();
  if (state.trace != nullptr) ++state.trace->exchanges;
  state.limited.reset();
  bool sent = false;
  request.was_sent = &sent;
  auto response = co_await transport_.send(std::move(request), deadline);
  if (options_.observer != nullptr) {
    options_.observer->on_exchange(account.registry, account.kind, response ? response->status : 0,
                                   options_.clock->now() - start);
  }
  if (!response) {
    const Reason reason = response.error().reason();
    if (!sent && is_unreachable(reason)) {
      report.ended(End::kUnreachable);
    } else if (is_breaker_failure(reason)) {
      report.ended(End::kFailed);
    }
    co_return response;
  }
  const Condition condition = options_.condition_of(method, account.category, *response);
  learn(report.place(), condition == Condition::kRateLimited, *response, state);
  report.ended(condition == Condition::kTrouble ? End::kFailed : End::kSucceeded);
  co_return response;
}

}  // namespace countersign::resilience
