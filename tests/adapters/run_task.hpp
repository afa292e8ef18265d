#pragma once
/// Runs one coroutine to its end.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "async/task.hpp"

namespace countersign::testing {

/// An exception out of it is an internal error.
template <class T>
Result<T> run(asio::io_context& context, Task<T> task) {
  std::optional<Result<T>> result;
  asio::co_spawn(
      context.get_executor(), std::move(task), [&](std::exception_ptr failure, Result<T> value) {
        result = failure ? Result<T>(Error(Outcome::kInternalError, "EXCEPTION", "exception"))
                         : std::move(value);
      });
  context.restart();
  while (!result && context.run_one() > 0) {
  }
  return result ? *std::move(result)
                : Result<T>(Error(Outcome::kInternalError, "STUCK", "it never ended"));
}

}  // namespace countersign::testing
