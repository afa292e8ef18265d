#pragma once
/// What time it is for whoever waits. Everything above a socket waits through a Clock, so that
/// tests need not wait in real time.
///
/// Source: docs/architecture.md, "Running model".

#include <chrono>
#include <map>
#include <mutex>

#include "base/instant.hpp"

namespace countersign {

class Wakeup;

/// Every member may be called on any thread.
class Clock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;

  [[nodiscard]] virtual TimePoint now() const noexcept = 0;
  /// Civil time: what certificates, HTTP dates and logs speak of.
  [[nodiscard]] virtual Instant utc() const = 0;

 private:
  friend class Wakeup;
  /// Sees to it that the wakeup's timer ends at `when`, or when it is cancelled before.
  virtual void arm(Wakeup& wakeup, TimePoint when) = 0;
  virtual void disarm(Wakeup& wakeup) noexcept = 0;
};

/// The clock of the machine. One for the process; it has no state.
[[nodiscard]] Clock& real_clock() noexcept;

/// Stands still until it is told to go on. For tests. It must outlive all that waits by it.
class FalseClock final : public Clock {
 public:
  /// Begins at some time after the clock's epoch, and at `utc`.
  explicit FalseClock(Instant utc = {1'800'000'000, 0}) : utc_(utc) {}

  [[nodiscard]] TimePoint now() const noexcept override;
  [[nodiscard]] Instant utc() const override;

  /// Time passes; whoever waited for it goes on when its loop runs.
  void advance(std::chrono::nanoseconds span);
  /// The time that somebody waits for first, or `TimePoint::max()` if nobody waits for a time.
  [[nodiscard]] TimePoint next() const;
  /// Advances to `next()`. False if nobody waits.
  bool advance_to_next();

 private:
  void arm(Wakeup& wakeup, TimePoint when) override;
  void disarm(Wakeup& wakeup) noexcept override;

  mutable std::mutex mutex_;
  TimePoint now_{std::chrono::hours{1}};
  Instant utc_;
  std::map<Wakeup*, TimePoint> armed_;
};

}  // namespace countersign
