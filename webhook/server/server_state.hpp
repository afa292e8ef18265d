#pragma once
/// What listeners and sessions of the process share.

#include <atomic>
#include <cstddef>

#include "async/wakeup.hpp"
#include "server/limits.hpp"

namespace countersign::server {

/// Shared by all listeners and workers of the process.
struct ServerState {
  Limits limits;
  std::atomic<bool> draining{false};
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> body_bytes{0};
  std::atomic<std::size_t> requests{0};  ///< from their first byte until their reply has left
  /// Woken when the last request of a server that is draining has ended.
  Wakeup::Remote last_request_ended;
};

/// A request that is under way, for as long as it lives.
class UnderWay {
 public:
  explicit UnderWay(ServerState& state) : state_(state) { ++state_.requests; }
  ~UnderWay() {
    // Ordered as the other side's: it sets `draining`, and then reads `requests`.
    if (--state_.requests == 0 && state_.draining) state_.last_request_ended.wake();
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;

 private:
  ServerState& state_;
};

}  // namespace countersign::server
