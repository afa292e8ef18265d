#pragma once
/// The loop of one thread.

#include <boost/asio/io_context.hpp>

#include "async/task.hpp"

namespace countersign {

/// For one thread at a time.
class Loop : public asio::io_context {
 public:
  Loop() : asio::io_context(1) {}

  /// Destroys the frames of all coroutines that wait for something of this loop, so that what they
  /// refer to may go before the loop does. No thread runs it any more, and none will. Whoever owns
  /// tasks ends them first, and waits: this is for one that hears no cancellation.
  void abandon() { shutdown(); }
};

}  // namespace countersign
