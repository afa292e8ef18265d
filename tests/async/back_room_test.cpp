// Work that blocks, done elsewhere.
#include "async/back_room.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include "async/running.hpp"

namespace countersign {
namespace {

using namespace std::chrono_literals;
using testing::Running;
using testing::TestLoop;
using Text = Result<std::string>;

Deadline in(std::chrono::seconds span) { return Deadline(real_clock().now() + span); }

TEST(BackRoom, WorksOnAnotherThreadAndAnswersOnTheWaiters) {
  TestLoop loop;
  BackRoom room;
  std::thread::id there;
  Running<Text> text(loop, room.run<std::string>(
                               [&there]() -> Text {
                                 there = std::this_thread::get_id();
                                 return std::string("read");
                               },
                               real_clock(), in(60s)));
  loop.io.run();
  ASSERT_TRUE(text.ended);
  EXPECT_EQ(**text.value, "read");
  EXPECT_NE(there, std::this_thread::get_id());
}

TEST(BackRoom, HandsOnErrorsAndExceptions) {
  TestLoop loop;
  BackRoom room;
  Running<Text> error(
      loop, room.run<std::string>([]() -> Text { return Error(Outcome::kRevoked, "X", "no"); },
                                  real_clock(), in(60s)));
  Running<Text> thrown(loop,
                       room.run<std::string>([]() -> Text { throw std::runtime_error("broken"); },
                                             real_clock(), in(60s)));
  loop.io.run();
  EXPECT_EQ(error.value->error().reason(), Reason("X"));
  EXPECT_EQ(thrown.value->error().reason(), Reason("EXCEPTION"));
  EXPECT_EQ(thrown.value->error().outcome(), Outcome::kInternalError);
}

TEST(BackRoom, RefusesWhatItsQueueCannotHold) {
  std::promise<void> gate;
  const std::shared_future<void> open(gate.get_future());
  BackRoom room({.threads = 1, .queue = 2});
  ASSERT_TRUE(room.post([open] { open.wait(); }));
  while (room.waiting() > 0) std::this_thread::yield();  // it has begun
  EXPECT_TRUE(room.post([] {}));
  EXPECT_TRUE(room.post([] {}));
  EXPECT_FALSE(room.post([] {}));
  TestLoop loop;
  Running<Text> refused(
      loop, room.run<std::string>([]() -> Text { return std::string(); }, real_clock(), in(60s)));
  loop.io.run();
  EXPECT_EQ(refused.value->error().reason(), Reason("BACK_ROOM"));
  EXPECT_EQ(refused.value->error().outcome(), Outcome::kOverloaded);
  gate.set_value();
}

TEST(BackRoom, WhoLeavesDoesNotStopTheWork) {
  std::promise<void> gate;
  const std::shared_future<void> open(gate.get_future());
  std::atomic<bool> done{false};
  {
    FalseClock clock;
    TestLoop loop;
    BackRoom room;  // ends first: it posts to the loop
    Running<Text> impatient(loop, room.run<std::string>(
                                      [open, &done]() -> Text {
                                        open.wait();
                                        done = true;
                                        return std::string();
                                      },
                                      clock, Deadline(clock.now() + 1s)));
    loop.turn();
    while (room.waiting() > 0) std::this_thread::yield();  // it has begun
    clock.advance(1s);
    loop.turn();
    ASSERT_TRUE(impatient.ended);
    EXPECT_EQ(impatient.value->error().reason(), Reason("BACK_ROOM_TIME"));
    gate.set_value();
  }
  EXPECT_TRUE(done);
}

TEST(BackRoom, ItsEndWaitsForWhatRunsAndWhatMustBeFinished) {
  std::atomic<int> ran{0};
  const auto kept = std::make_shared<int>(0);
  std::promise<void> begun;
  {
    BackRoom room({.threads = 1, .queue = 10});
    room.post([&] {
      begun.set_value();
      std::this_thread::sleep_for(20ms);
      ++ran;
    });
    begun.get_future().wait();
    room.post([&ran, kept] { ++ran; }, BackRoom::AtEnd::kDropped);
    room.post([&ran] { ran += 10; });
  }
  EXPECT_EQ(ran, 11);
  EXPECT_EQ(kept.use_count(), 1) << "what waited was not let go";
}

asio::awaitable<void, Executor> ask_often(BackRoom& room, std::atomic<int>& right) {
  for (int i = 0; i < 50; ++i) {
    const auto got = co_await room.run<int>([i]() -> Result<int> { return i; }, real_clock(),
                                            Deadline(real_clock().now() + 60s));
    if (got && *got == i) ++right;
  }
}

TEST(BackRoom, ServesManyThreads) {
  std::atomic<int> right{0};
  std::deque<TestLoop> loops(3);
  BackRoom room({.threads = 2, .queue = 256});
  {
    std::vector<std::jthread> threads;
    for (TestLoop& loop : loops) {
      threads.emplace_back([&] {
        for (int i = 0; i < 3; ++i)
          asio::co_spawn(loop.io, ask_often(room, right), [](const std::exception_ptr&) {});
        loop.io.run();
      });
    }
  }
  EXPECT_EQ(right, 3 * 3 * 50);
}

}  // namespace
}  // namespace countersign
