#pragma once
/// Waiting: for a time, for a word from somebody else, or for both.
///
/// Includes much of Asio: for source files of the shell.

#include <chrono>
#include <cstdint>
#include <memory>

#include "async/clock.hpp"
#include "async/timer.hpp"
#include "base/deadline.hpp"

namespace countersign {

/// Where one coroutine waits. Lives on the thread of its executor; only what `remote()` gives may
/// be used elsewhere.
class Wakeup {
 public:
  enum class Why : std::uint8_t { kWoken, kTime, kCancelled };

  /// `clock` outlives it.
  Wakeup(Executor executor, Clock& clock);
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  /// Until it is woken, the time comes, or the coroutine is cancelled. A word that came before
  /// anybody waited is not lost. One coroutine at a time.
  asio::awaitable<Why, Executor> wait(Clock::TimePoint until = Clock::TimePoint::max());
  void wake();

  /// Wakes from any thread, at any time: also when the wakeup is gone, and then does nothing. The
  /// loop of the executor must live.
  class Remote {
   public:
    Remote() = default;
    /// What is lost for lack of memory is noticed at the waiter's own time.
    void wake() const noexcept;

   private:
    friend class Wakeup;
    struct Link {
      Executor executor;
      Wakeup* target;  ///< touched on the executor only
    };
    explicit Remote(std::shared_ptr<Link> link) : link_(std::move(link)) {}
    std::shared_ptr<Link> link_;
  };
  [[nodiscard]] Remote remote();

 private:
  friend class RealClock;
  friend class FalseClock;
  Clock& clock_;
  Timer timer_;
  bool woken_ = false;
  std::shared_ptr<Remote::Link> link_;  ///< made when it is first asked for
};

/// True if the time came, false if the coroutine was cancelled before.
asio::awaitable<bool, Executor> sleep_until(Clock& clock, Clock::TimePoint when);
asio::awaitable<bool, Executor> sleep_for(Clock& clock, std::chrono::milliseconds span);

}  // namespace countersign
