#include "commands/worker_pool.hpp"

namespace countersign::commands {

WorkerPool::WorkerPool(std::chrono::milliseconds work_limit)
    : in_flight_({.work_limit = work_limit}) {}

WorkerPool::~WorkerPool() {
  in_flight_.cancel_all();
  // In turns, as the end of one worker's work is news for another.
  constexpr std::chrono::milliseconds kLastWords{200};
  constexpr std::chrono::milliseconds kTurn{5};
  const auto end = std::chrono::steady_clock::now() + kLastWords;
  for (bool busy = true; busy && std::chrono::steady_clock::now() < end;) {
    busy = false;
    for (const auto& worker : workers_) {
      worker->io().restart();
      const bool ran = worker->io().run_for(kTurn) > 0;
      busy = busy || ran || !worker->io().stopped();
    }
  }
  in_flight_.forget();
}

Worker& WorkerPool::add(std::shared_ptr<const Snapshot> snapshot, const ops::Log& log,
                        const WorkerOptions& options) {
  return *workers_.emplace_back(
      std::make_unique<Worker>(std::move(snapshot), in_flight_, log, options));
}

}  // namespace countersign::commands
