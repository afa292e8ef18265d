#pragma once
/// A point in time after which an answer is of no use. Born when a request arrives, handed down
/// through every step; steps take a Deadline, never a timeout, so that their sum cannot exceed it.

#include <algorithm>
#include <chrono>

namespace countersign {

class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Deadline(Clock::time_point at) : at_(at) {}
  [[nodiscard]] static Deadline after(std::chrono::milliseconds span) {
    return Deadline(Clock::now() + span);
  }

  [[nodiscard]] Clock::time_point at() const noexcept { return at_; }
  [[nodiscard]] bool passed() const noexcept { return Clock::now() >= at_; }
  /// Never negative.
  [[nodiscard]] std::chrono::milliseconds remaining() const noexcept {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(at_ - Clock::now());
    return std::max(left, std::chrono::milliseconds{0});
  }
  [[nodiscard]] Deadline earlier_by(std::chrono::milliseconds span) const {
    return Deadline(at_ - span);
  }
  friend Deadline earliest(Deadline a, Deadline b) { return a.at_ <= b.at_ ? a : b; }

 private:
  Clock::time_point at_;
};

}  // namespace countersign
