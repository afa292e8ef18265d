#include "admission/text_arena.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace countersign::admission {
namespace {

TEST(TextArena, KeepsTextsThroughMoves) {
  TextArena arena;
  std::vector<std::pair<std::string, std::string_view>> kept;
  for (std::size_t i = 0; i < 500; ++i) {
    const std::string text(i * 7 % 1500, static_cast<char>('a' + i % 26));
    kept.emplace_back(text, arena.copy(text));
    if (i % 100 == 0) {
      TextArena other = std::move(arena);
      arena = std::move(other);
    }
  }
  for (const auto& [want, got] : kept) EXPECT_EQ(got, want);
}

TEST(TextArena, CanBeUsedAfterItWasMovedFrom) {
  TextArena arena;
  const auto first = arena.copy("first");
  TextArena other = std::move(arena);
  const auto second = arena.copy("second");
  EXPECT_EQ(first, "first");
  EXPECT_EQ(second, "second");
  EXPECT_TRUE(other.copy("").empty());
}

}  // namespace
}  // namespace countersign::admission
