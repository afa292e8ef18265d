#pragma once
/// One connection, from its handshake to its goodbye. Private to this module: shows Asio.

#include <memory>

#include "async/clock.hpp"
#include "server/handler.hpp"
#include "server/server_state.hpp"
#include "server/stream.hpp"

namespace countersign::server {

class Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  /// Until the connection ends; the socket may still be open then.
  virtual asio::awaitable<void, Executor> run() = 0;

  /// The listener looks in now and then. A session stores one time when its phase changes, which
  /// is all that a deadline costs while it works.
  virtual void sweep(Clock::TimePoint now) = 0;
  /// Closes the socket, whatever the session does.
  virtual void cut() = 0;
  /// A session that waits for a request ends, with a goodbye.
  virtual void end_if_idle() = 0;
};

/// Throws std::bad_alloc. `state`, `handler` and `clock` must outlive it.
[[nodiscard]] std::unique_ptr<Session> make_session(Executor executor, ServerState& state,
                                                    Handler& handler,
                                                    std::unique_ptr<Stream> stream, Clock& clock);

}  // namespace countersign::server
