// One piece of work for many waiters: who joins, who leaves, and how the work ends.
#include "async/single_flight.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <stdexcept>
#include <string>
#include <thread>

#include "async/running.hpp"

namespace countersign {
namespace {

using namespace std::chrono_literals;
using testing::Running;
using testing::TestLoop;
using Flights = SingleFlight<std::string, int>;
using End = Joined<int>::End;

struct Work {
  Clock& clock;
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  bool throws = false;

  explicit Work(Clock& time) : clock(time) {}

  static asio::awaitable<Flights::Shared, Executor> run(Work& self) {
    const int number = ++self.begun;
    const bool slept = co_await sleep_for(self.clock, 1s);
    if (!slept) co_return nullptr;
    if (self.throws) throw std::runtime_error("broken");
    ++self.ended;
    co_return std::make_shared<const int>(number);
  }
  Flights::Begin begin() {
    return
        [this]() -> Result<Flights::Work> { return Flights::Work([this] { return run(*this); }); };
  }
};

Result<Flights::Work> refuse() { return Error(Outcome::kOverloaded, "FULL", "full"); }

struct Fixture : ::testing::Test {
  FalseClock clock;
  TestLoop loop;
  std::vector<std::string> failures;
  TaskSet tasks{loop.executor(), clock, [this](std::string_view name, const std::exception_ptr&) {
                  failures.emplace_back(name);
                }};
  Work work{clock};
  Flights flights{5s};

