#pragma once
/// Points in civil time (UTC), years 1 to 9999 with nanoseconds: what certificates, signatures and
/// policies speak of. std::chrono::sys_time<nanoseconds> ends in the year 2262, and certificates do
/// not.
///
/// Source: RFC 3339; notary-verification JW-11 (strict reading), RFC 5280 for ASN.1 times.

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace countersign {

struct Instant {
  std::int64_t seconds = 0;      ///< since 1970-01-01T00:00:00Z, may be negative
  std::int32_t nanoseconds = 0;  ///< 0 to 999,999,999, always forward from `seconds`

  friend constexpr auto operator<=>(const Instant&, const Instant&) = default;

  [[nodiscard]] static Instant now();
  /// Nothing if the date does not exist or lies outside the years 1 to 9999. `second` 60 is
  /// refused.
  [[nodiscard]] static std::optional<Instant> from_civil(int year, unsigned month, unsigned day,
                                                         unsigned hour, unsigned minute,
                                                         unsigned second,
                                                         std::int32_t nanoseconds = 0);
};

/// 0001-01-01T00:00:00Z, and the last nanosecond of the year 9999.
inline constexpr Instant kFirstInstant{-62'135'596'800, 0};
inline constexpr Instant kLastInstant{253'402'300'799, 999'999'999};

/// Strict RFC 3339: `YYYY-MM-DDTHH:MM:SS[.digits](Z|±HH:MM)`, upper-case T and Z, offsets 00:00 to
/// 23:59, no second 60; within the years 1 to 9999 both as written and in UTC. Digits beyond
/// nanoseconds are read and dropped. Nothing if it is anything else.
[[nodiscard]] std::optional<Instant> parse_rfc3339(std::string_view text);

/// In UTC, with a fraction only if there is one: "2026-11-24T10:00:00Z".
[[nodiscard]] std::string format_rfc3339(Instant instant);
/// Always with three digits, as logs want it: "2026-11-24T10:00:00.123Z".
[[nodiscard]] std::string format_rfc3339_millis(Instant instant);

}  // namespace countersign
