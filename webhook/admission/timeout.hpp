#pragma once
/// How much time the API server gives us, and what we make of it. Durations only: the clock is the
/// caller's.
///
/// Source: kubernetes-admission 2.1 (`timeout` is a Go duration, read leniently); decisions 9.

#include <chrono>
#include <optional>
#include <string_view>

namespace countersign::admission {

inline constexpr std::chrono::milliseconds kDefaultTimeout{10'000};
inline constexpr std::chrono::milliseconds kMinTimeout{1'000};
inline constexpr std::chrono::milliseconds kMaxTimeout{30'000};

/// A Go duration such as "10s", "1m0s", "1.5s", "500ms". Nothing if it is not one, or not above
/// zero. Values beyond an hour are given as an hour.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_go_duration(std::string_view text);

/// From the query of a request target ("timeout=10s&x=y", without '?'): clamped to 1 to 30 s, 10 s
/// if there is none that can be read.
[[nodiscard]] std::chrono::milliseconds timeout_of_query(std::string_view query);

/// Counted from the request's arrival.
struct TimeBudget {
  std::chrono::milliseconds answer;   ///< the answer has left
  std::chrono::milliseconds network;  ///< nobody who answers waits for the network any more
  friend bool operator==(const TimeBudget&, const TimeBudget&) = default;
};
[[nodiscard]] TimeBudget time_budget(std::chrono::milliseconds timeout) noexcept;

}  // namespace countersign::admission
