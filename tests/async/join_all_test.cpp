// Several tasks, and their end: all are waited for, whatever one of them does.
#include "async/join_all.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "async/running.hpp"
#include "async/wakeup.hpp"

namespace countersign {
namespace {

using namespace std::chrono_literals;
using testing::Running;
using testing::TestLoop;
using Failures = std::vector<std::exception_ptr>;

struct Slots {
  FalseClock clock;
  std::vector<int> filled = std::vector<int>(3, 0);
  int alive = 0;
};

struct Alive {
  explicit Alive(int& counted) : count(counted) { ++count; }
  ~Alive() { --count; }
  Alive(const Alive&) = delete;
  Alive& operator=(const Alive&) = delete;
  int& count;
};

asio::awaitable<void, Executor> fill(Slots& slots, std::size_t place,
                                     std::chrono::milliseconds after) {
  const Alive alive(slots.alive);
  const bool slept = co_await sleep_for(slots.clock, after);
  if (!slept) co_return;
  slots.filled[place] = static_cast<int>(place) + 1;
}

asio::awaitable<void, Executor> fail(Slots& slots) {
  const Alive alive(slots.alive);
  throw std::runtime_error("broken");
  co_return;
}

asio::awaitable<Failures, Executor> three(Slots& slots) {
  std::vector<asio::awaitable<void, Executor>> tasks;
  tasks.push_back(fill(slots, 0, 3s));
  tasks.push_back(fill(slots, 1, 1s));
  tasks.push_back(fill(slots, 2, 2s));
  Failures failures = co_await join_all(std::move(tasks));
  co_return failures;
}

asio::awaitable<Failures, Executor> one_fails(Slots& slots) {
  std::vector<asio::awaitable<void, Executor>> tasks;
  tasks.push_back(fail(slots));
  tasks.push_back(fill(slots, 1, 1s));
  Failures failures = co_await join_all(std::move(tasks));
  co_return failures;
}

asio::awaitable<Failures, Executor> none() {
  Failures failures = co_await join_all({});
  co_return failures;
}

TEST(JoinAll, RunsSideBySideAndWaitsForTheLast) {
  Slots slots;
  TestLoop loop;
  Running<Failures> all(loop, three(slots));
  loop.turn();
  EXPECT_EQ(slots.alive, 3) << "all run at once";
  slots.clock.advance(1s);
  loop.turn();
  EXPECT_EQ(slots.filled, (std::vector<int>{0, 2, 0}));
  slots.clock.advance(1s);
  loop.turn();
  EXPECT_FALSE(all.ended);
  slots.clock.advance(1s);
  loop.turn();
  ASSERT_TRUE(all.ended);
  EXPECT_FALSE(all.failure);
  EXPECT_EQ(slots.filled, (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(*all.value, Failures(3));
}

TEST(JoinAll, WhatThrowsDoesNotStopTheOthers) {
  Slots slots;
  TestLoop loop;
  Running<Failures> all(loop, one_fails(slots));
  loop.turn();
  EXPECT_FALSE(all.ended);
  slots.clock.advance(1s);
  loop.turn();
  ASSERT_TRUE(all.ended);
  ASSERT_EQ(all.value->size(), 2U);
  EXPECT_THROW(std::rethrow_exception((*all.value)[0]), std::runtime_error);
  EXPECT_FALSE((*all.value)[1]);
  EXPECT_EQ(slots.filled[1], 2);
}

TEST(JoinAll, ACancellationReachesAllAndAllAreWaitedFor) {
  Slots slots;
  TestLoop loop;
  Running<Failures> all(loop, three(slots));
  loop.turn();
  all.cancel();
  EXPECT_EQ(slots.alive, 3) << "they end in turns of their own";
  loop.turn();
  EXPECT_TRUE(all.ended);
  EXPECT_EQ(slots.alive, 0);
  EXPECT_EQ(slots.filled, (std::vector<int>{0, 0, 0}));
}

TEST(JoinAll, NothingToDoEndsAtOnce) {
  TestLoop loop;
  Running<Failures> all(loop, none());
  loop.turn();
  ASSERT_TRUE(all.ended);
  EXPECT_TRUE(all.value->empty());
}

TEST(JoinAll, FramesEndWithTheirLoop) {
  Slots slots;
  {
    TestLoop loop;
    asio::co_spawn(loop.io, three(slots), [](const std::exception_ptr&, const Failures&) {});
    loop.turn();
    EXPECT_EQ(slots.alive, 3);
  }
  EXPECT_EQ(slots.alive, 0) << "leaked";
}

}  // namespace
}  // namespace countersign
