#pragma once
/// The one loop for everything that is not a review: signals, the probes' port, and whatever else
/// must go on while the workers are busy. A worker without a listener for reviews.

#include <functional>

#include "async/loop.hpp"
#include "async/task_set.hpp"
#include "ops/log.hpp"

namespace countersign::runtime {

/// What is done when a task that nobody awaits has failed: it is logged, by its name.
[[nodiscard]] TaskSet::Sink sink_of(const ops::Log& log);

/// Runs a loop on this thread until it is stopped. What a handler throws, mostly for lack of
/// memory, ends that handler and not the loop. Lines of log are written when a turn ends.
void run_loop(asio::io_context& io, const ops::Log& log) noexcept;

/// One for the process.
class Control {
 public:
  /// Both outlive it.
  Control(const ops::Log& log, Clock& clock);
  /// No thread runs its loop any more.
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  [[nodiscard]] Loop& loop() noexcept { return loop_; }
  [[nodiscard]] TaskSet& tasks() noexcept { return tasks_; }

  /// As Worker::end.
  void end();

 private:
  Loop loop_;
  bool ended_ = false;
  TaskSet tasks_;
};

/// Cancels all tasks and runs their loop until they have ended.
void end_tasks(Loop& loop, TaskSet& tasks);

}  // namespace countersign::runtime
