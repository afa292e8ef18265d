#include "adapters/resilience/rate_gate.hpp"

#include <algorithm>

namespace countersign::resilience {

void RateGate::close(Time now, std::chrono::seconds span) {
  until_ = std::max(until_, now + std::min(span, kLongest));
}

void RateGate::close_for_get(Time now, std::chrono::seconds span) {
  get_until_ = std::max(get_until_, now + std::min(span, kLongest));
}

}  // namespace countersign::resilience
