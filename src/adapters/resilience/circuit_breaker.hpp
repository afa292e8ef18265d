#pragma once
/// A server that fails is left alone for a while, so that its failing does not eat everybody's
/// time.
///
/// Source: oci-registry 5.10. Pure: the time is an argument.

#include <array>
#include <chrono>
#include <cstdint>

#include "base/deadline.hpp"

namespace countersign::resilience {

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
  /// Whether its pause, if there is one, has passed.
  [[nodiscard]] bool is_due(Time now) const noexcept {
    return state_ != State::kOpen || now >= open_until_;
  }

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

}  // namespace countersign::resilience
