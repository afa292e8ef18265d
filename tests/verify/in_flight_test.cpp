// One verification for many waiters on several threads. Runs under the thread sanitizer too.
#include "verify/in_flight.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>
#include <mutex>
#include <thread>

#include "async/timer.hpp"

namespace countersign::verify {
namespace {

using namespace std::chrono_literals;

/// Work that takes `span`, counts how often it was begun and how often it came to its end, and
/// verifies.
struct SlowWork {
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  std::chrono::milliseconds span{50};

  asio::awaitable<InFlight::Shared, Executor> run() {
    ++begun;
    const Executor executor = co_await asio::this_coro::executor;
    Timer timer(executor, span);
    co_await timer.async_wait(asio::use_awaitable_t<Executor>());
    ++ended;
    Verdict verdict;
    verdict.outcome = Outcome::kVerified;
    co_return std::make_shared<const Verdict>(verdict);
  }
  InFlight::Work work() {
    return [this](Deadline /*deadline*/) { return run(); };
  }
};

Share one_share(int /*index*/) { return {}; }

FlightKey key(const std::string& name) {
  FlightKey out;
  out.repository = name;
  return out;
}

/// What a waiter heard, as a verdict.
asio::awaitable<Verdict, Executor> join(InFlight& in_flight, std::string name, Share share,
                                        TaskSet& tasks, Deadline deadline, InFlight::Work work) {
  const auto landed =
      co_await in_flight.join(key(name), share, tasks, deadline, 30s, std::move(work));
  Verdict verdict;
  if (landed) {
    verdict = **landed;
  } else {
    verdict.outcome = landed.error().outcome();
  }
  co_return verdict;
}

/// Runs `joins` waiters on each of `threads` loops and gathers what they got.
std::vector<Verdict> join_from_threads(InFlight& in_flight, int threads, int joins,
                                       std::chrono::milliseconds patience,
                                       const std::function<InFlight::Work(int)>& work_of,
                                       const std::function<std::string(int)>& key_of,
                                       const std::function<Share(int)>& share_of = one_share) {
  std::mutex mutex;
  std::vector<Verdict> verdicts;
  std::deque<asio::io_context> loops;  // outlive all threads, which post to each other's
  std::vector<std::jthread> pool;
  for (int t = 0; t < threads; ++t) {
    pool.emplace_back([&, t, &io = loops.emplace_back(1)] {
      TaskSet tasks(io.get_executor(), real_clock(), {});
      for (int j = 0; j < joins; ++j) {
        asio::co_spawn(io,
                       join(in_flight, key_of(t * joins + j), share_of(t * joins + j), tasks,
                            Deadline::after(patience), work_of(t * joins + j)),
                       [&](const std::exception_ptr& failure, Verdict verdict) {
                         if (failure) verdict = {};
                         const std::scoped_lock lock(mutex);
                         verdicts.push_back(std::move(verdict));
                       });
      }
      io.run();
    });
  }
  pool.clear();
  return verdicts;
}

std::string same_key(int /*index*/) { return "key"; }

// shows: K-38 R-137
TEST(InFlight, OneVerificationForAllWhoAskForTheSame) {
  InFlight in_flight({});
  SlowWork slow;
  slow.span = 300ms;
  const auto verdicts =
      join_from_threads(in_flight, 4, 5, 10s, [&](int) { return slow.work(); }, same_key);
  ASSERT_EQ(verdicts.size(), 20U);
  for (const Verdict& verdict : verdicts) EXPECT_EQ(verdict.outcome, Outcome::kVerified);
  EXPECT_EQ(slow.begun.load(), 1);
  EXPECT_EQ(in_flight.coalesced(), 19U);
  EXPECT_EQ(in_flight.flights(), 0U);
}

TEST(InFlight, DifferentImagesAreDifferentWork) {
  InFlight in_flight({});
  SlowWork slow;
  const auto verdicts = join_from_threads(
      in_flight, 3, 4, 10s, [&](int) { return slow.work(); },
      [](int index) { return std::to_string(index); });
  EXPECT_EQ(verdicts.size(), 12U);
  EXPECT_EQ(slow.begun.load(), 12);
}

// shows: K-37
TEST(InFlight, AWaiterThatGivesUpLeavesTheWorkToOthers) {
  InFlight in_flight({.least_time = 0ms});
  SlowWork slow;
  slow.span = 400ms;
  asio::io_context io(1);
  TaskSet tasks(io.get_executor(), real_clock(), {});
  Outcome impatient = Outcome::kVerified;
  Outcome patient = Outcome::kInternalError;
  const auto ask = [&](std::chrono::milliseconds patience, Outcome& out) {
    asio::co_spawn(io, join(in_flight, "key", {}, tasks, Deadline::after(patience), slow.work()),
                   [&out](const std::exception_ptr& failure, Verdict verdict) {
                     out = failure ? Outcome::kInternalError : verdict.outcome;
                   });
  };
  ask(20ms, impatient);
  io.run_for(100ms);
  EXPECT_EQ(impatient, Outcome::kDeadlineExceeded);
  io.restart();
  ask(5s, patient);  // the retry joins what is under way
  io.run();
  EXPECT_EQ(patient, Outcome::kVerified);
  EXPECT_EQ(slow.begun.load(), 1);
}

TEST(InFlight, WorkThatNobodyWaitsForLingersAndThenEnds) {
  InFlight in_flight({.linger = 50ms, .least_time = 0ms});
  SlowWork slow;
  slow.span = 20s;
  const auto verdicts =
      join_from_threads(in_flight, 1, 1, 20ms, [&](int) { return slow.work(); }, same_key);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts.front().outcome, Outcome::kDeadlineExceeded);
  EXPECT_EQ(slow.ended.load(), 0) << "it was cancelled, or the loop would have run for 20 s";
  EXPECT_EQ(in_flight.flights(), 0U);
}

/// How many of `count` verifications at once, each under a key of its own, find no room until their
/// deadline, while no work ends.
std::ptrdiff_t too_many_of(int count, InFlightOptions options,
                           const std::function<Share(int)>& share_of = one_share) {
  options.linger = 20ms;
  options.least_time = 10ms;
  InFlight in_flight(options);
  SlowWork slow;
  slow.span = 20s;
  const auto verdicts = join_from_threads(
      in_flight, 1, count, 150ms, [&](int) { return slow.work(); },
      [](int index) { return std::to_string(index); }, share_of);
  EXPECT_EQ(in_flight.flights(), 0U);
  EXPECT_EQ(in_flight.waiting(), 0U);
  return std::ranges::count(verdicts, Outcome::kOverloaded, &Verdict::outcome);
}

Share at(std::string registry, bool expected = true, std::string name = "shop",
         std::uint64_t review = 1) {
  return {.registry = std::move(registry),
          .expected = expected,
          .asker = {.namespace_name = std::move(name), .review = review}};
}

TEST(InFlight, TooManyAtOnceIsOverload) { EXPECT_EQ(too_many_of(5, {.max_flights = 2}), 3); }

TEST(InFlight, ARegistryDoesNotTakeAllRoom) {
  const InFlightOptions options{.max_flights = 8, .max_of_registry = 3, .max_unexpected = 8};
  EXPECT_EQ(too_many_of(3, options, [](int) { return at("a.io"); }), 0);
  EXPECT_EQ(too_many_of(5, options, [](int) { return at("a.io"); }), 2);
  EXPECT_EQ(too_many_of(6, options, [](int i) { return at(i < 5 ? "a.io" : "b.io"); }), 2)
      << "there is room for another registry's image";
}

TEST(InFlight, RegistriesThatNobodyNamedLeaveRoomForOthers) {
  const InFlightOptions options{.max_flights = 8, .max_of_registry = 3, .max_unexpected = 5};
  const auto made_up = [](int i) { return at("r" + std::to_string(i) + ".io", false); };
  EXPECT_EQ(too_many_of(5, options, made_up), 0);
  EXPECT_EQ(too_many_of(7, options, made_up), 2);
  EXPECT_EQ(too_many_of(10, options, [&](int i) { return i < 7 ? made_up(i) : at("a.io"); }), 2)
      << "there is room for a named registry's images";
}

// shows: R-218
TEST(InFlight, NoNamespaceAndNoReviewTakesAllRoom) {
  const InFlightOptions options{};
  EXPECT_EQ(too_many_of(10, options, [](int) { return at("a.io"); }), 2) << "of one review";
  EXPECT_EQ(too_many_of(20, options,
                        [](int i) { return at("a.io", true, "shop", static_cast<unsigned>(i)); }),
            4)
      << "of one namespace at one registry";
  const auto evil = [](int i) {
    return at("r" + std::to_string(i) + ".io", false, "evil", static_cast<unsigned>(i) / 8);
  };
  EXPECT_EQ(too_many_of(200, options, evil), 72) << "of one namespace in all";
  EXPECT_EQ(
      too_many_of(201, options, [&](int i) { return i < 200 ? evil(i) : at("unnamed.io", false); }),
      72)
      << "there is room for another namespace's image";
}

TEST(InFlight, WhoFindsNoRoomWaitsForIt) {
  InFlight in_flight({.max_flights = 1});
  SlowWork slow;
  slow.span = 20ms;
  const auto verdicts = join_from_threads(
      in_flight, 2, 5, 10s, [&](int) { return slow.work(); },
      [](int index) { return std::to_string(index); });
  EXPECT_EQ(std::ranges::count(verdicts, Outcome::kVerified, &Verdict::outcome), 10);
  EXPECT_EQ(slow.ended.load(), 10);
}

TEST(InFlight, NothingBeginsForWhoIsAboutToLeave) {
  InFlight in_flight({});
  SlowWork slow;
  const auto verdicts =
      join_from_threads(in_flight, 1, 4, 150ms, [&](int) { return slow.work(); }, same_key);
  EXPECT_EQ(std::ranges::count(verdicts, Outcome::kDeadlineExceeded, &Verdict::outcome), 4);
  EXPECT_EQ(slow.begun.load(), 0);
}

TEST(InFlight, WhatIsKnownDoesNotStandInLine) {
  InFlight in_flight({.linger = 20ms, .max_flights = 1});
  SlowWork slow;
  slow.span = 3s;
  const auto start = std::chrono::steady_clock::now();
  std::chrono::steady_clock::duration waited{};
  asio::io_context io(1);
  TaskSet tasks(io.get_executor(), real_clock(), {});
  const auto ignore = [](const std::exception_ptr&, const Verdict&) {};
  asio::co_spawn(io, join(in_flight, "a", at("a.io"), tasks, Deadline::after(500ms), slow.work()),
                 ignore);
  Share known = at("a.io");
  known.is_known = true;
  asio::co_spawn(io, join(in_flight, "b", known, tasks, Deadline::after(10s), slow.work()),
                 [&](const std::exception_ptr&, const Verdict& verdict) {
                   EXPECT_EQ(verdict.outcome, Outcome::kOverloaded);
                   waited = std::chrono::steady_clock::now() - start;
                 });
  io.run();
  EXPECT_LT(waited, 400ms);
}

TEST(InFlight, RoomIsFreeAgainAfterTheWork) {
  InFlight in_flight({.max_flights = 4, .max_of_registry = 1});
  for (int round = 0; round < 3; ++round) {
    SlowWork slow;
    const auto verdicts =
        join_from_threads(in_flight, 1, 1, 10s, [&](int) { return slow.work(); }, same_key);
    EXPECT_EQ(verdicts.front().outcome, Outcome::kVerified);
  }
}

TEST(InFlight, WorkThatThrowsDenies) {
  InFlight in_flight({});
  const InFlight::Work throws =
      [](Deadline /*deadline*/) -> asio::awaitable<InFlight::Shared, Executor> {
    throw std::runtime_error("broken");
    co_return nullptr;
  };
  const auto verdicts =
      join_from_threads(in_flight, 2, 2, 10s, [&](int) { return throws; }, same_key);
  ASSERT_EQ(verdicts.size(), 4U);
  for (const Verdict& verdict : verdicts) EXPECT_EQ(verdict.outcome, Outcome::kInternalError);
  EXPECT_EQ(in_flight.flights(), 0U);
}

TEST(InFlight, WorkThatCannotBeginDeniesAndIsForgotten) {
  InFlight in_flight({});
  SlowWork slow;
  int calls = 0;
  const InFlight::Work fails_once = [&](Deadline deadline) {
    if (++calls == 1) throw std::bad_alloc();
    return slow.work()(deadline);
  };
  const auto work_of = [&](int) { return fails_once; };
  auto verdicts = join_from_threads(in_flight, 1, 1, 10s, work_of, same_key);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts.front().outcome, Outcome::kInternalError);
  EXPECT_EQ(in_flight.flights(), 0U);
  verdicts = join_from_threads(in_flight, 1, 1, 10s, work_of, same_key);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_EQ(verdicts.front().outcome, Outcome::kVerified) << "it began anew";
}

