#include "adapters/registry/retry.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace countersign::registry {
namespace {

constexpr std::chrono::seconds kLongestWait = std::chrono::hours{24};

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits = !text.empty() && text.front() >= '0' && text.front() <= '9';
  if (!digits || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<unsigned> month(std::string_view name) {
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto found = std::ranges::find(kMonths, name);
  if (found == kMonths.end()) return std::nullopt;
  return static_cast<unsigned>(found - kMonths.begin()) + 1;
}

std::optional<Instant> date(std::optional<int> year, std::string_view month_name,
                            std::string_view day_text, std::string_view time) {
  const auto month_number = month(month_name);
  const auto day = number(trimmed(day_text));
  if (time.size() != 8 || time[2] != ':' || time[5] != ':') return std::nullopt;
  const auto hour = number(time.substr(0, 2));
  const auto minute = number(time.substr(3, 2));
  const auto second = number(time.substr(6, 2));
  if (!year || !month_number || !day || !hour || !minute || !second) return std::nullopt;
  return Instant::from_civil(*year, *month_number, static_cast<unsigned>(*day),
                             static_cast<unsigned>(*hour), static_cast<unsigned>(*minute),
                             static_cast<unsigned>(*second));
}

/// RFC 9110 section 5.6.7.
std::optional<Instant> parse_http_date(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) {  // asctime: "Sun Nov  6 08:49:37 1994"
    if (text.size() != 24) return std::nullopt;
    return date(number(text.substr(20)), text.substr(4, 3), text.substr(8, 2), text.substr(11, 8));
  }
  const std::string_view rest = text.substr(comma + 1);
  if (rest.size() == 25 && rest.ends_with(" GMT")) {  // " 06 Nov 1994 08:49:37 GMT"
    return date(number(rest.substr(8, 4)), rest.substr(4, 3), rest.substr(1, 2),
                rest.substr(13, 8));
  }
  if (rest.size() == 23 && rest.ends_with(" GMT")) {  // " 06-Nov-94 08:49:37 GMT"
    auto year = number(rest.substr(8, 2));
    if (year) *year += *year < 70 ? 2000 : 1900;
    return date(year, rest.substr(4, 3), rest.substr(1, 2), rest.substr(11, 8));
  }
  return std::nullopt;
}

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

bool is_breaker_failure(Reason reason) noexcept {
  constexpr std::array<std::string_view, 7> kIds = {"DNS_FAILED",  "CONNECT_FAILED", "TLS_FAILED",
                                                    "TIMEOUT",     "TRUNCATED",      "PROTOCOL",
                                                    "SERVER_ERROR"};
  return contains(kIds, reason);
}

bool is_server_trouble(long status) noexcept {
  // An answer about the request, which would be repeated for ever.
  constexpr long kNotImplemented = 501;
  return status == 408 || status == 499 ||
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
  if (rate_limited && (!state.retry_after || state.waited_for_rate_limit)) return std::nullopt;
  if (!rate_limited && !is_retryable(reason)) return std::nullopt;

  const unsigned doublings = std::min(state.attempts - 1, 10U);
  const double ours =
      static_cast<double>(std::min(policy.cap, policy.base * (1U << doublings)).count());
  milliseconds pause(static_cast<milliseconds::rep>(ours * (0.5 + 0.5 * jitter)));
  if (state.retry_after && state.retry_after->count() > 0) {
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
    const auto seconds = value.size() <= 6 ? number(value) : std::optional<int>(86400);
    return std::min(std::chrono::seconds(*seconds), kLongestWait);
  }
  const auto at = parse_http_date(value);
  if (!at) return std::nullopt;
  if (*at <= now) return std::chrono::seconds{0};
  return std::min(std::chrono::seconds(at->seconds - now.seconds), kLongestWait);
}

}  // namespace countersign::registry
