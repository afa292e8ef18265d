#pragma once
/// What listeners and sessions of the process share.

#include <atomic>
#include <cstddef>

#include "server/limits.hpp"

namespace countersign::server {

/// Shared by all listeners and workers of the process.
struct ServerState {
  Limits limits;
  std::atomic<bool> draining{false};
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> body_bytes{0};
  std::atomic<std::size_t> requests{0};  ///< from their first byte until their reply has left
};

}  // namespace countersign::server
