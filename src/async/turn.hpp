#pragma once
/// Long work in pieces, so that others on the same thread get their turn.

#include "async/task.hpp"

namespace countersign {

/// Goes on after whatever else was waiting for this thread.
asio::awaitable<void, Executor> let_others_work();

}  // namespace countersign
