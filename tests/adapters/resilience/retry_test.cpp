#include "adapters/resilience/retry.hpp"

#include <gtest/gtest.h>

namespace countersign::resilience {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Deadline::Clock::time_point kStart{std::chrono::hours{1}};

struct RetryAfterCase {
  const char* value;
  long want;  ///< seconds, -1: ignored
};
class RetryAfter : public ::testing::TestWithParam<RetryAfterCase> {};
TEST_P(RetryAfter, IsReadAsTheTableSays) {
  const Instant now = *parse_rfc3339("1994-11-06T08:49:07Z");
  const auto wait = parse_retry_after(GetParam().value, now);
  EXPECT_EQ(wait ? wait->count() : -1, GetParam().want) << GetParam().value;
}
// shows: R-214
INSTANTIATE_TEST_SUITE_P(Table, RetryAfter,
                         ::testing::Values(RetryAfterCase{"120", 120}, RetryAfterCase{" 120 ", 120},
                                           RetryAfterCase{"0", 0},
                                           RetryAfterCase{"999999999999999999999", 86400},
                                           RetryAfterCase{"86401", 86400},
                                           RetryAfterCase{"Sun, 06 Nov 1994 08:49:37 GMT", 30},
                                           RetryAfterCase{"Sunday, 06-Nov-94 08:49:37 GMT", 30},
                                           RetryAfterCase{"Sun Nov  6 08:49:37 1994", 30},
                                           RetryAfterCase{"Sun, 06 Nov 1994 08:49:00 GMT", 0},
                                           RetryAfterCase{"Sat, 06 Nov 2100 08:49:37 GMT", 86400},
                                           RetryAfterCase{"-1", -1}, RetryAfterCase{"1.5", -1},
                                           RetryAfterCase{"abc", -1}, RetryAfterCase{"", -1},
                                           RetryAfterCase{"Sun, 32 Nov 1994 08:49:37 GMT", -1},
                                           RetryAfterCase{"Sun, 06 Nov 1994 08:49:37 PST", -1},
                                           RetryAfterCase{"Sun, 06 Foo 1994 08:49:37 GMT", -1},
                                           RetryAfterCase{"+5", -1},
                                           RetryAfterCase{"5 seconds", -1}));

std::optional<milliseconds> pause(RetryState state, Reason reason, milliseconds until_deadline,
                                  double jitter = 1.0) {
  return pause_before_retry(RetryPolicy(), state, reason, Deadline(kStart + until_deadline), kStart,
                            jitter);
}

RetryState after(unsigned attempts, std::optional<seconds> retry_after = std::nullopt,
                 bool waited = false) {
  return {.attempts = attempts, .retry_after = retry_after, .waited_for_rate_limit = waited};
}

TEST(Retry, WaitsLongerEachTime) {
  EXPECT_EQ(pause(after(1), "CONNECT_FAILED", milliseconds(9000)), milliseconds(100));
  EXPECT_EQ(pause(after(2), "CONNECT_FAILED", milliseconds(9000)), milliseconds(200));
  EXPECT_EQ(pause(after(1), "SERVER_ERROR", milliseconds(9000), 0.0), milliseconds(50));
  EXPECT_EQ(pause(after(3), "CONNECT_FAILED", milliseconds(9000)), std::nullopt);
}

TEST(Retry, ALimitWithoutAWordIsTriedOnceMoreAfterAMoment) {
  RetryState limited = after(1);
  limited.limited = HealthBook::Place();
  EXPECT_EQ(pause(limited, "RATE_LIMITED", milliseconds(9000), 0.0), milliseconds(1000));
  EXPECT_EQ(pause(limited, "RATE_LIMITED", milliseconds(9000), 1.0), milliseconds(2000));
  EXPECT_EQ(pause(limited, "RATE_LIMITED", milliseconds(1700), 0.0), std::nullopt);
  limited.waited_for_rate_limit = true;
  EXPECT_EQ(pause(limited, "RATE_LIMITED", milliseconds(9000)), std::nullopt);
}

TEST(Retry, LeavesTimeForTheAnswer) {
  EXPECT_EQ(pause(after(1), "TIMEOUT", milliseconds(849)), std::nullopt);
  EXPECT_EQ(pause(after(1), "TIMEOUT", milliseconds(850)), milliseconds(100));
}

class NeverRetried : public ::testing::TestWithParam<Reason> {};
TEST_P(NeverRetried, WhateverTheTime) {
  EXPECT_EQ(pause(after(1), GetParam(), milliseconds(60000)), std::nullopt);
  EXPECT_FALSE(is_breaker_failure(GetParam()) && GetParam() != Reason("TLS_FAILED") &&
               GetParam() != Reason("PROTOCOL"));
}
INSTANTIATE_TEST_SUITE_P(
    Table, NeverRetried,
    ::testing::Values(Reason("NOT_FOUND"), Reason("DENIED"), Reason("DIGEST_MISMATCH"),
                      Reason("TLS_UNTRUSTED"), Reason("TLS_FAILED"), Reason("PROTOCOL"),
                      Reason("BAD_RESPONSE"), Reason("TOO_LARGE"), Reason("UNAUTHENTICATED"),
                      Reason("POLICY_BLOCKED_ADDRESS"), Reason("CIRCUIT_OPEN"),
                      Reason("BUDGET_EXHAUSTED"), Reason("CANCELLED"), Reason("QUEUED"),
                      Reason("RATE_LIMITED"), Reason("HTTP_CLIENT")));

TEST(Retry, WaitsForARateLimitOnceAndOnlyAsLongAsThereIsTime) {
  EXPECT_EQ(pause(after(1, seconds(1)), "RATE_LIMITED", milliseconds(9000), 0.0),
            milliseconds(1000));
  EXPECT_EQ(pause(after(1, seconds(1)), "RATE_LIMITED", milliseconds(9000), 1.0),
            milliseconds(1100));
  EXPECT_EQ(pause(after(1, seconds(0)), "RATE_LIMITED", milliseconds(9000)), milliseconds(100));
  EXPECT_EQ(pause(after(2, seconds(1), true), "RATE_LIMITED", milliseconds(9000)), std::nullopt);
  EXPECT_EQ(pause(after(1, seconds(60)), "RATE_LIMITED", milliseconds(9000)), std::nullopt);
  EXPECT_EQ(pause(after(1, seconds(60)), "SERVER_ERROR", milliseconds(9000)), std::nullopt);
}

}  // namespace
}  // namespace countersign::resilience
