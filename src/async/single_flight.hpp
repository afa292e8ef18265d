#pragma once
/// One piece of work for all who ask for the same at the same time, whichever thread they are on.
///
/// A waiter and the work that it waits for are two things: the work runs in the TaskSet of who
/// began it, under a bound of its own. Who waits only leaves, when its deadline passes or it is
/// cancelled; the work goes on, for a retry to find it, and is cancelled when nobody has waited for
/// a while.
///
/// Source: oci-registry 4.5, 5.10, 5.11; decision 10 (docs/decisions.md).

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "async/task_set.hpp"
#include "async/wakeup.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"

namespace countersign {

/// What became of a wait.
template <class Value>
struct Joined {
  enum class End : std::uint8_t {
    kEnded,      ///< `value`; null if the work ended abnormally
    kRefused,    ///< `refusal`: the work was not begun
    kTime,       ///< the deadline of the waiter passed
    kCancelled,  ///< the waiter was
  };
  End end = End::kCancelled;
  std::shared_ptr<const Value> value{};
  Error refusal{};
  bool began = false;  ///< this waiter's call began the work
};

/// Every member may be called on any thread. The loops of all who join must live until none of them
/// runs any more: they post to each other.
template <class Key, class Value>
class SingleFlight {
 public:
  using Shared = std::shared_ptr<const Value>;
  /// The work, as a coroutine of its own frame. It owns what it uses, or refers to what outlives
  /// the TaskSet that it runs in.
  using Work = std::function<asio::awaitable<Shared, Executor>()>;
  /// Called under the lock if there is no such work yet: what to begin, or why not. It must be
  /// quick, and must not call back.
  using Begin = std::function<Result<Work>()>;

  /// `linger`: how long work goes on that nobody waits for.
  explicit SingleFlight(std::chrono::milliseconds linger)
      : state_(std::make_shared<State>(linger)) {}

  /// Joins the work of that key, or begins it in `tasks`, the set of this coroutine's own thread.
  asio::awaitable<Joined<Value>, Executor> join(Key key, TaskSet& tasks, Deadline deadline,
                                                Begin begin);

  /// Cancels all work; who waits for it hears of an abnormal end.
  void cancel_all();

  [[nodiscard]] std::size_t size() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->flights.size();
  }
  /// How many joined work that was under way.
  [[nodiscard]] std::uint64_t coalesced() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->coalesced;
  }

 private:
  using End = typename Joined<Value>::End;

  struct Waiter {
    Wakeup::Remote remote;
    Shared value;
    bool ended = false;
  };

  /// Members below the line are guarded by `State::mutex`.
  struct Flight {
    Flight(Executor executor, TaskSet::Link owner)
        : home(std::move(executor)), tasks(std::move(owner)) {}
    const Executor home;
    const TaskSet::Link tasks;
    std::optional<TaskSet::Id> work;    ///< touched only on `home`
    std::optional<TaskSet::Id> linger;  ///< touched only on `home`; runs while nobody waits
    // ---
    std::vector<std::shared_ptr<Waiter>> waiters;
    bool ended = false;
  };

  struct State : std::enable_shared_from_this<State> {
    explicit State(std::chrono::milliseconds how_long) : linger(how_long) {}

    const std::chrono::milliseconds linger;
    mutable std::mutex mutex;
    std::map<Key, std::shared_ptr<Flight>> flights;
    std::uint64_t coalesced = 0;

    /// Nobody joins it any more. Under the lock.
    void take_off_table(const Key& key, const std::shared_ptr<Flight>& flight) {
      const auto found = flights.find(key);
      if (found != flights.end() && found->second == flight) flights.erase(found);
    }

    void finish(const Key& key, const std::shared_ptr<Flight>& flight, Shared value) noexcept {
      std::vector<std::shared_ptr<Waiter>> waiters;
      {
        const std::scoped_lock lock(mutex);
        if (std::exchange(flight->ended, true)) return;
        waiters.swap(flight->waiters);
        take_off_table(key, flight);
        for (const auto& waiter : waiters) {
          waiter->value = value;
          waiter->ended = true;
        }
      }
      for (const auto& waiter : waiters) waiter->remote.wake();
    }

    /// A waiter leaves. The last one lets the work linger.
    void leave(const Key& key, const std::shared_ptr<Flight>& flight,
               const std::shared_ptr<Waiter>& waiter, Clock& clock) {
      {
        const std::scoped_lock lock(mutex);
        std::erase(flight->waiters, waiter);
        if (flight->ended || !flight->waiters.empty()) return;
      }
      asio::post(flight->home, [self = this->shared_from_this(), key, flight, &clock] {
        if (flight->linger || self->has_ended(*flight)) return;
        flight->linger = flight->tasks.spawn("linger", abandon_later(self, key, flight, clock));
      });
    }

    [[nodiscard]] bool has_ended(const Flight& flight) const {
      const std::scoped_lock lock(mutex);
      return flight.ended;
    }

    static asio::awaitable<void, Executor> abandon_later(std::shared_ptr<State> self, Key key,
                                                         std::shared_ptr<Flight> flight,
                                                         Clock& clock) {
      const bool slept = co_await sleep_for(clock, self->linger);
      flight->linger.reset();
      if (!slept) co_return;
      {
        // Off the table in the same step that sees that nobody waits.
        const std::scoped_lock lock(self->mutex);
        if (flight->ended || !flight->waiters.empty()) co_return;
        self->take_off_table(key, flight);
      }
      if (flight->work) flight->tasks.cancel(*flight->work);
    }
  };

  /// Takes the flight off the table however the work ends, also if its frame is only destroyed: one
  /// that stayed would be joined for ever.
  class Landing {
   public:
    Landing(std::shared_ptr<State> state, Key key, std::shared_ptr<Flight> flight)
        : state_(std::move(state)), key_(std::move(key)), flight_(std::move(flight)) {}
    ~Landing() { end(nullptr); }
    Landing(const Landing&) = delete;
    Landing& operator=(const Landing&) = delete;
    void end(Shared value) noexcept { state_->finish(key_, flight_, std::move(value)); }
    /// Nobody is left who could wait: what lingers for it may end.
    void stop_linger() {
      if (flight_->linger) flight_->tasks.cancel(*flight_->linger);
    }

   private:
    std::shared_ptr<State> state_;
    Key key_;
    std::shared_ptr<Flight> flight_;
  };

  static asio::awaitable<void, Executor> fly(std::unique_ptr<Landing> landing, Work work) {
    Shared value = co_await work();
    landing->end(std::move(value));
    landing->stop_linger();
  }

  std::shared_ptr<State> state_;
};

