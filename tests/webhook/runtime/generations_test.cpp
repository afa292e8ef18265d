// A new generation is published again and again while reviews run on several threads: each review
// uses exactly one. Runs under the thread sanitizer too.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <mutex>
#include <set>
#include <thread>

#include "runtime/worker_pool.hpp"
#include "webhook/runtime/program.hpp"

namespace countersign::runtime {
namespace {

using namespace std::chrono_literals;
using testing::generation_of;
using testing::image_of;
using testing::pod_review;

/// What stands behind the last `marker` of the text, up to what is no digit.
std::string number_after(const std::string& text, std::string_view marker) {
  const std::size_t at = text.find(marker);
  if (at == std::string::npos) return "none";
  const std::size_t from = at + marker.size();
  return text.substr(from, text.find_first_not_of("0123456789", from) - from);
}

struct Seen {
  std::mutex mutex;
  std::set<std::string> generations;
  std::atomic<unsigned> mixed{0};
  std::atomic<unsigned> answered{0};
};

/// Unsigned images: the denial names the statement, the annotation the rule.
asio::awaitable<void, Executor> review_often(Worker& worker, Seen& seen, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    std::string answer;
    const std::string body = pod_review({image_of("a" + std::to_string(i % 7)), image_of("b")});
    const auto answered =
        co_await worker.reviews().answer(body, 0, real_clock().now(), 30s, answer);
    static_cast<void>(answered);
    ++seen.answered;
    const std::string rule = number_after(answer, "rule-");
    if (number_after(answer, "statement-") != rule || rule == "none") ++seen.mixed;
    const std::scoped_lock lock(seen.mutex);
    seen.generations.insert(rule);
  }
}

TEST(Generations, EachReviewUsesExactlyOne) {
  ops::NullSink sink;
  const ops::Log log(sink, ops::Level::kError);
  constexpr std::size_t kWorkers = 3;
  constexpr unsigned kReviews = 60;
  std::vector<GenerationPtr> generations;
  for (std::uint64_t number = 1; number <= 20; ++number)
    generations.push_back(generation_of(number));

  std::vector<std::unique_ptr<testing::SlowRegistry>> registries;
  Seen seen;
  WorkerPool pool;
  for (std::size_t i = 0; i < kWorkers; ++i) {
    registries.push_back(std::make_unique<testing::SlowRegistry>(real_clock(), 1ms));
    registries.back()->inner.list = ports::SignatureList{};
    pool.add(generations.front(), log, {.source = registries.back().get()});
  }
  std::atomic<std::size_t> left{kWorkers * 2};
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < kWorkers; ++i) {
      for (int each = 0; each < 2; ++each) {
        asio::co_spawn(pool[i].io(), review_often(pool[i], seen, kReviews),
                       [&](const std::exception_ptr& failure) {
                         EXPECT_FALSE(failure);
                         --left;
                       });
      }
      threads.emplace_back([&, i] {
        const auto guard = asio::make_work_guard(pool[i].io());
        while (left > 0) pool[i].io().run_for(5ms);
      });
    }
    for (std::size_t next = 0; left > 0; ++next) {
      pool.publish(generations[next % generations.size()]);
      std::this_thread::sleep_for(2ms);
    }
  }
  EXPECT_EQ(seen.answered, kWorkers * 2 * kReviews);
  EXPECT_EQ(seen.mixed, 0U);
  EXPECT_GT(seen.generations.size(), 3U) << "too few were seen for the test to mean anything";
}

}  // namespace
}  // namespace countersign::runtime
