#pragma once
/// Dates in the headers of HTTP.
///
/// Source: RFC 9110 section 5.6.7, all three forms. Pure.

#include <optional>
#include <string_view>

#include "base/instant.hpp"

namespace countersign::resilience {

/// Nothing if it is of none of the forms, or no date of the calendar.
[[nodiscard]] std::optional<Instant> parse_http_date(std::string_view text);

}  // namespace countersign::resilience
