#pragma once
/// Durations as people write them.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::config {

/// A whole number directly followed by `ms`, `s`, `m` or `h`: "250ms", "5s", "1h". No sign,
/// fraction, blank or sum; nothing if it is anything else or longer than a year.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// In the largest unit that loses nothing: "90s", "1h".
[[nodiscard]] std::string print_duration(std::chrono::milliseconds duration);
/// What was probably meant ("5 s", "5sec", "0.5h", "5"), or empty.
[[nodiscard]] std::string meant_duration(std::string_view text);

}  // namespace countersign::config
