// The end of the workers, whatever is still under way. Lifetime faults show under the address and
// undefined-behaviour sanitizers.
#include "runtime/worker_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <thread>

#include "async/timer.hpp"

namespace countersign::runtime {
namespace {

using namespace std::chrono_literals;

/// Takes 20 s unless it is cancelled, and forever if it is deaf to that.
struct LongWork {
  bool deaf = false;
  std::atomic<int> begun{0};
  std::atomic<int> cancelled{0};

  asio::awaitable<verify::InFlight::Shared, Executor> run() {
    ++begun;
    if (deaf) co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    Timer timer(co_await asio::this_coro::executor, 20s);
    try {
      co_await timer.async_wait(asio::use_awaitable_t<Executor>());
    } catch (const std::exception&) {
      ++cancelled;
      throw;
    }
    co_return std::make_shared<const verdict::Verdict>();
  }
  verify::InFlight::Work work() {
    return [this](Deadline /*deadline*/) { return run(); };
  }
};

/// Two workers on two threads wait for one piece of work, `patience` long; then all ends.
void end_in_the_middle(LongWork& slow, std::chrono::milliseconds patience) {
  ops::NullSink sink;
  const ops::Log log(sink, ops::Level::kError);
  const auto generation = std::make_shared<const Generation>();
  WorkerPool pool;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    Worker& worker = pool.add(generation, log, {});
    asio::co_spawn(worker.io(),
                   pool.in_flight().join(verify::FlightKey(), {}, worker.tasks(),
                                         Deadline::after(patience), 30s, slow.work()),
                   asio::detached);
  }
  for (std::size_t i = 0; i < pool.size(); ++i)
    threads.emplace_back([&pool, i] { pool[i].io().run_for(350ms); });
  threads.clear();
  EXPECT_EQ(slow.begun, 1);
  EXPECT_EQ(pool.in_flight().flights(), 1U);
}

TEST(WorkerPool, CancelsWorkThatSomebodyWaitsFor) {
  LongWork slow;
  end_in_the_middle(slow, 20s);
  EXPECT_EQ(slow.cancelled, 1);
}

TEST(WorkerPool, CancelsWorkThatLingers) {
  LongWork slow;
  end_in_the_middle(slow, 250ms);
  EXPECT_EQ(slow.cancelled, 1);
}

TEST(WorkerPool, ForgetsWorkThatDoesNotEnd) {
  LongWork slow{.deaf = true};
  const auto start = std::chrono::steady_clock::now();
  end_in_the_middle(slow, 20s);
  EXPECT_EQ(slow.cancelled, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s) << "it waited for the work";
}

TEST(WorkerPool, ForgetsWorkThatLingersAndDoesNotEnd) {
  LongWork slow{.deaf = true};
  end_in_the_middle(slow, 250ms);
  EXPECT_EQ(slow.cancelled, 0);
}

}  // namespace
}  // namespace countersign::runtime
