#pragma once
/// The HTTPS server: one acceptor, one set of sessions and one Handler for each worker thread. A
/// connection lives and dies on its worker.
///
/// Source: docs/architecture.md, "Running model"; kubernetes-admission 2.1, 4.6.

#include <cstdint>
#include <memory>
#include <string>

#include "async/task_set.hpp"
#include "base/result.hpp"
#include "server/handler.hpp"
#include "server/server_state.hpp"
#include "server/tls_context.hpp"

namespace countersign::server {

struct Endpoint {
  std::string address;  ///< an IP address
  std::uint16_t port = 0;
};

/// Sessions of one listener on one worker. All members run on the worker's thread.
class Listener {
 public:
  /// Without `tls` it speaks plain HTTP. Its sessions are tasks of `tasks`, which end before it
  /// goes; `state` and `handler` outlive them.
  Listener(TaskSet& tasks, ServerState& state, Handler& handler, std::shared_ptr<ssl::context> tls);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Binds and listens. With `ReusePort` other workers may bind the same port. Port 0 takes a free
  /// one.
  enum class Sharing : std::uint8_t { kAlone, kReusePort };
  Status open(const Endpoint& endpoint, Sharing sharing);
  [[nodiscard]] std::uint16_t port() const;

  void start();
  /// Connections that come from now on are served with this certificate.
  void renew(std::shared_ptr<ssl::context> tls);
  /// Stops accepting; sessions go on.
  void stop_accepting();
  /// Closes sessions that wait for a request.
  void close_idle();
  /// Closes all sessions, whatever they do.
  void close_all();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Fails if anything listens on the endpoint already: SO_REUSEPORT alone would let two processes
/// share it in silence.
Status check_port_is_free(const Endpoint& endpoint);

}  // namespace countersign::server
