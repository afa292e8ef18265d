// Waiting in false time, and being woken: by time, by a word, by a word from another thread, by
// cancellation.
#include "async/clock.hpp"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <thread>

#include "async/running.hpp"
#include "async/wakeup.hpp"

namespace countersign {
namespace {

using namespace std::chrono_literals;
using testing::Running;
using testing::TestLoop;
using Why = Wakeup::Why;

asio::awaitable<Why, Executor> wait(Wakeup& wakeup, Clock::TimePoint until) {
  const Why why = co_await wakeup.wait(until);
  co_return why;
}

TEST(FalseClock, SleepersGoOnWhenTheirTimeHasCome) {
  FalseClock clock;
  TestLoop loop;
  Running<bool> hour(loop, sleep_for(clock, 1h));
  Running<bool> minute(loop, sleep_for(clock, 1min));
  loop.turn();
  EXPECT_FALSE(minute.ended);
  EXPECT_EQ(clock.next(), clock.now() + 1min);
  clock.advance(59s);
  loop.turn();
  EXPECT_FALSE(minute.ended);
  clock.advance(1s);
  loop.turn();
  ASSERT_TRUE(minute.ended);
  EXPECT_TRUE(*minute.value);
  EXPECT_FALSE(hour.ended);
  EXPECT_TRUE(clock.advance_to_next());
  loop.turn();
  ASSERT_TRUE(hour.ended);
  EXPECT_TRUE(*hour.value);
  EXPECT_FALSE(clock.advance_to_next()) << "nobody waits";
}

TEST(FalseClock, CivilTimePassesToo) {
  FalseClock clock(Instant{100, 999'000'000});
  clock.advance(1'002ms);
  EXPECT_EQ(clock.utc(), (Instant{102, 1'000'000}));
}

TEST(FalseClock, ATimeThatHasPassedIsNotWaitedFor) {
  FalseClock clock;
  TestLoop loop;
  Running<bool> past(loop, sleep_until(clock, clock.now()));
  loop.turn();
  ASSERT_TRUE(past.ended);
  EXPECT_TRUE(*past.value);
}

TEST(Wakeup, IsWokenBeforeItsTime) {
  FalseClock clock;
  TestLoop loop;
  Wakeup wakeup(loop.executor(), clock);
  Running<Why> waiting(loop, wait(wakeup, clock.now() + 1h));
  loop.turn();
  wakeup.wake();
  loop.turn();
  ASSERT_TRUE(waiting.ended);
  EXPECT_EQ(*waiting.value, Why::kWoken);
  EXPECT_EQ(clock.next(), Clock::TimePoint::max()) << "it still waits";
}

TEST(Wakeup, AWordThatCameFirstIsNotLost) {
  FalseClock clock;
  TestLoop loop;
  Wakeup wakeup(loop.executor(), clock);
  wakeup.wake();
  Running<Why> first(loop, wait(wakeup, clock.now() + 1h));
  loop.turn();
  ASSERT_TRUE(first.ended);
  EXPECT_EQ(*first.value, Why::kWoken);
  Running<Why> second(loop, wait(wakeup, clock.now() + 1h));
  loop.turn();
  EXPECT_FALSE(second.ended) << "one word wakes once";
  second.cancel();
  loop.turn();
}

TEST(Wakeup, SaysThatItWasCancelled) {
  FalseClock clock;
  TestLoop loop;
  Wakeup wakeup(loop.executor(), clock);
  Running<Why> waiting(loop, wait(wakeup, Clock::TimePoint::max()));
  loop.turn();
  waiting.cancel();
  loop.turn();
  ASSERT_TRUE(waiting.ended);
  if (!waiting.failure) {
    EXPECT_EQ(*waiting.value, Why::kCancelled);
  }
}

TEST(Wakeup, ARemoteThatOutlivesItDoesNothing) {
  FalseClock clock;
  TestLoop loop;
  Wakeup::Remote remote;
  remote.wake();
  {
    Wakeup wakeup(loop.executor(), clock);
    remote = wakeup.remote();
    remote.wake();
  }
  loop.turn();
  remote.wake();
  loop.turn();
}

TEST(Wakeup, IsWokenFromAnotherThread) {
  TestLoop loop;
  Wakeup wakeup(loop.executor(), real_clock());
  Running<Why> waiting(loop, wait(wakeup, real_clock().now() + 1h));
  std::jthread other([remote = wakeup.remote()] { remote.wake(); });
  loop.io.run();
  ASSERT_TRUE(waiting.ended);
  EXPECT_EQ(*waiting.value, Why::kWoken);
}

TEST(RealClock, WaitsAsLongAsItWasTold) {
  TestLoop loop;
  const auto start = real_clock().now();
  Running<bool> sleeper(loop, sleep_for(real_clock(), 20ms));
  loop.io.run();
  ASSERT_TRUE(sleeper.ended);
  EXPECT_TRUE(*sleeper.value);
  EXPECT_GE(real_clock().now() - start, 20ms);
}

TEST(FalseClock, AWaiterThatIsGoneWhenItsTimeComesIsLeftAlone) {
  FalseClock clock;
  TestLoop loop;
  auto wakeup = std::make_unique<Wakeup>(loop.executor(), clock);
  {
    Running<Why> waiting(loop, wait(*wakeup, clock.now() + 1s));
    loop.turn();
    clock.advance(1s);  // posts to the loop
    waiting.cancel();
    loop.turn();
    EXPECT_TRUE(waiting.ended);
  }
  wakeup.reset();
  loop.turn();
}

}  // namespace
}  // namespace countersign
