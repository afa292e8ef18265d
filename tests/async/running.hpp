#pragma once
/// A loop that a test turns by hand.

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "async/task.hpp"

namespace countersign::testing {

struct TestLoop {
  asio::io_context io{1};

  [[nodiscard]] Executor executor() { return io.get_executor(); }
  /// Runs what is ready, and does not wait for more.
  void turn() {
    io.restart();
    io.poll();
  }
};

/// A coroutine that runs, and what came of it.
template <class T>
struct Running {
  std::optional<T> value;
  std::exception_ptr failure;
  bool ended = false;
  asio::cancellation_signal signal;

  Running(TestLoop& loop, asio::awaitable<T, Executor> task) {
    asio::co_spawn(
        loop.io, std::move(task),
        asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr caught, T result) {
          failure = std::move(caught);
          value.emplace(std::move(result));
          ended = true;
        }));
  }
  void cancel() { signal.emit(asio::cancellation_type::terminal); }
};

template <>
struct Running<void> {
  std::exception_ptr failure;
  bool ended = false;
  asio::cancellation_signal signal;

  Running(TestLoop& loop, asio::awaitable<void, Executor> task) {
    asio::co_spawn(loop.io, std::move(task),
                   asio::bind_cancellation_slot(signal.slot(), [this](std::exception_ptr caught) {
                     failure = std::move(caught);
                     ended = true;
                   }));
  }
  void cancel() { signal.emit(asio::cancellation_type::terminal); }
};

}  // namespace countersign::testing
