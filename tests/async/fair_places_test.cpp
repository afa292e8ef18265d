// Places divided by who asks.
#include "async/fair_places.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <string>
#include <thread>
#include <vector>

namespace countersign {
namespace {

using namespace std::chrono_literals;

FairPlaces::Share share(std::string side, std::size_t all = 2, std::size_t of_side = 2) {
  return {.groups = {{"all", all}, {"of " + side, of_side}}, .side = side};
}

class Fair : public ::testing::Test {
 protected:
  void take(std::string side, std::chrono::milliseconds patience = 5s) {
    asio::co_spawn(io_, wait_for(std::move(side), patience), asio::detached);
  }
  asio::awaitable<void, Executor> wait_for(std::string side, std::chrono::milliseconds patience) {
    auto place = co_await places_.take(share(side), real_clock(), Deadline::after(patience));
    got_.push_back(side + (place ? "" : " nothing"));
    if (place) held_.push_back(std::move(place));
  }
  void run() {
    io_.restart();
    io_.poll();
  }

  asio::io_context io_{1};
  FairPlaces places_;
  std::deque<FairPlaces::Place> held_;
  std::vector<std::string> got_;
};

TEST_F(Fair, EachGroupHasItsBound) {
  const auto first = places_.try_take(share("a", 3, 1));
  EXPECT_TRUE(first);
  EXPECT_FALSE(places_.try_take(share("a", 3, 1)));
  EXPECT_EQ(places_.full_group(share("a", 3, 1)), "of a");
  const auto second = places_.try_take(share("b", 3, 1));
  const auto third = places_.try_take(share("c", 3, 1));
  EXPECT_TRUE(second && third);
  EXPECT_EQ(places_.full_group(share("d", 3, 1)), "all");
  EXPECT_EQ(places_.taken(), 3U);
}

TEST_F(Fair, ComeBackWhenTheyEnd) {
  {
    const auto place = places_.try_take(share("a", 1));
  }
  EXPECT_EQ(places_.taken(), 0U);
  auto place = places_.try_take(share("a", 1));
  EXPECT_TRUE(place);
  place = FairPlaces::Place();
  EXPECT_EQ(places_.taken(), 0U);
}

TEST_F(Fair, AFreePlaceGoesToWhoHasTheLeast) {
  take("greedy");
  take("greedy");
  take("greedy");
  take("greedy");
  take("victim");
  run();
  EXPECT_EQ(got_, (std::vector<std::string>{"greedy", "greedy"}));
  EXPECT_EQ(places_.waiting(), 3U);
  held_.pop_front();
  run();
  EXPECT_EQ(got_.back(), "victim") << "though others have waited longer";
  held_.clear();
  run();
  EXPECT_EQ(got_.size(), 5U);
  EXPECT_EQ(places_.waiting(), 0U);
}

TEST_F(Fair, WhoWaitsForHisOwnHoldsBackNobody) {
  const FairPlaces::Share greedy = share("greedy", 10, 1);
  const auto held = places_.try_take(greedy);
  asio::co_spawn(io_, places_.take(greedy, real_clock(), Deadline::after(5s)), asio::detached);
  run();
  EXPECT_EQ(places_.waiting(), 1U);
  EXPECT_TRUE(places_.try_take(share("victim", 10, 1)));
}

TEST_F(Fair, NothingComesAfterTheDeadline) {
  auto all = places_.try_take(share("a", 1));
  bool empty = false;
  asio::co_spawn(
      io_,
      [&]() -> asio::awaitable<void, Executor> {
        const auto place =
            co_await places_.take(share("b", 1), real_clock(), Deadline::after(10ms));
        empty = !place;
      },
      asio::detached);
  io_.run();
  EXPECT_TRUE(empty);
  EXPECT_EQ(places_.waiting(), 0U);
  EXPECT_EQ(places_.taken(), 1U);
}

TEST_F(Fair, TheLineOfOneSideIsBounded) {
  const auto held = places_.try_take(share("a", 1));
  for (std::size_t i = 0; i < FairPlaces::kMaxWaiting + 3; ++i)
    asio::co_spawn(io_, places_.take(share("a", 1), real_clock(), Deadline::after(20ms)),
                   asio::detached);
  run();
  EXPECT_EQ(places_.waiting(), FairPlaces::kMaxWaiting);
  asio::co_spawn(io_, places_.take(share("b", 1), real_clock(), Deadline::after(20ms)),
                 asio::detached);
  run();
  EXPECT_EQ(places_.waiting(), FairPlaces::kMaxWaiting + 1) << "another side's is another line";
  io_.restart();
  io_.run();
  EXPECT_EQ(places_.waiting(), 0U);
}

TEST_F(Fair, ServesManyThreads) {
  std::deque<asio::io_context> loops;
  std::atomic<int> served = 0;
  std::atomic<int> at_once = 0;
  std::atomic<int> most = 0;
  std::vector<std::jthread> threads;
  const auto work = [&](std::string side) -> asio::awaitable<void, Executor> {
    for (int i = 0; i < 200; ++i) {
      auto place = co_await places_.take(share(side, 3, 2), real_clock(), Deadline::after(20s));
      if (!place) co_return;
      const int now = ++at_once;
      for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
      }
      --at_once;
      ++served;
    }
  };
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, &io = loops.emplace_back(1)] {
      for (const char* side : {"a", "b", "c"}) asio::co_spawn(io, work(side), asio::detached);
      io.run();
    });
  }
  threads.clear();
  EXPECT_EQ(served, 4 * 3 * 200);
  EXPECT_LE(most, 3);
  EXPECT_EQ(places_.taken(), 0U);
}

}  // namespace
}  // namespace countersign
