#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "support/matchers.hpp"

namespace countersign {
namespace {

using testing::FailsSaying;
using testing::FailsWith;
using testing::IsOk;

Error broken() { return {Outcome::kUnsigned, "X-1", "broken"}; }

TEST(Result, WhatNobodySetIsAnInternalError) {
  EXPECT_THAT(Result<int>(), FailsSaying(Outcome::kInternalError, "unset result"));
  EXPECT_THAT(Status(), FailsSaying(Outcome::kInternalError, "unset result"));
  EXPECT_EQ(Error().outcome(), Outcome::kInternalError);
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> seven = 7;
  EXPECT_THAT(seven, IsOk());
  EXPECT_EQ(*seven, 7);
  EXPECT_THAT(Result<int>(broken()), FailsWith(Outcome::kUnsigned, "X-1"));
  EXPECT_THAT(ok(), IsOk());
  EXPECT_THAT(Status(broken()), FailsWith(Outcome::kUnsigned, "X-1"));
}

TEST(Result, MovesWhatCannotBeCopied) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  const std::unique_ptr<int> taken = *std::move(result);
  EXPECT_EQ(*taken, 7);
}

TEST(ResultDeathTest, AccessToTheWrongSideAborts) {
  EXPECT_DEATH(static_cast<void>(*Result<int>(broken())), "");
  EXPECT_DEATH(static_cast<void>(Result<int>(7).error()), "");
  EXPECT_DEATH(static_cast<void>(ok().error()), "");
}

TEST(Error, SaysWhereOutsideIn) {
  const Error error = broken().while_doing("manifest").while_doing("shop/cart");
  EXPECT_EQ(error.message(), "shop/cart: manifest: broken");
  EXPECT_EQ(error.reason().id(), "X-1");
  EXPECT_EQ(Error(error).as(Outcome::kDeadlineExceeded).outcome(), Outcome::kDeadlineExceeded);
}

TEST(Error, NeverAdmits) {
  for (const OutcomeInfo& row : all_outcomes()) {
    const Outcome want = admits(row.outcome) ? Outcome::kInternalError : row.outcome;
    EXPECT_EQ(Error(row.outcome, "X-1", "m").outcome(), want) << row.name;
    EXPECT_EQ(Error(Outcome::kRevoked, "X-1", "m").as(row.outcome).outcome(), want) << row.name;
  }
  EXPECT_EQ(Error().outcome(), Outcome::kInternalError);
}

Result<int> doubled(const Result<int>& from) {
  COUNTERSIGN_TRY(const int value, from);
  COUNTERSIGN_CHECK(value < 0 ? Status(broken()) : ok());
  return value * 2;
}

TEST(Try, TakesTheValueOrReturnsTheError) {
  EXPECT_EQ(*doubled(21), 42);
  EXPECT_THAT(doubled(broken()), FailsSaying(Outcome::kUnsigned, "broken"));
  EXPECT_THAT(doubled(-1), FailsSaying(Outcome::kUnsigned, "broken"));
  EXPECT_THAT(doubled(Result<int>()), FailsSaying(Outcome::kInternalError, "unset result"));
}

}  // namespace
}  // namespace countersign
