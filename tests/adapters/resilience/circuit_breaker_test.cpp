#include "adapters/resilience/circuit_breaker.hpp"

#include <gtest/gtest.h>

namespace countersign::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Time = Deadline::Clock::time_point;

const Time kStart{std::chrono::hours{1}};

TEST(CircuitBreaker, OpensAfterFiveFailuresAndClosesOnASuccessfulProbe) {
  CircuitBreaker breaker;
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(breaker.admit(kStart));
    breaker.failed(kStart);
  }
  EXPECT_FALSE(breaker.admit(kStart));
  EXPECT_FALSE(breaker.admit(kStart + milliseconds(1999)));
  EXPECT_TRUE(breaker.admit(kStart + seconds(2))) << "one probe";
  EXPECT_FALSE(breaker.admit(kStart + seconds(2))) << "and only one";
  breaker.succeeded(kStart + seconds(2));
  EXPECT_TRUE(breaker.admit(kStart + seconds(2)));
  EXPECT_FALSE(breaker.is_open());
}

TEST(CircuitBreaker, WaitsLongerAfterEachFailedProbe) {
  CircuitBreaker breaker;
  Time now = kStart;
  for (int i = 0; i < 5; ++i) breaker.failed(now);
  for (const int pause : {2, 4, 8, 16, 30, 30}) {
    EXPECT_FALSE(breaker.admit(now + seconds(pause) - milliseconds(1))) << pause;
    now += seconds(pause);
    EXPECT_TRUE(breaker.admit(now)) << pause;
    breaker.failed(now);
  }
}

TEST(CircuitBreaker, AProbeThatSaysNothingLetsTheNextOneThrough) {
  CircuitBreaker breaker;
  for (int i = 0; i < 5; ++i) breaker.failed(kStart);
  EXPECT_TRUE(breaker.admit(kStart + seconds(2)));
  breaker.abandoned();
  EXPECT_TRUE(breaker.admit(kStart + seconds(2)));
}

TEST(CircuitBreaker, OpensWhenHalfOfTheLastTwentyFail) {
  CircuitBreaker breaker;
  for (int i = 0; i < 20; ++i) i % 2 == 0 ? breaker.succeeded(kStart) : breaker.failed(kStart);
  EXPECT_TRUE(breaker.is_open());
  CircuitBreaker slow;
  for (int i = 0; i < 40; ++i) {
    i % 2 == 0 ? slow.succeeded(kStart + seconds(i)) : slow.failed(kStart + seconds(i));
  }
  EXPECT_FALSE(slow.is_open()) << "not within ten seconds";
}

}  // namespace
}  // namespace countersign::resilience
