#include "admission/timeout.hpp"

#include <gtest/gtest.h>

namespace countersign::admission {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

struct DurationCase {
  std::string text;
  std::optional<milliseconds> want;
};
class GoDuration : public ::testing::TestWithParam<DurationCase> {};

TEST_P(GoDuration, IsReadLeniently) {
  EXPECT_EQ(parse_go_duration(GetParam().text), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GoDuration,
    ::testing::Values(DurationCase{"10s", 10s}, DurationCase{"1s", 1s}, DurationCase{"1m0s", 60s},
                      DurationCase{"1m30s", 90s}, DurationCase{"1h", 1h}, DurationCase{"2h3m", 1h},
                      DurationCase{"1.5s", 1500ms}, DurationCase{"0.5s", 500ms},
                      DurationCase{"1.s", 1s}, DurationCase{"500ms", 500ms},
                      DurationCase{"1s500ms", 1500ms}, DurationCase{"2500000us", 2500ms},
                      DurationCase{"2500000µs", 2500ms}, DurationCase{"3000000000ns", 3s},
                      DurationCase{"99999999999999999999999s", 1h}, DurationCase{"", std::nullopt},
                      DurationCase{"abc", std::nullopt}, DurationCase{"10", std::nullopt},
                      DurationCase{"s", std::nullopt}, DurationCase{"-5s", std::nullopt},
                      DurationCase{"+5s", std::nullopt}, DurationCase{"0s", std::nullopt},
                      DurationCase{"0", std::nullopt}, DurationCase{"1ns", std::nullopt},
                      DurationCase{"1e3s", std::nullopt}, DurationCase{"0x10s", std::nullopt},
                      DurationCase{"infs", std::nullopt}, DurationCase{"nans", std::nullopt},
                      DurationCase{"10s ", std::nullopt}, DurationCase{" 10s", std::nullopt},
                      DurationCase{"10S", std::nullopt}, DurationCase{"10d", std::nullopt},
                      DurationCase{std::string(100, '9') + "s", std::nullopt}));

// shows: K-33 K-34
TEST(TimeoutOfQuery, IsClampedOrTheDefault) {
  EXPECT_EQ(timeout_of_query("timeout=10s"), 10s);
  EXPECT_EQ(timeout_of_query("timeout=3s"), 3s);
  EXPECT_EQ(timeout_of_query("a=b&timeout=7s&c=d"), 7s);
  EXPECT_EQ(timeout_of_query(""), 10s);
  EXPECT_EQ(timeout_of_query("x=1"), 10s);
  EXPECT_EQ(timeout_of_query("xtimeout=3s"), 10s);
  EXPECT_EQ(timeout_of_query("&&timeout"), 10s);
  EXPECT_EQ(timeout_of_query("timeout=1m0s"), 30s);
  EXPECT_EQ(timeout_of_query("timeout=100ms"), 1s);
  for (const auto* bad : {"timeout=abc", "timeout=-5s", "timeout=0s", "timeout=", "timeout=%31s"}) {
    EXPECT_EQ(timeout_of_query(bad), 10s) << bad;
  }
  EXPECT_EQ(timeout_of_query("timeout=99999999999999999999s"), 30s);
}

TEST(TimeBudget, LeavesMargins) {
  EXPECT_EQ(time_budget(1s), (TimeBudget{.answer = 600ms, .network = 400ms}));
  EXPECT_EQ(time_budget(3s), (TimeBudget{.answer = 2600ms, .network = 2400ms}));
  EXPECT_EQ(time_budget(10s), (TimeBudget{.answer = 8900ms, .network = 8700ms}));
  EXPECT_EQ(time_budget(30s), (TimeBudget{.answer = 26900ms, .network = 26700ms}));
  EXPECT_EQ(time_budget(0s), time_budget(1s));
  EXPECT_EQ(time_budget(1h), time_budget(30s));
}

}  // namespace
}  // namespace countersign::admission
