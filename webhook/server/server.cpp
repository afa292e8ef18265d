#include "server/server.hpp"

#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <new>

#include "async/wakeup.hpp"
#include "base/text.hpp"
#include "server/session.hpp"
#include "server/stream.hpp"

namespace countersign::server {
namespace {

using tcp = asio::ip::tcp;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using ErrorCode = boost::system::error_code;

}  // namespace

struct Listener::Impl {
  Impl(TaskSet& task_set, ServerState& server_state, Handler& request_handler,
       std::shared_ptr<ssl::context> context)
      : tasks(task_set),
        clock(task_set.clock()),
        state(server_state),
        handler(request_handler),
        tls(std::move(context)),
        acceptor(task_set.executor()),
        sweep_end(task_set.executor(), task_set.clock()) {}

  TaskSet& tasks;
  Clock& clock;
  ServerState& state;
  Handler& handler;
  std::shared_ptr<ssl::context> tls;
  Acceptor acceptor;
  Wakeup sweep_end;
  std::list<Session*> sessions;
  bool stopped = false;

  static asio::awaitable<void, Executor> accept_loop(Impl& self);
  static asio::awaitable<void, Executor> sweep_loop(Impl& self);
  void start_session(Socket socket);
  static asio::awaitable<void, Executor> serve(Impl& self, Socket socket);
  [[nodiscard]] std::unique_ptr<Stream> make_stream(Socket socket) const;

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

asio::awaitable<void, Executor> Listener::Impl::accept_loop(Impl& self) {
  constexpr std::chrono::milliseconds kPause{100};
  while (self.acceptor.is_open()) {
    try {
      Socket socket(self.tasks.executor());
      const auto [error] = co_await self.acceptor.async_accept(socket, kTuple);
      if (error == asio::error::operation_aborted || !self.acceptor.is_open()) co_return;
      if (!error) {
        self.start_session(std::move(socket));
        continue;
      }
    } catch (const std::bad_alloc&) {
      // This connection is lost, the next may find some memory.
    }
    // Out of file descriptors or memory, most likely: existing connections must go on.
    const bool slept = co_await sleep_for(self.clock, kPause);
    if (!slept) co_return;
  }
}

void Listener::Impl::start_session(Socket socket) {
  if (state.connections.load() >= state.limits.max_connections) return;  // closes it
  ErrorCode ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  tasks.spawn("session", serve(*this, std::move(socket)));
}

asio::awaitable<void, Executor> Listener::Impl::sweep_loop(Impl& self) {
  constexpr std::chrono::milliseconds kTick{500};
  while (!self.stopped) {
    const Wakeup::Why why = co_await self.sweep_end.wait(self.clock.now() + kTick);
    if (why == Wakeup::Why::kCancelled) co_return;
    const auto now = self.clock.now();
    for (Session* session : self.sessions) session->sweep(now);
  }
}

std::unique_ptr<Stream> Listener::Impl::make_stream(Socket socket) const {
  if (tls == nullptr) return std::make_unique<PlainStream>(std::move(socket));
  return std::make_unique<TlsStream>(std::move(socket), tls->native_handle(),
                                     state.connections.load() < kFewConnections
                                         ? TlsStream::Buffers::kKept
                                         : TlsStream::Buffers::kReleased);
}

asio::awaitable<void, Executor> Listener::Impl::serve(Impl& self, Socket socket) {
  try {
    const auto session = make_session(self.tasks.executor(), self.state, self.handler,
                                      self.make_stream(std::move(socket)), self.clock);
    const Registration registration(self, *session);
    co_await session->run();
  } catch (const std::bad_alloc&) {
    // This connection ends, others go on.
  }
}

Listener::Listener(TaskSet& tasks, ServerState& state, Handler& handler,
                   std::shared_ptr<ssl::context> tls)
    : impl_(std::make_unique<Impl>(tasks, state, handler, std::move(tls))) {}
Listener::~Listener() = default;

Status Listener::open(const Endpoint& endpoint, Sharing sharing) {
  const auto fail = [&](std::string_view what, const ErrorCode& error) {
    return Error::mistake("LISTEN", fmt::format("cannot {} {}:{}: {}", what, endpoint.address,
                                                endpoint.port, error.message()));
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
  impl_->tasks.keep_running("accept", [impl = impl_.get()] { return Impl::accept_loop(*impl); });
  impl_->tasks.keep_running("sweep", [impl = impl_.get()] { return Impl::sweep_loop(*impl); });
}

void Listener::renew(std::shared_ptr<ssl::context> tls) { impl_->tls = std::move(tls); }

void Listener::stop_accepting() {
  ErrorCode ignored;
  impl_->acceptor.close(ignored);
}

void Listener::close_idle() {
  for (Session* session : impl_->sessions) session->end_if_idle();
}

void Listener::close_all() {
  impl_->stopped = true;
  impl_->sweep_end.wake();
  for (Session* session : impl_->sessions) session->cut();
}

Status check_port_is_free(const Endpoint& endpoint) {
  if (endpoint.port == 0) return ok();
  asio::io_context io;
  ErrorCode error;
  const auto address = asio::ip::make_address(endpoint.address, error);
  if (error) {
    return Error::mistake(
        "LISTEN", fmt::format("\"{}\" is not an IP address", printable(endpoint.address, 64)));
  }
  tcp::acceptor probe(io);
  const tcp::endpoint where(address, endpoint.port);
  probe.open(where.protocol(), error);
  if (!error) probe.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) probe.bind(where, error);
  if (!error) probe.listen(1, error);
  if (error) {
    return Error::mistake("LISTEN", fmt::format("cannot listen on {}:{}: {}", endpoint.address,
                                                endpoint.port, error.message()));
  }
  return ok();
}

}  // namespace countersign::server
