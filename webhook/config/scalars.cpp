#include "config/scalars.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/text.hpp"
#include "base/whole_number.hpp"

namespace countersign::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::array kDurationUnits = {Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1000},
                                       Unit{"ms", 1}};
constexpr std::uint64_t kLongestDuration = std::uint64_t{366} * 24 * 3'600'000;

constexpr std::uint64_t kKiB = 1024;
constexpr std::array kSizeUnits = {Unit{"GiB", kKiB* kKiB* kKiB}, Unit{"MiB", kKiB* kKiB},
                                   Unit{"KiB", kKiB}, Unit{"B", 1}};
constexpr std::uint64_t kLargestSize = kKiB * kKiB * kKiB * kKiB;

std::pair<std::string_view, std::string_view> split_number(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  return {text.substr(0, end), text.substr(end)};
}

std::optional<std::uint64_t> parse_with_unit(std::string_view text, std::span<const Unit> units,
                                             std::uint64_t largest) {
  const auto [digits, name] = split_number(text);
  const auto number = parse_whole_number(digits);
  const auto unit = std::ranges::find(units, name, &Unit::name);
  if (!number || unit == units.end() || *number > largest / unit->factor) return std::nullopt;
  return *number * unit->factor;
}

std::string print_with_unit(std::uint64_t amount, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (amount != 0 && amount % unit.factor == 0)
      return std::to_string(amount / unit.factor) + std::string(unit.name);
  }
  return "0" + std::string(units.back().name);
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
  const auto count = parse_with_unit(text, kDurationUnits, kLongestDuration);
  if (!count) return std::nullopt;
  return std::chrono::milliseconds(static_cast<std::int64_t>(*count));
}

std::string print_duration(std::chrono::milliseconds duration) {
  return print_with_unit(static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)),
                         kDurationUnits);
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

std::optional<std::uint64_t> parse_size(std::string_view text) {
  return parse_with_unit(text, kSizeUnits, kLargestSize);
}

std::string print_size(std::uint64_t bytes) { return print_with_unit(bytes, kSizeUnits); }

std::string meant_size(std::string_view text) {
  const std::string rest = ascii_lower(rest_after_number(text));
  std::string_view unit;
  if (rest.empty() || rest.starts_with("b")) unit = "B";
  if (rest.starts_with("k")) unit = "KiB";
  if (rest.starts_with("m")) unit = "MiB";
  if (rest.starts_with("g")) unit = "GiB";
  return meant_with_unit(text, unit);
}

}  // namespace countersign::config
