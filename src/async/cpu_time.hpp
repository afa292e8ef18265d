#pragma once
/// What work costs, whatever else the machine does.

#include <chrono>

namespace countersign {

/// Processor time that the calling thread has used so far.
[[nodiscard]] std::chrono::nanoseconds thread_cpu_time() noexcept;

}  // namespace countersign
