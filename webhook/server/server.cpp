#include "server/server.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>

#include "async/timer.hpp"
#include "base/text.hpp"
#include "server/session.hpp"

namespace countersign::server {
namespace {

using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using ErrorCode = boost::system::error_code;

}  // namespace

struct Listener::Impl : std::enable_shared_from_this<Impl> {
  Impl(asio::io_context& io_context, ServerState& server_state, Handler& request_handler,
       std::shared_ptr<ssl::context> context)
      : executor(io_context.get_executor()),
        state(server_state),
        handler(request_handler),
        tls(std::move(context)),
        acceptor(executor),
        sweep_timer(executor) {}

  Executor executor;
  ServerState& state;
  Handler& handler;
  std::shared_ptr<ssl::context> tls;
  Acceptor acceptor;
  Timer sweep_timer;
  std::list<Session*> sessions;
  bool stopped = false;

  static asio::awaitable<void, Executor> accept_loop(std::shared_ptr<Impl> self);
  static asio::awaitable<void, Executor> sweep_loop(std::shared_ptr<Impl> self);
  void start_session(const std::shared_ptr<Impl>& self, Socket socket);
  static asio::awaitable<void, Executor> serve(std::shared_ptr<Impl> self, Socket socket);

  /// Enters a session into the sweep for as long as it lives.
  class Registration {
   public:
    Registration(Impl& impl, Session& session) : impl_(impl) {
      impl_.sessions.push_front(&session);
      place_ = impl_.sessions.begin();
    }
    ~Registration() { impl_.sessions.erase(place_); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Impl& impl_;
    std::list<Session*>::iterator place_;
  };
};

asio::awaitable<void, Executor> Listener::Impl::accept_loop(std::shared_ptr<Impl> self) {
  constexpr std::chrono::milliseconds kPause{100};
  while (self->acceptor.is_open()) {
    try {
      Socket socket(self->executor);
      const auto [error] = co_await self->acceptor.async_accept(socket, kTuple);
      if (error == asio::error::operation_aborted || !self->acceptor.is_open()) co_return;
      if (!error) {
        self->start_session(self, std::move(socket));
        continue;
      }
    } catch (const std::exception&) {
      // Memory, at most: this connection is lost, the next may find some.
    }
    // Out of file descriptors or memory, most likely: existing connections must go on.
    Timer pause(self->executor, kPause);
    const auto [ignored] = co_await pause.async_wait(kTuple);
    static_cast<void>(ignored);
  }
}

void Listener::Impl::start_session(const std::shared_ptr<Impl>& self, Socket socket) {
  if (state.connections.load() >= state.limits.max_connections) return;  // closes it
  ErrorCode ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  asio::co_spawn(executor, serve(self, std::move(socket)), asio::detached);
}

asio::awaitable<void, Executor> Listener::Impl::sweep_loop(std::shared_ptr<Impl> self) {
  constexpr std::chrono::milliseconds kTick{500};
  while (!self->stopped) {
    self->sweep_timer.expires_after(kTick);
    const auto [error] = co_await self->sweep_timer.async_wait(kTuple);
    static_cast<void>(error);
    const auto now = Clock::now();
    for (Session* session : self->sessions) session->sweep(now);
  }
}

asio::awaitable<void, Executor> Listener::Impl::serve(std::shared_ptr<Impl> self, Socket socket) {
  try {
    const auto session = make_session(self->executor, self->state, self->handler, std::move(socket),
                                      self->tls.get());
    const Registration registration(*self, *session);
    co_await session->run();
  } catch (const std::exception&) {
    // Memory, at most: this connection ends, others go on.
  }
}

Listener::Listener(asio::io_context& io, ServerState& state, Handler& handler,
                   std::shared_ptr<ssl::context> tls)
    : impl_(std::make_shared<Impl>(io, state, handler, std::move(tls))) {}
Listener::~Listener() = default;

Status Listener::open(const Endpoint& endpoint, Sharing sharing) {
  const auto fail = [&](std::string_view what, const ErrorCode& error) {
    return Error(
        Outcome::kInternalError, "LISTEN",
        fmt::format("cannot {} {}:{}: {}", what, endpoint.address, endpoint.port, error.message()));
  };
  ErrorCode error;
  const auto address = asio::ip::make_address(endpoint.address, error);
  if (error) return fail("use the address", error);
  const tcp::endpoint where(address, endpoint.port);
  impl_->acceptor.open(where.protocol(), error);
  if (error) return fail("open a socket for", error);
  impl_->acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (sharing == Sharing::kReusePort) {
    impl_->acceptor.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>(true),
                               error);
    if (error) return fail("share the port of", error);
  }
  impl_->acceptor.bind(where, error);
  if (error) return fail("bind", error);
  impl_->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail("listen on", error);
  return ok();
}

std::uint16_t Listener::port() const {
  ErrorCode ignored;
  return impl_->acceptor.local_endpoint(ignored).port();
}

void Listener::start() {
  asio::co_spawn(impl_->executor, Impl::accept_loop(impl_), asio::detached);
  asio::co_spawn(impl_->executor, Impl::sweep_loop(impl_), asio::detached);
}

void Listener::stop_accepting() {
  ErrorCode ignored;
  impl_->acceptor.close(ignored);
}

void Listener::close_idle() {
  for (Session* session : impl_->sessions) session->end_if_idle();
}

void Listener::close_all() {
  impl_->stopped = true;
  impl_->sweep_timer.cancel();
  for (Session* session : impl_->sessions) session->cut();
}

Status check_port_is_free(const Endpoint& endpoint) {
  if (endpoint.port == 0) return ok();
  asio::io_context io;
  ErrorCode error;
  const auto address = asio::ip::make_address(endpoint.address, error);
  if (error) {
    return Error(Outcome::kInternalError, "LISTEN",
                 fmt::format("\"{}\" is not an IP address", printable(endpoint.address, 64)));
  }
  tcp::acceptor probe(io);
  const tcp::endpoint where(address, endpoint.port);
  probe.open(where.protocol(), error);
  if (!error) probe.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) probe.bind(where, error);
  if (!error) probe.listen(1, error);
  if (error) {
    return Error(Outcome::kInternalError, "LISTEN",
                 fmt::format("cannot listen on {}:{}: {}", endpoint.address, endpoint.port,
                             error.message()));
  }
  return ok();
}

}  // namespace countersign::server
