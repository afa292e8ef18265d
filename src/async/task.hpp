#pragma once
/// Coroutines of the shell. Pure modules do not include this.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "base/result.hpp"

namespace countersign {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

/// A coroutine that yields a T or an Error. One executor type throughout: mixing them does not
/// compile.
template <class T>
using Task = asio::awaitable<Result<T>, Executor>;

}  // namespace countersign
