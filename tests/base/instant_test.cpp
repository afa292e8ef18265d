#include "base/instant.hpp"

#include <gtest/gtest.h>

namespace countersign {
namespace {

struct Case {
  std::string text;
  std::string want;  // in UTC, or "none"
};

std::string shown(const std::string& text) {
  const auto instant = parse_rfc3339(text);
  return instant ? format_rfc3339(*instant) : "none";
}

TEST(Rfc3339, ReadsTimesAndNothingElse) {
  const Case cases[] = {
      {"2022-04-06T07:01:20Z", "2022-04-06T07:01:20Z"},
      {"2023-06-27T13:20:21+08:00", "2023-06-27T05:20:21Z"},
      {"2023-06-27T13:20:21-23:59", "2023-06-28T13:19:21Z"},
      {"2023-06-27T13:20:21+00:00", "2023-06-27T13:20:21Z"},
      {"2023-06-27T13:20:21-00:00", "2023-06-27T13:20:21Z"},
      {"2022-04-06T07:01:20.1Z", "2022-04-06T07:01:20.1Z"},
      {"2022-04-06T07:01:20.123456789Z", "2022-04-06T07:01:20.123456789Z"},
      {"2022-04-06T07:01:20.1234567899999Z", "2022-04-06T07:01:20.123456789Z"},
      {"2022-04-06T07:01:20.000Z", "2022-04-06T07:01:20Z"},
      {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
      {"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
      {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"},
      {"1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"},
      // years outside 1 to 9999, as written or in UTC
      {"0001-01-01T00:59:59-00:01", "0001-01-01T01:00:59Z"},
      {"0001-01-01T01:00:00+01:00", "0001-01-01T00:00:00Z"},
      {"0001-01-01T00:59:59.999999999+01:00", "none"},
      {"0001-01-01T00:00:00+01:00", "none"},
      {"0000-12-31T23:59:59-01:00", "none"},
      {"9999-12-31T22:59:59.999999999-01:00", "9999-12-31T23:59:59.999999999Z"},
      {"9999-12-31T23:00:00-01:00", "none"},
      {"9999-12-31T23:59:59-01:00", "none"},
      // dates and times that do not exist
      {"0000-01-01T00:00:00Z", "none"},
      {"2023-02-29T00:00:00Z", "none"},
      {"2100-02-29T00:00:00Z", "none"},
      {"2022-00-06T07:01:20Z", "none"},
      {"2022-13-06T07:01:20Z", "none"},
      {"2022-04-00T07:01:20Z", "none"},
      {"2022-04-31T07:01:20Z", "none"},
      {"2022-04-06T24:00:00Z", "none"},
      {"2022-04-06T07:60:20Z", "none"},
      {"2022-04-06T23:59:60Z", "none"},
      {"2022-04-06T07:01:20+24:00", "none"},
      {"2022-04-06T07:01:20+08:60", "none"},
      // other spellings
      {"2022-04-06t07:01:20Z", "none"},
      {"2022-04-06T07:01:20z", "none"},
      {"2022-04-06 07:01:20Z", "none"},
      {"2022-4-6T7:1:20Z", "none"},
      {"2022-04-06T07:01:20,5Z", "none"},
      {"2022-04-06T07:01:20.Z", "none"},
      {"2022-04-06T07:01:20", "none"},
      {"2022-04-06T07:01Z", "none"},
      {"2022-04-06T07:01:20+0800", "none"},
      {"2022-04-06T07:01:20+8:00", "none"},
      {"2022-04-06T07:01:20Z ", "none"},
      {" 2022-04-06T07:01:20Z", "none"},
      {"2022-04-06T07:01:20ZZ", "none"},
      {"2022-04-06T07:01:-1Z", "none"},
      {"12022-04-06T07:01:20Z", "none"},
      {"+022-04-06T07:01:20Z", "none"},
      {"1649228480", "none"},
      {"", "none"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(shown(text), want) << text;
}

TEST(Rfc3339, OrderIsThatOfTimeAlsoBelowTheSecondAndBeforeTheEpoch) {
  const char* ascending[] = {"0001-01-01T00:00:00Z",           "1969-12-31T23:59:59Z",
                             "1969-12-31T23:59:59.000000001Z", "1970-01-01T00:00:00Z",
                             "2026-01-01T00:00:00Z",           "2026-01-01T00:00:00.000000001Z",
                             "2026-01-01T00:00:01Z",           "9999-12-31T23:59:59Z"};
  for (std::size_t i = 0; i + 1 < std::size(ascending); ++i) {
    EXPECT_LT(*parse_rfc3339(ascending[i]), *parse_rfc3339(ascending[i + 1])) << ascending[i];
  }
}

TEST(Rfc3339, LogsAlwaysShowMilliseconds) {
  EXPECT_EQ(format_rfc3339_millis(*parse_rfc3339("2026-01-01T00:00:00Z")),
            "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(format_rfc3339_millis(*parse_rfc3339("2026-01-01T00:00:00.0129Z")),
            "2026-01-01T00:00:00.012Z");
}

TEST(Instant, FirstAndLastAreTheBoundsOfTheYears1To9999) {
  EXPECT_EQ(kFirstInstant, Instant::from_civil(1, 1, 1, 0, 0, 0));
  EXPECT_EQ(kLastInstant, Instant::from_civil(9999, 12, 31, 23, 59, 59, 999'999'999));
}

TEST(Instant, NowIsThisCenturyAndNormalised) {
  const Instant now = Instant::now();
  EXPECT_GT(now, *parse_rfc3339("2024-01-01T00:00:00Z"));
  EXPECT_GE(now.nanoseconds, 0);
  EXPECT_LT(now.nanoseconds, 1'000'000'000);
}

}  // namespace
}  // namespace countersign
