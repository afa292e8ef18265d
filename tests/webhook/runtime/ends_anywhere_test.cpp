// The program ends after any number of turns of its loop, in the middle of verifications: no frame
// outlives what it refers to. The address sanitizer tells.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>

#include "runtime/worker_pool.hpp"
#include "webhook/runtime/program.hpp"

namespace countersign::runtime {
namespace {

using namespace std::chrono_literals;
using testing::generation_of;
using testing::image_of;
using testing::pod_review;

asio::awaitable<void, Executor> review(Worker& worker, Clock& clock, std::string body,
                                       bool& answered) {
  std::string text;
  const auto result = co_await worker.reviews().answer(body, 0, clock.now(), 10s, text);
  static_cast<void>(result);
  answered = true;
}

/// Runs `turns` handlers and ends. True if both reviews were answered by then.
bool end_after(std::size_t turns, ports::Registry* source, FalseClock& clock) {
  ops::NullSink sink;
  const ops::Log log(sink, ops::Level::kError);
  // Both outlive the pool, whose end finishes the reviews.
  bool first = false;
  bool second = false;
  WorkerPool pool;
  Worker& worker = pool.add(generation_of(1), log, {.source = source, .clock = &clock});
  // Two that share a verification, and one of many images.
  worker.tasks().spawn("first",
                       review(worker, clock, pod_review({image_of("a"), image_of("b")}), first));
  worker.tasks().spawn("second", review(worker, clock, pod_review({image_of("a")}), second));
  for (std::size_t i = 0; i < turns; ++i) {
    worker.io().restart();
    if (worker.io().poll_one() == 0 && !clock.advance_to_next()) break;
  }
  return first && second;
}

TEST(EndsAnywhere, WithARegistryThatAnswers) {
  std::size_t turns = 0;
  for (bool done = false; !done; ++turns) {
    ASSERT_LT(turns, 2000U) << "it never came to its end";
    FalseClock clock;
    testing::SlowRegistry registry(clock, 10ms);
    done = end_after(turns, &registry, clock);
  }
  EXPECT_GT(turns, 20U) << "too few awaits to mean anything";
}

/// The real client, whose first step is the look-up of a name that does not exist.
TEST(EndsAnywhere, WithTheRealClient) {
  for (std::size_t turns = 0; turns < 60; ++turns) {
    FalseClock clock;
    end_after(turns, nullptr, clock);
  }
}

}  // namespace
}  // namespace countersign::runtime
