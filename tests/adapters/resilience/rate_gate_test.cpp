#include "adapters/resilience/rate_gate.hpp"

#include <gtest/gtest.h>

namespace countersign::resilience {
namespace {

using std::chrono::seconds;

const Deadline::Clock::time_point kStart{std::chrono::hours{1}};

TEST(RateGate, IsClosedForAMinuteAtMost) {
  RateGate gate;
  gate.close(kStart, seconds(3600));
  EXPECT_FALSE(gate.admits(kStart + seconds(59), false));
  EXPECT_TRUE(gate.admits(kStart + seconds(60), true));
  gate.close_for_get(kStart + seconds(60), seconds(10));
  EXPECT_FALSE(gate.admits(kStart + seconds(61), true));
  EXPECT_TRUE(gate.admits(kStart + seconds(61), false)) << "HEAD is free";
}

}  // namespace
}  // namespace countersign::resilience
