#include "runtime/control.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "async/run_to_end.hpp"
#include "base/text.hpp"

namespace countersign::runtime {
namespace {

/// How long tasks have to end. Each ends when it is cancelled, in a few turns of the loop; this is
/// for one that does not.
constexpr std::chrono::milliseconds kPatience{2000};

/// May itself find no memory.
void log_failure(const ops::Log& log, std::string_view task, const std::exception_ptr& failure) {
  std::string what = "unknown exception";
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& exception) {
    what = printable(exception.what(), 200);
  } catch (...) {
    // Said by what it began with.
  }
  log.error("server.internal_error").field("task", task).field("message", what);
}

}  // namespace

TaskSet::Sink sink_of(const ops::Log& log) {
  return [&log](std::string_view name, const std::exception_ptr& failure) {
    log_failure(log, name, failure);
  };
}

void run_loop(asio::io_context& io, const ops::Log& log) noexcept {
  const ops::LogBatch batch([&io] { asio::post(io, [] { ops::LogBatch::flush_this_thread(); }); });
  while (true) {
    try {
      io.run();
      return;
    } catch (...) {
      try {
        log_failure(log, "loop", std::current_exception());
      } catch (...) {
        // There is no memory for a line of log either.
      }
    }
  }
}

void end_tasks(Loop& loop, TaskSet& tasks) {
  const auto all = run_to_end(loop, tasks.end(Deadline(tasks.clock().now() + kPatience)));
  if (!all || !*all) loop.abandon();
}

Control::Control(const ops::Log& log, Clock& clock)
    : tasks_(loop_.get_executor(), clock, sink_of(log)) {}

Control::~Control() { end(); }

void Control::end() {
  if (!std::exchange(ended_, true)) end_tasks(loop_, tasks_);
}

}  // namespace countersign::runtime