TEST(InFlight, WorkHasItsOwnLimitAndNotItsWaiters) {
  InFlight in_flight({});
  std::chrono::steady_clock::duration left{};
  const InFlight::Work looks =
      [&](Deadline deadline) -> asio::awaitable<InFlight::Shared, Executor> {
    left = deadline.at() - std::chrono::steady_clock::now();
    co_return std::make_shared<const Verdict>();
  };
  join_from_threads(in_flight, 1, 1, 2s, [&](int) { return looks; }, same_key);
  EXPECT_GT(left, 25s);
  EXPECT_LE(left, 30s);
}

TEST(InFlight, CancelAllEndsEverything) {
  InFlight in_flight({});
  SlowWork slow;
  slow.span = 20s;
  asio::io_context io(1);
  TaskSet tasks(io.get_executor(), real_clock(), {});
  Outcome outcome = Outcome::kVerified;
  asio::co_spawn(io, join(in_flight, "key", {}, tasks, Deadline::after(20s), slow.work()),
                 [&](const std::exception_ptr& failure, Verdict verdict) {
                   outcome = failure ? Outcome::kInternalError : verdict.outcome;
                 });
  io.run_for(50ms);
  io.restart();
  in_flight.cancel_all();
  io.run_for(5s);
  EXPECT_EQ(outcome, Outcome::kInternalError);
  EXPECT_EQ(in_flight.flights(), 0U);
}

}  // namespace
}  // namespace countersign::verify
