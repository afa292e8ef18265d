#include "async/clock.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <vector>

#include "async/wakeup.hpp"

namespace countersign {

class RealClock final : public Clock {
 public:
  [[nodiscard]] TimePoint now() const noexcept override { return std::chrono::steady_clock::now(); }
  [[nodiscard]] Instant utc() const override { return Instant::now(); }

 private:
  void arm(Wakeup& wakeup, TimePoint when) override { wakeup.timer_.expires_at(when); }
  void disarm(Wakeup& /*wakeup*/) noexcept override {}
};

Clock& real_clock() noexcept {
  static RealClock clock;
  return clock;
}

Clock::TimePoint FalseClock::now() const noexcept {
  const std::scoped_lock lock(mutex_);
  return now_;
}

Instant FalseClock::utc() const {
  const std::scoped_lock lock(mutex_);
  return utc_;
}

void FalseClock::arm(Wakeup& wakeup, TimePoint when) {
  wakeup.timer_.expires_at(TimePoint::max());
  const std::scoped_lock lock(mutex_);
  armed_.insert_or_assign(&wakeup, when);
}

void FalseClock::disarm(Wakeup& wakeup) noexcept {
  const std::scoped_lock lock(mutex_);
  armed_.erase(&wakeup);
}

Clock::TimePoint FalseClock::next() const {
  const std::scoped_lock lock(mutex_);
  TimePoint first = TimePoint::max();
  for (const auto& [wakeup, when] : armed_) first = std::min(first, when);
  return first;
}

bool FalseClock::advance_to_next() {
  const TimePoint when = next();
  if (when == TimePoint::max()) return false;
  advance(std::max(when - now(), TimePoint::duration::zero()));
  return true;
}

/// The timers themselves never end by real time; those that are due are cancelled on their own
/// loop, where `Wakeup::wait` sees that the time has come.
void FalseClock::advance(std::chrono::nanoseconds span) {
  const std::scoped_lock lock(mutex_);
  now_ += span;
  const std::int64_t nanoseconds = utc_.nanoseconds + span.count();
  constexpr std::int64_t kSecond = 1'000'000'000;
  utc_.seconds += nanoseconds / kSecond;
  utc_.nanoseconds = static_cast<std::int32_t>(nanoseconds % kSecond);
  for (const auto& [wakeup, when] : armed_) {
    if (when > now_) continue;
    // Its thread may disarm it before this runs, and free it.
    asio::post(wakeup->timer_.get_executor(), [this, target = wakeup] {
      bool there = false;
      {
        const std::scoped_lock again(mutex_);
        const auto found = armed_.find(target);
        there = found != armed_.end() && found->second <= now_;
      }
      if (there) target->timer_.cancel();
    });
  }
}

}  // namespace countersign
