// Tasks that nobody awaits have an owner: it hears of failures, begins anew what must not end, and
// ends all.
#include "async/task_set.hpp"

#include <gtest/gtest.h>

#include <boost/asio/this_coro.hpp>
#include <stdexcept>
#include <string>

#include "async/running.hpp"
#include "async/wakeup.hpp"

namespace countersign {
namespace {

using namespace std::chrono_literals;
using testing::Running;
using testing::TestLoop;

struct Heard {
  std::vector<std::string> lines;
  TaskSet::Sink sink() {
    return [this](std::string_view name, const std::exception_ptr& failure) {
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& exception) {
        lines.push_back(std::string(name) + ": " + exception.what());
      }
    };
  }
};

struct Counts {
  int begun = 0;
  int ended = 0;
};

asio::awaitable<void, Executor> sleep_long(Clock& clock, Counts& counts) {
  ++counts.begun;
  const bool slept = co_await sleep_for(clock, 1h);
  static_cast<void>(slept);
  ++counts.ended;
}

asio::awaitable<void, Executor> fail_after(Clock& clock, Counts& counts) {
  ++counts.begun;
  const bool slept = co_await sleep_for(clock, 1s);
  if (!slept) co_return;
  throw std::runtime_error("broken");
}

/// Hears no cancellation.
asio::awaitable<void, Executor> deaf(Clock& clock, Counts& counts) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await sleep_long(clock, counts);
}

TEST(TaskSet, RunsTasksAndForgetsThoseThatEnded) {
  FalseClock clock;
  Counts counts;
  TestLoop loop;
  TaskSet tasks(loop.executor(), clock, {});
  EXPECT_TRUE(tasks.spawn("sleeper", sleep_long(clock, counts)));
  EXPECT_TRUE(tasks.spawn("sleeper", sleep_long(clock, counts)));
  EXPECT_EQ(tasks.size(), 2U);
  loop.turn();
  EXPECT_EQ(counts.begun, 2);
  clock.advance(1h);
  loop.turn();
  EXPECT_EQ(counts.ended, 2);
  EXPECT_EQ(tasks.size(), 0U);
}

TEST(TaskSet, ItsOwnerHearsOfAFailure) {
  FalseClock clock;
  Counts counts;
  TestLoop loop;
  Heard heard;
  TaskSet tasks(loop.executor(), clock, heard.sink());
  tasks.spawn("worm", fail_after(clock, counts));
  loop.turn();
  clock.advance(1s);
  loop.turn();
  EXPECT_EQ(heard.lines, std::vector<std::string>{"worm: broken"});
  EXPECT_EQ(tasks.size(), 0U);
}

TEST(TaskSet, WhatMustNotEndBeginsAnewAfterAPause) {
  FalseClock clock;
  Counts counts;
  TestLoop loop;
  Heard heard;
  TaskSet tasks(loop.executor(), clock, heard.sink());
  tasks.keep_running("sweeper", [&] { return fail_after(clock, counts); });
  loop.turn();
  clock.advance(1s);
  loop.turn();
  EXPECT_EQ(counts.begun, 1);
  EXPECT_EQ(heard.lines, std::vector<std::string>{"sweeper: broken"});
  clock.advance(TaskSet::kRestartPause);
  loop.turn();
  EXPECT_EQ(counts.begun, 2);
  EXPECT_EQ(tasks.size(), 1U);
  tasks.cancel_all();
  loop.turn();
  EXPECT_EQ(tasks.size(), 0U);
  EXPECT_EQ(heard.lines.size(), 1U) << "to be cancelled is no failure";
}

TEST(TaskSet, EndCancelsAllWaitsForAllAndTakesNoMore) {
  FalseClock clock;
  Counts counts;
  TestLoop loop;
  Heard heard;
  TaskSet tasks(loop.executor(), clock, heard.sink());
  tasks.spawn("a", sleep_long(clock, counts));
  tasks.spawn("b", sleep_long(clock, counts));
  loop.turn();
  Running<bool> end(loop, tasks.end(Deadline(clock.now() + 1s)));
  loop.turn();
  ASSERT_TRUE(end.ended);
  EXPECT_TRUE(*end.value);
  EXPECT_EQ(tasks.size(), 0U);
  EXPECT_TRUE(heard.lines.empty());
  EXPECT_FALSE(tasks.spawn("late", sleep_long(clock, counts)));
  loop.turn();
  EXPECT_EQ(counts.begun, 2);
}

TEST(TaskSet, EndSaysWhichDidNotEndInTime) {
  Counts counts;
  FalseClock clock;
  TestLoop loop;
  TaskSet tasks(loop.executor(), clock, {});
  tasks.spawn("deaf", deaf(clock, counts));
  loop.turn();
  Running<bool> end(loop, tasks.end(Deadline(clock.now() + 1s)));
  loop.turn();
  EXPECT_FALSE(end.ended);
  clock.advance(1s);
  loop.turn();
  ASSERT_TRUE(end.ended);
  EXPECT_FALSE(*end.value);
  EXPECT_EQ(tasks.size(), 1U);
}

TEST(TaskSet, CancelsOne) {
  FalseClock clock;
  Counts counts;
  TestLoop loop;
  TaskSet tasks(loop.executor(), clock, {});
  const auto first = tasks.spawn("first", sleep_long(clock, counts));
  tasks.spawn("second", sleep_long(clock, counts));
  loop.turn();
  ASSERT_TRUE(first);
  tasks.cancel(*first);
  loop.turn();
  EXPECT_EQ(tasks.size(), 1U);
  tasks.cancel(*first);  // is gone
  loop.turn();
  EXPECT_EQ(tasks.size(), 1U);
}

TEST(TaskSet, ALinkThatOutlivesItDoesNothing) {
  FalseClock clock;
  Counts counts;
  TestLoop loop;
  TaskSet::Link link;
  {
    TaskSet tasks(loop.executor(), clock, {});
    link = tasks.link();
    EXPECT_TRUE(link.spawn("a", sleep_long(clock, counts)));
    loop.turn();
  }
  loop.turn();
  EXPECT_FALSE(link.spawn("b", sleep_long(clock, counts)));
  EXPECT_EQ(counts.begun, 1);
}

}  // namespace
}  // namespace countersign