  Running<Joined<int>> join(const std::string& key, std::chrono::milliseconds patience) {
    return {loop, flights.join(key, tasks, Deadline(clock.now() + patience), work.begin())};
  }
};
using SingleFlightTest = Fixture;

TEST_F(SingleFlightTest, AllWhoAskGetWhatOneBegan) {
  auto first = join("key", 1h);
  auto second = join("key", 1h);
  auto other = join("other", 1h);
  loop.turn();
  EXPECT_EQ(flights.size(), 2U);
  EXPECT_EQ(flights.coalesced(), 1U);
  clock.advance(1s);
  loop.turn();
  ASSERT_TRUE(first.ended && second.ended && other.ended);
  EXPECT_EQ(work.begun, 2);
  EXPECT_EQ(first.value->end, End::kEnded);
  EXPECT_TRUE(first.value->began);
  EXPECT_FALSE(second.value->began);
  EXPECT_EQ(first.value->value, second.value->value) << "one value, not copies";
  EXPECT_NE(first.value->value, other.value->value);
  EXPECT_EQ(flights.size(), 0U);
  EXPECT_EQ(tasks.size(), 0U);
}

TEST_F(SingleFlightTest, WhoLeavesLeavesTheWorkToOthers) {
  auto impatient = join("key", 100ms);
  auto patient = join("key", 1h);
  loop.turn();
  clock.advance(100ms);
  loop.turn();
  ASSERT_TRUE(impatient.ended);
  EXPECT_EQ(impatient.value->end, End::kTime);
  clock.advance(900ms);
  loop.turn();
  ASSERT_TRUE(patient.ended);
  EXPECT_EQ(patient.value->end, End::kEnded);
  EXPECT_EQ(*patient.value->value, 1);
}

TEST_F(SingleFlightTest, ARetryFindsTheWorkThatWentOn) {
  auto impatient = join("key", 100ms);
  loop.turn();
  clock.advance(100ms);
  loop.turn();
  ASSERT_TRUE(impatient.ended);
  auto retry = join("key", 1h);
  loop.turn();
  clock.advance(900ms);
  loop.turn();
  ASSERT_TRUE(retry.ended);
  EXPECT_EQ(*retry.value->value, 1);
  EXPECT_EQ(work.begun, 1);
  EXPECT_EQ(tasks.size(), 0U) << "something still lingers";
}

TEST_F(SingleFlightTest, WorkThatNobodyWaitsForIsCancelledAfterAWhile) {
  Flights quick{200ms};
  Running<Joined<int>> impatient(
      loop, quick.join("key", tasks, Deadline(clock.now() + 100ms), work.begin()));
  loop.turn();
  clock.advance(100ms);
  loop.turn();
  EXPECT_TRUE(impatient.ended);
  EXPECT_EQ(quick.size(), 1U);
  clock.advance(200ms);
  loop.turn();
  EXPECT_EQ(quick.size(), 0U);
  EXPECT_EQ(tasks.size(), 0U);
  EXPECT_EQ(work.ended, 0);
}

TEST_F(SingleFlightTest, WhoComesWhileItLingersSavesIt) {
  Flights quick{200ms};
  Running<Joined<int>> impatient(
      loop, quick.join("key", tasks, Deadline(clock.now() + 100ms), work.begin()));
  loop.turn();
  clock.advance(100ms);
  loop.turn();
  Running<Joined<int>> saviour(loop,
                               quick.join("key", tasks, Deadline(clock.now() + 1h), work.begin()));
  loop.turn();
  clock.advance(900ms);
  loop.turn();
  ASSERT_TRUE(saviour.ended);
  EXPECT_EQ(saviour.value->end, End::kEnded);
  ASSERT_TRUE(saviour.value->value);
  EXPECT_EQ(*saviour.value->value, 1);
}

TEST_F(SingleFlightTest, ACancelledWaiterLeaves) {
  auto cancelled = join("key", 1h);
  auto other = join("key", 1h);
  loop.turn();
  cancelled.cancel();
  loop.turn();
  ASSERT_TRUE(cancelled.ended);
  if (!cancelled.failure) {
    EXPECT_EQ(cancelled.value->end, End::kCancelled);
  }
  clock.advance(1s);
  loop.turn();
  ASSERT_TRUE(other.ended);
  EXPECT_EQ(other.value->end, End::kEnded);
}

TEST_F(SingleFlightTest, WorkThatThrowsEndsWithoutAValueAndIsHeardOf) {
  work.throws = true;
  auto first = join("key", 1h);
  auto second = join("key", 1h);
  loop.turn();
  clock.advance(1s);
  loop.turn();
  for (auto* each : {&first, &second}) {
    ASSERT_TRUE(each->ended);
    EXPECT_EQ(each->value->end, End::kEnded);
    EXPECT_EQ(each->value->value, nullptr);
  }
  EXPECT_EQ(failures, std::vector<std::string>{"flight"});
  EXPECT_EQ(flights.size(), 0U);
}

TEST_F(SingleFlightTest, WorkMayBeRefused) {
  Running<Joined<int>> refused(loop,
                               flights.join("key", tasks, Deadline(clock.now() + 1h), refuse));
  loop.turn();
  ASSERT_TRUE(refused.ended);
  EXPECT_EQ(refused.value->end, End::kRefused);
  EXPECT_EQ(refused.value->refusal.reason(), Reason("FULL"));
  EXPECT_EQ(flights.size(), 0U);
}

TEST_F(SingleFlightTest, ASetThatTakesNoMoreEndsTheWaitAtOnce) {
  tasks.cancel_all();
  auto late = join("key", 1h);
  loop.turn();
  ASSERT_TRUE(late.ended);
  EXPECT_EQ(late.value->end, End::kEnded);
  EXPECT_EQ(late.value->value, nullptr);
  EXPECT_EQ(flights.size(), 0U);
}

TEST_F(SingleFlightTest, CancelAllEndsWorkAndWaits) {
  auto waiter = join("key", 1h);
  loop.turn();
  flights.cancel_all();
  loop.turn();
  ASSERT_TRUE(waiter.ended);
  EXPECT_EQ(waiter.value->value, nullptr);
  EXPECT_EQ(tasks.size(), 0U);
}

asio::awaitable<void, Executor> join_and_count(Flights& flights, TaskSet& tasks, Work& work,
                                               std::atomic<int>& right) {
  const auto joined =
      co_await flights.join("key", tasks, Deadline(real_clock().now() + 60s), work.begin());
  if (joined.value && *joined.value == 1) ++right;
}

TEST(SingleFlightAcrossThreads, OneWorkForAll) {
  Work work(real_clock());
  Flights flights{5s};
  std::atomic<int> right{0};
  std::deque<TestLoop> loops(4);
  {
    std::vector<std::jthread> threads;
    for (TestLoop& loop : loops) {
      threads.emplace_back([&] {
        TaskSet tasks(loop.executor(), real_clock(), {});
        for (int i = 0; i < 5; ++i) {
          asio::co_spawn(loop.io, join_and_count(flights, tasks, work, right),
                         [](const std::exception_ptr&) {});
        }
        loop.io.run();
      });
    }
  }
  EXPECT_EQ(work.begun, 1);
  EXPECT_EQ(right, 20);
  EXPECT_EQ(flights.coalesced(), 19U);
  EXPECT_EQ(flights.size(), 0U);
}

}  // namespace
}  // namespace countersign
