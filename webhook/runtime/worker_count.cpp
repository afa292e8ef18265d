#include <sched.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "runtime/webhook.hpp"

namespace countersign::runtime {

unsigned worker_count() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  unsigned count = std::thread::hardware_concurrency();
  if (sched_getaffinity(0, sizeof mask, &mask) == 0)
    count = static_cast<unsigned>(CPU_COUNT(&mask));
  std::ifstream quota_file("/sys/fs/cgroup/cpu.max");
  double quota = 0;
  double period = 0;
  if (quota_file >> quota >> period && quota > 0 && period > 0) {
    count = std::min(count, static_cast<unsigned>(quota / period + 0.999));
  }
  constexpr unsigned kMaxWorkers = 64;
  return std::clamp(count, 1U, kMaxWorkers);
}

}  // namespace countersign::runtime
