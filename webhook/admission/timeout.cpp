#include "admission/timeout.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace countersign::admission {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kHour{3'600'000};

struct Unit {
  std::string_view name;
  double in_milliseconds;
};
/// Longer names first where one is the start of another.
constexpr std::array kUnits = {Unit{"ms", 1.0},     Unit{"us", 1e-3},  Unit{"µs", 1e-3},
                               Unit{"μs", 1e-3},    Unit{"ns", 1e-6},  Unit{"h", 3'600'000.0},
                               Unit{"m", 60'000.0}, Unit{"s", 1'000.0}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// `[0-9]+(\.[0-9]*)?` at the start of `text`, which is shortened by it.
std::optional<double> take_number(std::string_view& text) {
  if (text.empty() || !is_digit(text.front())) return std::nullopt;
  double value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error == std::errc::result_out_of_range) {
    value = kHour.count();
  } else if (error != std::errc()) {
    return std::nullopt;
  }
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<double> take_unit(std::string_view& text) {
  for (const Unit& unit : kUnits) {
    if (!text.starts_with(unit.name)) continue;
    text.remove_prefix(unit.name.size());
    return unit.in_milliseconds;
  }
  return std::nullopt;
}

}  // namespace

std::optional<milliseconds> parse_go_duration(std::string_view text) {
  constexpr std::size_t kMaxBytes = 64;
  if (text.empty() || text.size() > kMaxBytes) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const auto number = take_number(text);
    if (!number) return std::nullopt;
    const auto unit = take_unit(text);
    if (!unit) return std::nullopt;
    total += *number * *unit;
  }
  if (!std::isfinite(total) || total >= static_cast<double>(kHour.count())) return kHour;
  const milliseconds duration(std::llround(total));
  if (duration <= milliseconds::zero()) return std::nullopt;
  return duration;
}

milliseconds timeout_of_query(std::string_view query) {
  constexpr std::string_view kName = "timeout=";
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    if (pair.starts_with(kName)) {
      const auto timeout = parse_go_duration(pair.substr(kName.size()));
      return timeout ? std::clamp(*timeout, kMinTimeout, kMaxTimeout) : kDefaultTimeout;
    }
    if (end == std::string_view::npos) break;
    query.remove_prefix(end + 1);
  }
  return kDefaultTimeout;
}

TimeBudget time_budget(milliseconds timeout) noexcept {
  constexpr milliseconds kMinMargin{300};
  constexpr milliseconds kToWrite{100};
  constexpr milliseconds kToDecide{200};
  const milliseconds total = std::clamp(timeout, kMinTimeout, kMaxTimeout);
  const milliseconds answer = total - std::max(kMinMargin, total / 10) - kToWrite;
  return {.answer = answer, .network = answer - kToDecide};
}

}  // namespace countersign::admission
