#include "adapters/resilience/circuit_breaker.hpp"

#include <algorithm>

namespace countersign::resilience {

bool CircuitBreaker::admit(Time now) {
  switch (state_) {
    case State::kClosed:
      return true;
    case State::kProbing:
      return false;
    case State::kOpen:
      if (now < open_until_) return false;
      state_ = State::kProbing;
      return true;
  }
  return false;
}

void CircuitBreaker::succeeded(Time now) {
  // A straggler from before it opened does not close it: only the probe does.
  if (state_ == State::kOpen) return;
  if (state_ == State::kProbing) {
    recorded_ = 0;
    pause_ = kFirstPause;
  }
  state_ = State::kClosed;
  consecutive_ = 0;
  record(now, false);
}

void CircuitBreaker::failed(Time now) {
  if (state_ == State::kOpen) return;
  if (state_ == State::kProbing) {
    pause_ = std::min(pause_ * 2, kLongestPause);
    open(now);
    return;
  }
  ++consecutive_;
  record(now, true);
  if (consecutive_ >= kConsecutiveFailures || fails_too_often(now)) open(now);
}

void CircuitBreaker::abandoned() {
  if (state_ == State::kProbing)
    state_ = State::kOpen;  // its time has passed, so the next one probes
}

void CircuitBreaker::record(Time now, bool failed) {
  recent_[recorded_ % kWindow] = {now, failed};
  ++recorded_;
}

bool CircuitBreaker::fails_too_often(Time now) const {
  if (recorded_ < kWindow) return false;
  const auto count = std::ranges::count_if(
      recent_, [&](const Outcome& each) { return each.failed && now - each.at <= kWindowSpan; });
  const bool recent = std::ranges::all_of(
      recent_, [&](const Outcome& each) { return now - each.at <= kWindowSpan; });
  return recent && static_cast<std::size_t>(count) * 2 >= kWindow;
}

void CircuitBreaker::open(Time now) {
  state_ = State::kOpen;
  open_until_ = now + pause_;
  consecutive_ = 0;
}

}  // namespace countersign::resilience
