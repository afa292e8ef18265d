#pragma once
/// Several tasks side by side, and their end.

#include <exception>
#include <vector>

#include "async/task.hpp"

namespace countersign {

/// Runs all tasks on the executor of whoever awaits it, and ends when the last of them has ended.
/// What throws does not stop the others. A cancellation of the awaiting coroutine reaches each of
/// them; it is still waited for all. So a task may refer to what its awaiting caller owns.
///
/// Returns what each threw, in their order; null if it ended well. Each task fills a slot of its
/// own that the caller keeps, and a slot that was not filled must mean failure.
asio::awaitable<std::vector<std::exception_ptr>, Executor> join_all(
    std::vector<asio::awaitable<void, Executor>> tasks);

}  // namespace countersign
