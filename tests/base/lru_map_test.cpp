#include "base/lru_map.hpp"

#include <gtest/gtest.h>

namespace countersign {
namespace {

// shows: R-217
TEST(LruMap, ForgetsWhatWasUsedLeastRecently) {
  LruMap<int> map(3);
  for (int i = 0; i < 3; ++i) map.put(std::to_string(i), i);
  for (const char* const each : {"1", "2", "0"}) EXPECT_NE(map.find(each), nullptr) << each;
  map.put("3", 3);
  EXPECT_EQ(map.find("1"), nullptr);
  for (const char* const each : {"2", "0", "3"}) EXPECT_NE(map.find(each), nullptr) << each;
  for (int i = 0; i < 1000; ++i) map.find_or_put("host" + std::to_string(i));
  EXPECT_EQ(map.size(), 3U);
  map.put("host999", 7);
  EXPECT_EQ(*map.find("host999"), 7);
  map.erase("host999");
  EXPECT_EQ(map.find("host999"), nullptr);
}

TEST(LruMap, ForgetsNothingForWhatItHasAlready) {
  LruMap<int> map(2);
  map.put("a", 1);
  map.put("b", 2);
  map.put("b", 3);
  map.find_or_put("b") = 4;
  EXPECT_EQ(*map.find("a"), 1);
  EXPECT_EQ(*map.find("b"), 4);
}

}  // namespace
}  // namespace countersign
