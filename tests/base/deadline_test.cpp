#include "base/deadline.hpp"

#include <gtest/gtest.h>

namespace countersign {
namespace {

using namespace std::chrono_literals;

TEST(Deadline, HasPassedFromItsInstantOn) {
  EXPECT_TRUE(Deadline(Deadline::Clock::now()).passed());
  EXPECT_TRUE(Deadline::after(-1ms).passed());
  EXPECT_FALSE(Deadline::after(1h).passed());
}

TEST(Deadline, NeverHasNegativeTimeRemaining) {
  EXPECT_EQ(Deadline::after(-1h).remaining(), 0ms);
  EXPECT_GT(Deadline::after(1h).remaining(), 59min);
}

TEST(Deadline, TheEarliestOfTwoAndAnEarlierOneThanIt) {
  const Deadline early = Deadline::after(1s);
  const Deadline late = Deadline::after(5s);
  EXPECT_EQ(earliest(early, late).at(), early.at());
  EXPECT_EQ(earliest(late, early).at(), early.at());
  EXPECT_EQ(late.earlier_by(300ms).at(), late.at() - 300ms);
}

}  // namespace
}  // namespace countersign
