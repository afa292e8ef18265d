#include "verify/in_flight.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "async/timer.hpp"
#include "verify/decide.hpp"

namespace countersign::verify {

/// Lives on its own worker's thread but for `result`, which is set there before its timer is
/// cancelled there.
struct InFlight::Waiter {
  explicit Waiter(Executor executor) : timer(executor) {}
  Timer timer;
  std::shared_ptr<const Verdict> result;
};

/// One piece of work. Members below the line are guarded by State::mutex.
struct InFlight::Flight {
  Flight(Executor executor, Share whose) : home(executor), share(std::move(whose)) {}
  const Executor home;  ///< where the work runs
  const Share share;
  asio::cancellation_signal cancel;  ///< touched only on `home`
  std::optional<Timer> linger;       ///< touched only on `home`; runs while nobody waits
  bool ended = false;                ///< touched only on `home`
  // ---
  std::vector<std::shared_ptr<Waiter>> waiters;
};

struct InFlight::State : std::enable_shared_from_this<State> {
  explicit State(InFlightOptions given) : options(given) {}

  const InFlightOptions options;
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<Flight>, std::less<>> flights;
  std::uint64_t coalesced = 0;

  /// What there is too much of, if there is no room for one more; under `mutex`.
  [[nodiscard]] std::optional<std::string> too_many(const Share& share) const {
    if (flights.size() >= options.max_flights) return "verifications";
    const auto count = [&](auto&& is_one) {
      return static_cast<std::size_t>(std::ranges::count_if(
          flights, [&](const auto& entry) { return is_one(entry.second->share); }));
    };
    if (count([&](const Share& each) { return each.name == share.name; }) >= options.max_of_share)
      return "verifications of images at " + share.name;
    if (!share.expected &&
        count([](const Share& each) { return !each.expected; }) >= options.max_unexpected)
      return "verifications of images at registries that the configuration does not name";
    return std::nullopt;
  }

  /// Gives the waiter up with the verdict: its timer must end on its own worker.
  static void hand_over(std::shared_ptr<Waiter> waiter, std::shared_ptr<const Verdict> verdict) {
    const Executor executor = waiter->timer.get_executor();
    asio::post(executor, [waiter = std::move(waiter), verdict = std::move(verdict)]() mutable {
      waiter->result = std::move(verdict);
      waiter->timer.cancel();
    });
  }

  /// Runs on the flight's home when its work has ended. Takes the flight off the table before
  /// anything that may throw: one that stayed would be joined for ever. Waiters who are not told
  /// deny when their time is up.
  void finish(const std::string& key, const std::shared_ptr<Flight>& flight,
              std::optional<Verdict> verdict, const Verdict& blank) {
    flight->ended = true;
    flight->linger.reset();
    std::vector<std::shared_ptr<Waiter>> waiters;
    {
      const std::scoped_lock lock(mutex);
      waiters = std::move(flight->waiters);
      if (const auto found = flights.find(key); found != flights.end() && found->second == flight)
        flights.erase(found);
    }
    if (!verdict) {
      verdict = blank;
      decide_failure(Error(Outcome::kInternalError, "EXCEPTION", "verification ended abnormally"),
                     *verdict);
    }
    const auto shared = std::make_shared<const Verdict>(*std::move(verdict));
    for (auto& waiter : waiters) hand_over(std::move(waiter), shared);
  }

  /// A waiter gives up. The last one out lets the work linger, and then cancels it.
  void leave(const std::string& key, const std::shared_ptr<Flight>& flight,
             const std::shared_ptr<Waiter>& waiter) {
    bool last = false;
    {
      const std::scoped_lock lock(mutex);
      std::erase(flight->waiters, waiter);
      last = flight->waiters.empty();
    }
    if (!last) return;
    asio::post(flight->home, [self = shared_from_this(), key, flight] {
      if (flight->ended) return;
      flight->linger.emplace(flight->home, self->options.linger);
      flight->linger->async_wait([self, key, flight](const boost::system::error_code& error) {
        if (!error) self->abandon(key, flight);
      });
    });
  }

  /// Runs on the flight's home. Takes the flight off the table in the same step that sees that
  /// nobody waits.
  void abandon(const std::string& key, const std::shared_ptr<Flight>& flight) {
    {
      const std::scoped_lock lock(mutex);
      if (flight->ended || !flight->waiters.empty()) return;
      if (const auto found = flights.find(key); found != flights.end() && found->second == flight)
        flights.erase(found);
    }
    flight->linger.reset();
    flight->cancel.emit(asio::cancellation_type::terminal);
  }
};

InFlight::InFlight(InFlightOptions options) : state_(std::make_shared<State>(options)) {}
InFlight::~InFlight() = default;

asio::awaitable<Verdict, Executor> InFlight::join(std::string key, Share share, Verdict blank,
                                                  Deadline deadline, Work work) {
  const Executor executor = co_await asio::this_coro::executor;
  const auto waiter = std::make_shared<Waiter>(executor);
  std::shared_ptr<Flight> flight;
  bool start = false;
  std::optional<std::string> too_many;
  {
    const std::scoped_lock lock(state_->mutex);
    const auto found = state_->flights.find(key);
    if (found != state_->flights.end()) {
      flight = found->second;
      flight->waiters.push_back(waiter);
      ++state_->coalesced;
    } else if (too_many = state_->too_many(share); !too_many) {
      flight = std::make_shared<Flight>(executor, std::move(share));
      flight->waiters.push_back(waiter);
      state_->flights.emplace(key, flight);
      start = true;
    }
  }
  if (too_many) {
    decide_failure(
        Error(Outcome::kOverloaded, "FLIGHTS", "too many " + *too_many + " are under way"), blank);
    co_return blank;
  }
  if (start) {
    try {
      asio::co_spawn(
          executor, work(Deadline::after(state_->options.work_limit)),
          asio::bind_cancellation_slot(
              flight->cancel.slot(), [state = state_, key, flight, blank](
                                         const std::exception_ptr& failure, Verdict verdict) {
                state->finish(key, flight,
                              failure ? std::nullopt : std::optional(std::move(verdict)), blank);
              }));
    } catch (...) {
      state_->finish(key, flight, std::nullopt, blank);  // it never began
    }
  }
  waiter->timer.expires_at(deadline.at());
  const auto [error] = co_await waiter->timer.async_wait(kTuple);
  static_cast<void>(error);
  if (waiter->result) {
    Verdict verdict = *waiter->result;
    verdict.image = std::move(blank.image);  // one image may be written in several ways
    co_return verdict;
  }
  state_->leave(key, flight, waiter);
  decide_failure(Error(Outcome::kDeadlineExceeded, "TIMEOUT",
                       std::string(info(Outcome::kDeadlineExceeded).text)),
                 blank);
  co_return blank;
}

void InFlight::cancel_all() {
  std::vector<std::shared_ptr<Flight>> running;
  {
    const std::scoped_lock lock(state_->mutex);
    for (const auto& [key, flight] : state_->flights) running.push_back(flight);
  }
  for (const auto& flight : running) {
    asio::post(flight->home, [flight] {
      if (!flight->ended) flight->cancel.emit(asio::cancellation_type::terminal);
    });
  }
}

void InFlight::forget() {
  const std::scoped_lock lock(state_->mutex);
  for (const auto& [key, flight] : state_->flights) {
    flight->ended = true;
    flight->linger.reset();
    flight->waiters.clear();
  }
  state_->flights.clear();
}

std::size_t InFlight::flights() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->flights.size();
}

std::uint64_t InFlight::coalesced() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->coalesced;
}

}  // namespace countersign::verify
