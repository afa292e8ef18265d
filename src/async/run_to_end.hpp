#pragma once
/// For commands and tests that wait for one answer. Includes much of Asio: for source files only.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "async/task.hpp"

namespace countersign {

/// Runs the loop on this thread until `work` has ended. What it throws is thrown here. Nothing if
/// the loop ran out of things to do before: then the work waits for what never comes.
template <class T>
std::optional<T> run_to_end(asio::io_context& io, asio::awaitable<T, Executor> work) {
  std::optional<T> value;
  std::exception_ptr failure;
  bool ended = false;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr caught, T result) {
    failure = std::move(caught);
    value.emplace(std::move(result));
    ended = true;
  });
  io.restart();
  while (!ended && io.run_one() > 0) {
  }
  if (failure) std::rethrow_exception(failure);
  return ended ? std::move(value) : std::nullopt;
}

}  // namespace countersign
