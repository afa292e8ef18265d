#include "config/durations.hpp"

#include <gtest/gtest.h>

namespace countersign::config {
namespace {

struct Case {
  std::string text;
  std::string want;   // milliseconds, "-" if refused
  std::string meant;  // what is suggested instead
};

class Durations : public ::testing::TestWithParam<Case> {};
TEST_P(Durations, ReadAndSuggested) {
  const auto got = parse_duration(GetParam().text);
  EXPECT_EQ(got ? std::to_string(got->count()) : "-", GetParam().want);
  if (!got) EXPECT_EQ(meant_duration(GetParam().text), GetParam().meant);
}
INSTANTIATE_TEST_SUITE_P(
    Table, Durations,
    ::testing::Values(
        Case{"5s", "5000", ""}, Case{"250ms", "250", ""}, Case{"1h", "3600000", ""},
        Case{"15m", "900000", ""}, Case{"0s", "0", ""}, Case{"8784h", "31622400000", ""},
        Case{"8785h", "-", "8785h"}, Case{"", "-", ""}, Case{"5", "-", "5s"},
        Case{"5 s", "-", "5s"}, Case{" 5s", "-", "5s"}, Case{"5sec", "-", "5s"},
        Case{"5seconds", "-", "5s"}, Case{"5 minutes", "-", "5m"}, Case{"5min", "-", "5m"},
        Case{"5M", "-", "5m"}, Case{"5MS", "-", "5ms"}, Case{"5 millis", "-", "5ms"},
        Case{"2 hours", "-", "2h"}, Case{"s", "-", ""}, Case{"-5s", "-", ""}, Case{"+5s", "-", ""},
        Case{"1.5s", "-", ""}, Case{"05s", "-", ""}, Case{"1h30m", "-", "1h"}, Case{"1d", "-", ""},
        Case{"5us", "-", ""}, Case{"0x5s", "-", ""}, Case{"99999999999999999999s", "-", ""},
        Case{"18446744073709551615h", "-", "18446744073709551615h"}, Case{"5s\n", "-", "5s"}));

TEST(Durations, ArePrintedInTheLargestUnitThatLosesNothing) {
  using std::chrono::milliseconds;
  EXPECT_EQ(print_duration(milliseconds(0)), "0ms");
  EXPECT_EQ(print_duration(milliseconds(1)), "1ms");
  EXPECT_EQ(print_duration(milliseconds(1500)), "1500ms");
  EXPECT_EQ(print_duration(milliseconds(90'000)), "90s");
  EXPECT_EQ(print_duration(milliseconds(120'000)), "2m");
  EXPECT_EQ(print_duration(milliseconds(3'600'000)), "1h");
}

}  // namespace
}  // namespace countersign::config
