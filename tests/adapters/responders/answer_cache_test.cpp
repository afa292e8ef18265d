// The cache of answers: its bounds, and that one asks for all.
#include "adapters/responders/answer_cache.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace countersign::responders {
namespace {

using What = AnswerCache::What;

const Instant kNow{1'000'000, 0};

AnswerCache::Value value(std::size_t size, std::int64_t life = 1000) {
  auto out = std::make_shared<Answer>();
  out->bytes = std::make_shared<const std::string>(size, 'x');
  out->this_update = kNow;
  out->next_update = {kNow.seconds + life, 0};
  return out;
}
Instant after(std::int64_t seconds) { return {kNow.seconds + seconds, 0}; }

TEST(AnswerCache, OneFetchesAndTheOthersWait) {
  const auto cache = std::make_shared<AnswerCache>(AnswerCache::Limits{10, 1000, 3600});
  EXPECT_EQ(cache->look("a", kNow).what, What::kFetch);
  EXPECT_EQ(cache->look("a", kNow).what, What::kWait);
  {
    const Fetching fetching(cache, "a");  // let go without a word
  }
  EXPECT_EQ(cache->look("a", kNow).what, What::kFetch);
  Fetching(cache, "a").succeeded(value(10), kNow);
  EXPECT_EQ(cache->look("a", kNow).what, What::kUse);
  EXPECT_EQ(cache->size(), 1U);
}

TEST(AnswerCache, RefreshesInTheLastQuarter) {
  AnswerCache cache({10, 1000, 3600});
  cache.succeeded("a", value(10), kNow);
  EXPECT_EQ(cache.look("a", after(749)).what, What::kUse);
  const auto refresh = cache.look("a", after(750));
  EXPECT_EQ(refresh.what, What::kFetch);
  EXPECT_NE(refresh.value, nullptr);
  EXPECT_EQ(cache.look("a", after(750)).what, What::kUse);  // meanwhile
  cache.failed("a", Error());
  EXPECT_EQ(cache.look("a", after(751)).what, What::kUse);  // not again at once
  EXPECT_EQ(cache.look("a", after(1000)).what, What::kUse);
  EXPECT_EQ(cache.look("a", after(1001)).what, What::kFailed);
}

TEST(AnswerCache, RefreshesAtTheLatest) {
  AnswerCache cache({10, 1000, 100});
  cache.succeeded("a", value(10, 1'000'000), kNow);
  EXPECT_EQ(cache.look("a", after(99)).what, What::kUse);
  EXPECT_EQ(cache.look("a", after(100)).what, What::kFetch);
}

TEST(AnswerCache, FailuresAreTold) {
  AnswerCache cache({10, 1000, 3600});
  EXPECT_EQ(cache.look("a", kNow).what, What::kFetch);
  cache.failed("a", Error(Outcome::kRevocationUnknown, "X", "down"));
  const auto look = cache.look("a", kNow);
  EXPECT_EQ(look.what, What::kFailed);
  EXPECT_EQ(look.failure.message(), "down");
}

TEST(AnswerCache, IsBounded) {
  AnswerCache cache({3, 100, 3600});
  for (const char* key : {"a", "b", "c", "d"}) cache.succeeded(key, value(10), kNow);
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_EQ(cache.look("a", kNow).what, What::kFetch);
  cache.succeeded("e", value(50), kNow);
  cache.succeeded("f", value(50), kNow);
  EXPECT_EQ(cache.size(), 2U);
  cache.succeeded("g", value(51), kNow);  // too large to be kept
  EXPECT_EQ(cache.look("g", kNow).what, What::kFetch);
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "question " + std::to_string(i);
    EXPECT_EQ(cache.look(key, kNow).what, What::kFetch);
    cache.failed(key, Error());
  }
  EXPECT_LE(cache.size(), 3U);
}

TEST(AnswerCache, IsUsedByManyThreads) {
  const auto cache = std::make_shared<AnswerCache>(AnswerCache::Limits{8, 100, 3600});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([cache] {
      for (int i = 0; i < 500; ++i) {
        const std::string key = std::to_string(i % 16);
        const auto look = cache->look(key, kNow);
        if (look.what != What::kFetch) continue;
        Fetching fetching(cache, key);
        if (i % 3 == 0) fetching.succeeded(value(10), kNow);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(cache->size(), 8U);
}

}  // namespace
}  // namespace countersign::responders
