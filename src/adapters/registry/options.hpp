#pragma once
/// What a registry client may be told; all of it has a default.

#include <functional>

#include "adapters/registry/memory.hpp"
#include "adapters/resilience/retry.hpp"
#include "async/clock.hpp"
#include "ports/observer.hpp"

namespace countersign::registry {

struct Options {
  resilience::RetryPolicy retry;
  std::chrono::milliseconds exchange_timeout{4000};  ///< of one request, never past the deadline
  Memory* memory = nullptr;                          ///< outlives the client; null: one of its own
  ports::Observer* observer = nullptr;               ///< outlives the client
  Clock* clock = &real_clock();                      ///< outlives the client
  /// From 0 to 1; the default is random.
  std::function<double()> jitter;
};

}  // namespace countersign::registry
