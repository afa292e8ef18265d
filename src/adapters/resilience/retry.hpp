#pragma once
/// Whether, and when, to ask again. Source: oci-registry 5.10, 0.4. Pure: time and randomness are
/// arguments.

#include <chrono>
#include <optional>
#include <string_view>

#include "adapters/resilience/health_book.hpp"
#include "base/deadline.hpp"
#include "base/error.hpp"
#include "base/instant.hpp"
#include "ports/registry.hpp"

namespace countersign::resilience {

struct RetryPolicy {
  unsigned max_attempts = 3;            ///< of one logical operation
  std::chrono::milliseconds base{100};  ///< first pause, doubled each time
  std::chrono::milliseconds cap{1000};  ///< longest pause of our own choice
  /// After a rate limit that does not say for how long; up to twice as long.
  std::chrono::milliseconds limited{1000};
  std::chrono::milliseconds reserve{750};  ///< what a further attempt needs before the deadline
};

/// What one operation has been through.
struct RetryState {
  unsigned attempts = 0;                            ///< made so far
  std::optional<std::chrono::seconds> retry_after;  ///< what the last answer asked for
  bool waited_for_rate_limit = false;               ///< a rate limit is waited for once
  /// Where the last answer limited our rate without a word of when to come back.
  std::optional<HealthBook::Place> limited = std::nullopt;
  ports::Trace* trace = nullptr;  ///< counts the exchanges; may be null
};

/// Transport failures of the retryable kind, and "SERVER_ERROR".
[[nodiscard]] bool is_retryable(Reason reason) noexcept;
/// Where no request can be sent at all, whoever asks.
[[nodiscard]] bool is_unreachable(Reason reason) noexcept;
/// Those that count against whom it was asked for.
[[nodiscard]] bool is_breaker_failure(Reason reason) noexcept;
/// 408, 424, 499, and every 5xx but 501.
[[nodiscard]] bool is_server_trouble(long status) noexcept;

/// How long to wait before the next attempt; nothing if there must be none. `jitter` is from 0
/// to 1.
[[nodiscard]] std::optional<std::chrono::milliseconds> pause_before_retry(
    const RetryPolicy& policy, const RetryState& state, Reason reason, Deadline deadline,
    Deadline::Clock::time_point now, double jitter);

/// Delta-seconds, or an HTTP date of any of its three forms; never more than a day, a past date is
/// 0. Nothing if it is neither.
[[nodiscard]] std::optional<std::chrono::seconds> parse_retry_after(std::string_view value,
                                                                    Instant now);

}  // namespace countersign::resilience
