#pragma once
/// The HTTPS server: one acceptor, one set of sessions and one Handler for each worker thread. A
/// connection lives and dies on its worker.
///
/// Source: design 3 ("Running model"); kubernetes-admission 2.1, 4.6.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "async/task.hpp"
#include "base/result.hpp"
#include "server/handler.hpp"
#include "server/limits.hpp"
#include "server/tls_context.hpp"

namespace countersign::server {

struct Endpoint {
  std::string address;  ///< an IP address
  std::uint16_t port = 0;
};

/// Shared by all listeners and workers of the process.
struct ServerState {
  Limits limits;
  std::atomic<bool> draining{false};
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> body_bytes{0};
  std::atomic<std::size_t> requests{0};  ///< from their first byte until their reply has left
};

/// Sessions of one listener on one worker. All members run on the worker's thread.
class Listener {
 public:
  /// Without `tls` it speaks plain HTTP. `io` and `handler` must outlive it.
  Listener(asio::io_context& io, ServerState& state, Handler& handler,
           std::shared_ptr<ssl::context> tls);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Binds and listens. With `ReusePort` other workers may bind the same port. Port 0 takes a free
  /// one.
  enum class Sharing : std::uint8_t { kAlone, kReusePort };
  Status open(const Endpoint& endpoint, Sharing sharing);
  [[nodiscard]] std::uint16_t port() const;

  void start();
  /// Stops accepting; sessions go on.
  void stop_accepting();
  /// Closes sessions that wait for a request.
  void close_idle();
  /// Closes all sessions, whatever they do.
  void close_all();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// Fails if anything listens on the endpoint already: SO_REUSEPORT alone would let two processes
/// share it in silence.
Status check_port_is_free(const Endpoint& endpoint);

}  // namespace countersign::server
