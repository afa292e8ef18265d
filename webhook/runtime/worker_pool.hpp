#pragma once
/// The workers of one process, what they share, and the order in which they end.
///
/// Workers share verifications and post to each other, so none is destroyed while another's work is
/// under way: first all work ends, then the workers go, then the stores (docs/architecture.md,
/// "Running model").

#include <memory>
#include <vector>

#include "runtime/stores.hpp"
#include "runtime/worker.hpp"

namespace countersign::runtime {

class WorkerPool {
 public:
  WorkerPool() = default;
  /// No thread runs a worker's loop any more.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Before any worker's loop runs.
  Worker& add(GenerationPtr generation, const ops::Log& log, const WorkerOptions& options);

  /// Reviews that come from now on use this generation; those under way, and verifications, end
  /// with theirs. Any thread may call it, for as long as the workers' loops live: each worker
  /// exchanges its own pointer, in a turn of its loop, so that the way of a review has no lock.
  void publish(const GenerationPtr& generation);

  /// Ends all work, and waits for it. No thread runs a worker's loop any more.
  void end();

  [[nodiscard]] Stores& stores() noexcept { return stores_; }
  [[nodiscard]] verify::InFlight& in_flight() noexcept { return stores_.in_flight; }
  [[nodiscard]] std::size_t size() const noexcept { return workers_.size(); }
  [[nodiscard]] Worker& operator[](std::size_t place) { return *workers_[place]; }

 private:
  Stores stores_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace countersign::runtime
