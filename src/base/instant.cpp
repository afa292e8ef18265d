#include "base/instant.hpp"

#include <array>
#include <cstdio>

namespace countersign {
namespace {

constexpr std::int64_t kSecondsPerDay = 86400;

/// Exactly `width` decimal digits at `*position`, which moves past them.
std::optional<unsigned> digits(std::string_view text, std::size_t* position, std::size_t width) {
  if (text.size() - *position < width) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const char c = text[*position + i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  *position += width;
  return value;
}

bool literal(std::string_view text, std::size_t* position, char want) {
  if (*position >= text.size() || text[*position] != want) return false;
  ++*position;
  return true;
}

std::string format(Instant instant, std::string_view fraction) {
  std::int64_t days = instant.seconds / kSecondsPerDay;
  std::int64_t rest = instant.seconds % kSecondsPerDay;
  if (rest < 0) {
    rest += kSecondsPerDay;
    --days;
  }
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{static_cast<std::chrono::days::rep>(days)}}};
  std::array<char, 48> text{};
  const int length = std::snprintf(  // NOLINT(*-vararg)
      text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d%.*sZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(rest / 3600), static_cast<int>(rest / 60 % 60), static_cast<int>(rest % 60),
      static_cast<int>(fraction.size()), fraction.data());
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

Instant Instant::now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds);
  return {seconds.count(), static_cast<std::int32_t>(rest.count())};
}

std::optional<Instant> Instant::from_civil(int year, unsigned month, unsigned day, unsigned hour,
                                           unsigned minute, unsigned second,
                                           std::int32_t nanoseconds) {
  if (year < 1 || year > 9999) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  if (nanoseconds < 0 || nanoseconds > 999'999'999) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return Instant{days * kSecondsPerDay + hour * 3600 + minute * 60 + second, nanoseconds};
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  std::size_t at = 0;
  const auto year = digits(text, &at, 4);
  if (!year || !literal(text, &at, '-')) return std::nullopt;
  const auto month = digits(text, &at, 2);
  if (!month || !literal(text, &at, '-')) return std::nullopt;
  const auto day = digits(text, &at, 2);
  if (!day || !literal(text, &at, 'T')) return std::nullopt;
  const auto hour = digits(text, &at, 2);
  if (!hour || !literal(text, &at, ':')) return std::nullopt;
  const auto minute = digits(text, &at, 2);
  if (!minute || !literal(text, &at, ':')) return std::nullopt;
  const auto second = digits(text, &at, 2);
  if (!second) return std::nullopt;

  std::int32_t nanoseconds = 0;
  if (literal(text, &at, '.')) {
    std::size_t count = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++count) {
      if (count < 9) nanoseconds = nanoseconds * 10 + (text[at] - '0');
    }
    if (count == 0) return std::nullopt;
    for (; count < 9; ++count) nanoseconds *= 10;
  }

  std::int64_t offset = 0;
  if (!literal(text, &at, 'Z')) {
    if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return std::nullopt;
    const std::int64_t sign = text[at++] == '+' ? 1 : -1;
    const auto offset_hour = digits(text, &at, 2);
    if (!offset_hour || *offset_hour > 23 || !literal(text, &at, ':')) return std::nullopt;
    const auto offset_minute = digits(text, &at, 2);
    if (!offset_minute || *offset_minute > 59) return std::nullopt;
    offset = sign * (std::int64_t{*offset_hour} * 3600 + std::int64_t{*offset_minute} * 60);
  }
  if (at != text.size()) return std::nullopt;
  auto instant = Instant::from_civil(static_cast<int>(*year), *month, *day, *hour, *minute, *second,
                                     nanoseconds);
  if (!instant) return std::nullopt;
  instant->seconds -= offset;
  if (*instant < kFirstInstant || kLastInstant < *instant) return std::nullopt;
  return instant;
}

std::string format_rfc3339(Instant instant) {
  if (instant.nanoseconds == 0) return format(instant, "");
  std::array<char, 16> fraction{};
  // NOLINTNEXTLINE(*-vararg)
  std::snprintf(fraction.data(), fraction.size(), ".%09d", static_cast<int>(instant.nanoseconds));
  std::string_view text(fraction.data(), 10);
  while (text.ends_with('0')) text.remove_suffix(1);
  return format(instant, text);
}

std::string format_rfc3339_millis(Instant instant) {
  std::array<char, 16> fraction{};
  // NOLINTNEXTLINE(*-vararg)
  std::snprintf(fraction.data(), fraction.size(), ".%03d",
                static_cast<int>(instant.nanoseconds / 1'000'000));
  return format(instant, {fraction.data(), 4});
}

}  // namespace countersign