template <class Key, class Value>
asio::awaitable<Joined<Value>, Executor> SingleFlight<Key, Value>::join(Key key, TaskSet& tasks,
                                                                        Deadline deadline,
                                                                        Begin begin) {
  const std::shared_ptr<State> state = state_;
  const Executor executor = co_await asio::this_coro::executor;
  Wakeup wakeup(executor, tasks.clock());
  const auto waiter = std::make_shared<Waiter>();
  waiter->remote = wakeup.remote();
  Joined<Value> joined;
  std::shared_ptr<Flight> flight;
  Work work;
  {
    const std::scoped_lock lock(state->mutex);
    if (const auto found = state->flights.find(key); found != state->flights.end()) {
      flight = found->second;
      flight->waiters.push_back(waiter);
      ++state->coalesced;
    } else if (Result<Work> begun = begin(); begun) {
      work = *std::move(begun);
      flight = std::make_shared<Flight>(executor, tasks.link());
      flight->waiters.push_back(waiter);
      state->flights.emplace(key, flight);
      joined.began = true;
    } else {
      joined.end = End::kRefused;
      joined.refusal = std::move(begun).error();
      co_return joined;
    }
  }
  if (joined.began) {
    // If it cannot be begun, the landing tells those who wait.
    auto landing = std::make_unique<Landing>(state, key, flight);
    flight->work = tasks.spawn("flight", fly(std::move(landing), std::move(work)));
  }
  struct Leave {
    State& state;
    const Key& key;
    const std::shared_ptr<Flight>& flight;
    const std::shared_ptr<Waiter>& waiter;
    Clock& clock;
    ~Leave() {
      try {
        state.leave(key, flight, waiter, clock);
      } catch (...) {
        // There is no memory to look after it: the work ends at its own bound.
      }
    }
  } const leave{*state, key, flight, waiter, tasks.clock()};
  const Wakeup::Why why = co_await wakeup.wait(deadline.at());
  const std::scoped_lock lock(state->mutex);
  if (waiter->ended) {
    joined.end = End::kEnded;
    joined.value = waiter->value;
  } else {
    joined.end = why == Wakeup::Why::kCancelled ? End::kCancelled : End::kTime;
  }
  co_return joined;
}

template <class Key, class Value>
void SingleFlight<Key, Value>::cancel_all() {
  std::vector<std::shared_ptr<Flight>> running;
  {
    const std::scoped_lock lock(state_->mutex);
    for (const auto& [key, flight] : state_->flights) running.push_back(flight);
  }
  for (const auto& flight : running) {
    asio::post(flight->home, [flight] {
      if (flight->work) flight->tasks.cancel(*flight->work);
    });
  }
}

}  // namespace countersign
