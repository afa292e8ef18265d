#pragma once
/// A registry that fails is left alone for a while, so that its failing does not eat everybody's
/// time; and one that limits our rate is not asked again before it said so.
///
/// Source: oci-registry 5.10. One for each host that is asked, never shared. Pure: the time is an
/// argument.

#include <array>
#include <chrono>
#include <cstdint>

#include "base/deadline.hpp"

namespace countersign::registry {

class CircuitBreaker {
 public:
  using Time = Deadline::Clock::time_point;

  /// True if a request may be sent. When it was open for long enough, this lets one probe through,
  /// whose end must be reported by one of the following.
  [[nodiscard]] bool admit(Time now);
  void succeeded(Time now);
  void failed(Time now);
  /// It ended without saying anything of the registry's health: cancelled, out of time, refused by
  /// us.
  void abandoned();

  [[nodiscard]] bool is_open() const noexcept { return state_ != State::kClosed; }

 private:
  enum class State : std::uint8_t { kClosed, kOpen, kProbing };
  struct Outcome {
    Time at;
    bool failed = false;
  };

  void record(Time now, bool failed);
  [[nodiscard]] bool fails_too_often(Time now) const;
  void open(Time now);

  static constexpr unsigned kConsecutiveFailures = 5;
  static constexpr std::size_t kWindow = 20;
  static constexpr std::chrono::seconds kWindowSpan{10};
  static constexpr std::chrono::seconds kFirstPause{2};
  static constexpr std::chrono::seconds kLongestPause{30};

  State state_ = State::kClosed;
  unsigned consecutive_ = 0;
  std::array<Outcome, kWindow> recent_{};
  std::size_t recorded_ = 0;
  std::chrono::seconds pause_ = kFirstPause;
  Time open_until_;
};

/// Closed until a registry's rate limit lets us in again.
class RateGate {
 public:
  using Time = Deadline::Clock::time_point;
  static constexpr std::chrono::seconds kLongest{60};

  void close(Time now, std::chrono::seconds span);
  /// Docker Hub counts GET of manifests, and HEAD is free.
  void close_for_get(Time now, std::chrono::seconds span);
  [[nodiscard]] bool admits(Time now, bool is_get) const noexcept {
    return now >= until_ && (!is_get || now >= get_until_);
  }

 private:
  Time until_ = Time::min();
  Time get_until_ = Time::min();
};

}  // namespace countersign::registry
