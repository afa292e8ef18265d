// Whose failures hold back whom.
#include "adapters/resilience/health_book.hpp"

#include <gtest/gtest.h>

namespace countersign::resilience {
namespace {

using Answer = HealthBook::Answer;
using End = HealthBook::End;
using std::chrono::milliseconds;
using std::chrono::seconds;
const HealthBook::Time kStart{std::chrono::hours(1)};

HealthBook::Place place(std::string repository, Category category = Category::kRead,
                        std::string credential = "anonymous", std::string registry = "r.io") {
  return HealthBook::place_of({.registry = std::move(registry),
                               .repository = std::move(repository),
                               .credential = std::move(credential),
                               .category = category},
                              "https://r.io");
}

class Health : public ::testing::Test {
 protected:
  Answer ask(const HealthBook::Place& where, seconds after = seconds(0), bool is_get = true) {
    return book_.may_ask(where, is_get, kStart + after);
  }
  /// Asked so often that it is left alone, if it is for this.
  void fail(const HealthBook::Place& where, End end, seconds after = seconds(0)) {
    for (int i = 0; i < 5; ++i) {
      static_cast<void>(ask(where, after));
      book_.ended(where, end, kStart + after);
    }
  }
  HealthBook book_;
};

// shows: R-216
TEST_F(Health, FailuresAreTheRepositorysOwn) {
  fail(place("evil"), End::kFailed);
  EXPECT_EQ(ask(place("evil")), Answer::kFails);
  EXPECT_EQ(ask(place("shop")), Answer::kAsk);
  EXPECT_EQ(ask(place("evil", Category::kReferrers)), Answer::kAsk);
  EXPECT_EQ(ask(place("evil", Category::kToken)), Answer::kAsk);
  EXPECT_EQ(ask(place("evil", Category::kRead, "another")), Answer::kAsk);
}

TEST_F(Health, HoweverManyRepositoriesFailAnotherIsAsked) {
  for (int i = 0; i < 50; ++i) fail(place("evil/" + std::to_string(i)), End::kFailed);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(ask(place("shop")), Answer::kAsk);
}

// shows: R-212 R-213
TEST_F(Health, LimitsAreOfOneAskerAndCategory) {
  book_.close(place("evil"), seconds(60), kStart);
  EXPECT_EQ(ask(place("evil"), seconds(59)), Answer::kRateLimited);
  EXPECT_EQ(ask(place("evil"), seconds(60)), Answer::kAsk);
  EXPECT_EQ(ask(place("shop")), Answer::kAsk);
  EXPECT_EQ(ask(place("evil", Category::kReferrers)), Answer::kAsk);
  book_.close_for_get(place("limited"), seconds(60), kStart);
  EXPECT_EQ(ask(place("limited")), Answer::kRateLimited);
  EXPECT_EQ(ask(place("limited"), seconds(0), false), Answer::kAsk) << "HEAD is free";
}

TEST_F(Health, AServerThatNobodyReachesIsLeftAlone) {
  fail(place("a"), End::kUnreachable);
  EXPECT_EQ(ask(place("b")), Answer::kUnreachable);
  EXPECT_EQ(ask(place("b", Category::kRead, "anonymous", "other.io")), Answer::kAsk)
      << "what one registry leads to says nothing of another";
  EXPECT_EQ(ask(place("b"), seconds(2)), Answer::kAsk) << "one tries";
  EXPECT_EQ(ask(place("c"), seconds(2)), Answer::kUnreachable) << "others wait for it";
  book_.ended(place("b"), End::kSucceeded, kStart + seconds(2));
  EXPECT_EQ(ask(place("c"), seconds(2)), Answer::kAsk);
}

// The attempt after a pause may be a stranger's, who makes it as slow as he likes.
TEST_F(Health, WhoWorkedBeforeDoesNotWaitForAStrangersAttempt) {
  book_.ended(place("shop"), End::kSucceeded, kStart);
  fail(place("evil"), End::kUnreachable);
  EXPECT_EQ(ask(place("shop")), Answer::kUnreachable);
  EXPECT_EQ(ask(place("evil"), seconds(2)), Answer::kAsk);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(place("shop"), seconds(2)), Answer::kAsk);
  book_.ended(place("shop"), End::kSucceeded, kStart + seconds(3));
  EXPECT_EQ(ask(place("stranger"), seconds(3)), Answer::kAsk);
}

TEST_F(Health, WhatSaysNothingChangesNothing) {
  fail(place("a"), End::kUnreachable);
  EXPECT_EQ(ask(place("b"), seconds(2)), Answer::kAsk);
  book_.ended(place("b"), End::kNothing, kStart + seconds(2));
  EXPECT_EQ(ask(place("c"), seconds(2)), Answer::kAsk) << "the next one tries";
}

TEST_F(Health, AFailureThatWasAnsweredShowsThatTheServerIsThere) {
  fail(place("a"), End::kUnreachable);
  EXPECT_EQ(ask(place("b"), seconds(2)), Answer::kAsk);
  book_.ended(place("b"), End::kFailed, kStart + seconds(2));
  EXPECT_EQ(ask(place("c"), seconds(2)), Answer::kAsk);
}

// shows: R-217
TEST_F(Health, NamesThatTenantsInventAreForgotten) {
  for (std::size_t i = 0; i < 2 * HealthBook::kMaxEntries; ++i)
    fail(place(std::to_string(i)), End::kFailed);
  EXPECT_EQ(book_.size(), HealthBook::kMaxEntries);
}

}  // namespace
}  // namespace countersign::resilience
