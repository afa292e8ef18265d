#include "adapters/resilience/http_date.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"

namespace countersign::resilience {
namespace {

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

}  // namespace

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

}  // namespace countersign::resilience
