#include "adapters/resilience/retry.hpp"

#include <algorithm>
#include <array>

#include "adapters/resilience/http_date.hpp"
#include "base/text.hpp"

namespace countersign::resilience {
namespace {

constexpr std::chrono::seconds kLongestWait = std::chrono::hours{24};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& ids, Reason reason) {
  return std::ranges::find(ids, reason.id()) != ids.end();
}

}  // namespace

bool is_retryable(Reason reason) noexcept {
  constexpr std::array<std::string_view, 5> kIds = {"DNS_FAILED", "CONNECT_FAILED", "TIMEOUT",
                                                    "TRUNCATED", "SERVER_ERROR"};
  return contains(kIds, reason);
}

bool is_unreachable(Reason reason) noexcept {
  constexpr std::array<std::string_view, 3> kIds = {"DNS_FAILED", "CONNECT_FAILED", "TLS_FAILED"};
  return contains(kIds, reason);
}

bool is_breaker_failure(Reason reason) noexcept {
  constexpr std::array<std::string_view, 7> kIds = {"DNS_FAILED",  "CONNECT_FAILED", "TLS_FAILED",
                                                    "TIMEOUT",     "TRUNCATED",      "PROTOCOL",
                                                    "SERVER_ERROR"};
  return contains(kIds, reason);
}

bool is_server_trouble(long status) noexcept {
  // An answer about the request, which would be repeated for ever.
  constexpr long kNotImplemented = 501;
  // 424: a pull-through cache about its upstream.
  return status == 408 || status == 424 || status == 499 ||
         (status >= 500 && status <= 599 && status != kNotImplemented);
}

std::optional<std::chrono::milliseconds> pause_before_retry(const RetryPolicy& policy,
                                                            const RetryState& state, Reason reason,
                                                            Deadline deadline,
                                                            Deadline::Clock::time_point now,
                                                            double jitter) {
  using std::chrono::milliseconds;
  if (state.attempts == 0 || state.attempts >= policy.max_attempts) return std::nullopt;
  const bool rate_limited = reason == Reason("RATE_LIMITED");
  const bool said_so = state.retry_after || state.limited;  // else it was not even asked
  if (rate_limited && (!said_so || state.waited_for_rate_limit)) return std::nullopt;
  if (!rate_limited && !is_retryable(reason)) return std::nullopt;

  const unsigned doublings = std::min(state.attempts - 1, 10U);
  const double ours =
      static_cast<double>(std::min(policy.cap, policy.base * (1U << doublings)).count());
  milliseconds pause(static_cast<milliseconds::rep>(ours * (0.5 + 0.5 * jitter)));
  if (rate_limited && !state.retry_after) {
    // It does not say when: a moment, not so short that it makes matters worse.
    pause = milliseconds(
        static_cast<milliseconds::rep>(static_cast<double>(policy.limited.count()) * (1 + jitter)));
  } else if (state.retry_after && state.retry_after->count() > 0) {
    const auto asked = std::chrono::duration_cast<milliseconds>(*state.retry_after);
    pause = asked + milliseconds(static_cast<milliseconds::rep>(static_cast<double>(asked.count()) *
                                                                0.1 * jitter));
  }
  if (now + pause + policy.reserve > deadline.at()) return std::nullopt;
  return pause;
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, Instant now) {
  value = trimmed(value);
  const bool digits =
      !value.empty() && std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; });
  if (digits) {
    std::chrono::seconds seconds{0};
    for (const char digit : value)
      seconds = std::min(seconds * 10 + std::chrono::seconds(digit - '0'), kLongestWait);
    return seconds;
  }
  const auto at = parse_http_date(value);
  if (!at) return std::nullopt;
  if (*at <= now) return std::chrono::seconds{0};
  return std::min(std::chrono::seconds(at->seconds - now.seconds), kLongestWait);
}

}  // namespace countersign::resilience
