#pragma once
/// The workers of one process, and the order in which they end.
///
/// Workers share verifications and post their verdicts to each other, so none may be destroyed
/// while another still runs: all end together, here (design 2.2).

#include <chrono>
#include <memory>
#include <vector>

#include "commands/worker.hpp"
#include "verify/in_flight.hpp"

namespace countersign::commands {

class WorkerPool {
 public:
  /// `work_limit` bounds one verification, however many wait for it.
  explicit WorkerPool(std::chrono::milliseconds work_limit);
  /// Cancels what is under way, gives it a moment to end, and forgets the rest. No thread runs a
  /// worker's loop any more, and what the suspended coroutines refer to is still there.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// All references must outlive the pool.
  Worker& add(std::shared_ptr<const Snapshot> snapshot, const ops::Log& log,
              const WorkerOptions& options);

  [[nodiscard]] std::size_t size() const noexcept { return workers_.size(); }
  [[nodiscard]] Worker& operator[](std::size_t index) { return *workers_.at(index); }
  [[nodiscard]] verify::InFlight& in_flight() noexcept { return in_flight_; }

 private:
  verify::InFlight in_flight_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace countersign::commands
