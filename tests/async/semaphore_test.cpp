// A bound across threads, and the line of those who wait.
#include "async/semaphore.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>

#include "async/running.hpp"
#include "async/wakeup.hpp"

namespace countersign {
namespace {

using namespace std::chrono_literals;
using testing::Running;
using testing::TestLoop;
using Permit = Semaphore::Permit;

TEST(Semaphore, GivesAsManyAsThereAre) {
  Semaphore semaphore(2);
  Permit first = semaphore.try_acquire();
  const Permit second = semaphore.try_acquire();
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_FALSE(semaphore.try_acquire());
  EXPECT_EQ(semaphore.taken(), 2U);
  first = Permit();
  EXPECT_EQ(semaphore.taken(), 1U);
  EXPECT_TRUE(semaphore.try_acquire());
}

TEST(Semaphore, FirstComeFirstServed) {
  FalseClock clock;
  TestLoop loop;
  Semaphore semaphore(1);
  Permit held = semaphore.try_acquire();
  const Deadline deadline(clock.now() + 1h);
  Running<Permit> first(loop, semaphore.acquire(clock, deadline));
  loop.turn();
  Running<Permit> second(loop, semaphore.acquire(clock, deadline));
  loop.turn();
  EXPECT_EQ(semaphore.waiting(), 2U);
  held = Permit();
  EXPECT_FALSE(semaphore.try_acquire()) << "nobody jumps the line";
  loop.turn();
  ASSERT_TRUE(first.ended);
  EXPECT_TRUE(*first.value);
  EXPECT_FALSE(second.ended);
  first.value.reset();
  loop.turn();
  ASSERT_TRUE(second.ended);
  EXPECT_TRUE(*second.value);
  EXPECT_EQ(semaphore.taken(), 1U);
}

TEST(Semaphore, WhoLeavesTheLineTakesNone) {
  FalseClock clock;
  TestLoop loop;
  Semaphore semaphore(1);
  Permit held = semaphore.try_acquire();
  Running<Permit> impatient(loop, semaphore.acquire(clock, Deadline(clock.now() + 1s)));
  Running<Permit> cancelled(loop, semaphore.acquire(clock, Deadline(clock.now() + 1h)));
  loop.turn();
  clock.advance(1s);
  cancelled.cancel();
  loop.turn();
  ASSERT_TRUE(impatient.ended);
  EXPECT_FALSE(*impatient.value);
  EXPECT_TRUE(cancelled.ended);
  EXPECT_EQ(semaphore.waiting(), 0U);
  held = Permit();
  EXPECT_EQ(semaphore.taken(), 0U);
}

/// The permit is granted in the very moment in which its waiter gives up: it must not be lost.
TEST(Semaphore, APermitThatComesTooLateGoesBack) {
  FalseClock clock;
  TestLoop loop;
  Semaphore semaphore(1);
  Permit held = semaphore.try_acquire();
  auto waiting =
      std::make_unique<Running<Permit>>(loop, semaphore.acquire(clock, Deadline(clock.now() + 1s)));
  loop.turn();
  held = Permit();  // is granted to the waiter
  waiting->cancel();
  loop.turn();
  ASSERT_TRUE(waiting->ended);
  waiting.reset();
  EXPECT_EQ(semaphore.taken(), 0U);
  EXPECT_TRUE(semaphore.try_acquire());
}

TEST(Semaphore, WaitersDestroyedWithTheirLoopTakeNone) {
  FalseClock clock;
  Semaphore semaphore(1);
  {
    const Permit held = semaphore.try_acquire();
    TestLoop loop;
    asio::co_spawn(loop.io, semaphore.acquire(clock, Deadline(clock.now() + 1h)),
                   [](const std::exception_ptr&, const Permit&) {});
    loop.turn();
    EXPECT_EQ(semaphore.waiting(), 1U);
  }
  EXPECT_EQ(semaphore.waiting(), 0U);
  EXPECT_EQ(semaphore.taken(), 0U);
}

struct Counters {
  std::atomic<int> now{0};
  std::atomic<int> most{0};
  std::atomic<int> served{0};
};

asio::awaitable<void, Executor> use(Semaphore& semaphore, Counters& counters) {
  for (int i = 0; i < 20; ++i) {
    const Permit permit =
        co_await semaphore.acquire(real_clock(), Deadline(real_clock().now() + 60s));
    if (!permit) co_return;
    const int now = ++counters.now;
    int most = counters.most.load();
    while (most < now && !counters.most.compare_exchange_weak(most, now)) {
    }
    const bool slept = co_await sleep_for(real_clock(), 1ms);
    static_cast<void>(slept);
    --counters.now;
    ++counters.served;
  }
}

TEST(Semaphore, HoldsAcrossThreads) {
  Semaphore semaphore(3);
  Counters counters;
  std::deque<TestLoop> loops(4);
  {
    std::vector<std::jthread> threads;
    for (TestLoop& loop : loops) {
      threads.emplace_back([&] {
        for (int i = 0; i < 4; ++i) {
          asio::co_spawn(loop.io, use(semaphore, counters), [](const std::exception_ptr&) {});
        }
        loop.io.run();
      });
    }
  }
  EXPECT_EQ(counters.served.load(), 4 * 4 * 20);
  EXPECT_LE(counters.most.load(), 3);
  EXPECT_EQ(semaphore.taken(), 0U);
}

}  // namespace
}  // namespace countersign
