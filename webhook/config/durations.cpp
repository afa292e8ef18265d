#include "config/durations.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/text.hpp"
#include "base/whole_number.hpp"

namespace countersign::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kUnits = {Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000},
                               Unit{"ms", 1}};
constexpr std::uint64_t kLongest = std::uint64_t{366} * 24 * 3'600'000;

std::pair<std::string_view, std::string_view> split_number(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  return {text.substr(0, end), text.substr(end)};
}

/// The number that `text` begins with, with the unit that the rest of it seems to mean.
std::string meant_with_unit(std::string_view text, std::string_view unit) {
  const auto [digits, rest] = split_number(trimmed(text));
  if (unit.empty() || !parse_whole_number(digits)) return {};
  return std::string(digits) + std::string(unit);
}

std::string_view rest_after_number(std::string_view text) {
  return trimmed(split_number(trimmed(text)).second);
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto [digits, name] = split_number(text);
  const auto number = parse_whole_number(digits);
  const auto unit = std::ranges::find(kUnits, name, &Unit::name);
  if (!number || unit == kUnits.end() || *number > kLongest / unit->factor) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*number * unit->factor));
}

std::string print_duration(std::chrono::milliseconds duration) {
  const auto amount = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
  for (const Unit& unit : kUnits) {
    if (amount != 0 && amount % unit.factor == 0)
      return std::to_string(amount / unit.factor) + std::string(unit.name);
  }
  return "0ms";
}

std::string meant_duration(std::string_view text) {
  const std::string rest = ascii_lower(rest_after_number(text));
  std::string_view unit;
  if (rest.empty() || rest.starts_with("s")) unit = "s";
  if (rest.starts_with("ms") || rest.starts_with("milli")) unit = "ms";
  if (rest == "m" || (rest.starts_with("mi") && !rest.starts_with("milli"))) unit = "m";
  if (rest.starts_with("h")) unit = "h";
  return meant_with_unit(text, unit);
}

}  // namespace countersign::config
