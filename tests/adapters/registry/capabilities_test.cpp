// What is remembered of the referrers API.
#include "adapters/registry/capabilities.hpp"

#include <gtest/gtest.h>

namespace countersign::registry {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
const Capabilities::Time kStart{std::chrono::hours(1)};

// shows: R-60 R-67
TEST(Capabilities, AreThoseOfOneRepository) {
  Capabilities known;
  EXPECT_FALSE(known.has_none("a.io", "x", kStart));
  EXPECT_TRUE(known.says_none("a.io", "x", true, kStart, 0.5));
  EXPECT_TRUE(known.has_none("a.io", "x", kStart));
  EXPECT_FALSE(known.has_none("a.io", "y", kStart));
  EXPECT_FALSE(known.has_none("b.io", "x", kStart));
}

TEST(Capabilities, AreForgottenAfterHalfAnHourOrSo) {
  for (const auto& [jitter, ttl] : {std::pair{0.0, 24}, std::pair{1.0, 36}}) {
    Capabilities known;
    ASSERT_TRUE(known.says_none("a.io", "x", true, kStart, jitter));
    EXPECT_TRUE(known.has_none("a.io", "x", kStart + minutes(ttl) - seconds(1)));
    EXPECT_FALSE(known.has_none("a.io", "x", kStart + minutes(ttl) + seconds(1)));
  }
}

TEST(Capabilities, AnOddAnswerIsNotRemembered) {
  Capabilities known;
  EXPECT_TRUE(known.says_none("a.io", "x", false, kStart, 0.5));
  EXPECT_FALSE(known.has_none("a.io", "x", kStart));
}

TEST(Capabilities, WhoGaveAListHasTheApiUntilItSaidOtherwiseForHalfAnHour) {
  Capabilities known;
  known.gave_list("a.io", "x");
  EXPECT_FALSE(known.says_none("a.io", "x", true, kStart, 0.5));
  EXPECT_FALSE(known.says_none("a.io", "x", true, kStart + minutes(29), 0.5));
  EXPECT_FALSE(known.has_none("a.io", "x", kStart + minutes(29)));
  EXPECT_TRUE(known.says_none("a.io", "y", true, kStart, 0.5)) << "its neighbour never had it";
  known.gave_list("a.io", "x");
  EXPECT_FALSE(known.says_none("a.io", "x", true, kStart + minutes(31), 0.5)) << "from anew";
  EXPECT_TRUE(known.says_none("a.io", "x", true, kStart + minutes(61), 0.5));
  EXPECT_TRUE(known.has_none("a.io", "x", kStart + minutes(61)));
}

}  // namespace
}  // namespace countersign::registry
