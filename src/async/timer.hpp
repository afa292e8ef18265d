#pragma once
/// Waiting, in coroutines of the shell. Includes much of Asio: for source files, and headers that
/// hold a timer.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "async/task.hpp"

namespace countersign {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// Makes an operation's results a tuple that begins with its error code, so that an error does not
/// throw.
inline constexpr auto kTuple = asio::as_tuple(asio::use_awaitable_t<Executor>());

}  // namespace countersign
