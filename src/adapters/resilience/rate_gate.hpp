#pragma once
/// A server that limits our rate is not asked again before it said so.
///
/// Source: oci-registry 5.10. Pure: the time is an argument.

#include <chrono>

#include "base/deadline.hpp"

namespace countersign::resilience {

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

}  // namespace countersign::resilience
