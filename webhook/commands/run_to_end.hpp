#pragma once
/// For commands that wait for one answer. Includes much of Asio: for source files only.

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

#include "async/task.hpp"
#include "commands/worker.hpp"

namespace countersign::commands {

/// Runs `work` on the worker's loop to its end, on this thread.
template <class T>
T run_to_end(Worker& worker, asio::awaitable<T, Executor> work) {
  T value{};
  std::exception_ptr failure;
  asio::co_spawn(worker.io(), std::move(work), [&](std::exception_ptr caught, T result) {
    failure = std::move(caught);
    value = std::move(result);
    worker.io().stop();
  });
  worker.io().run();
  worker.io().restart();
  if (failure) std::rethrow_exception(failure);
  return value;
}

}  // namespace countersign::commands
