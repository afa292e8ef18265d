#include "async/cpu_time.hpp"

#include <ctime>

namespace countersign {

std::chrono::nanoseconds thread_cpu_time() noexcept {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace countersign
