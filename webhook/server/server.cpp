#include "server/server.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <list>
#include <memory_resource>
#include <optional>
#include <tuple>

#include "base/text.hpp"
#include "base/timer.hpp"
#include "server/reply.hpp"
#include "server/request_body.hpp"
#include "server/stream.hpp"

namespace countersign::server {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using ErrorCode = boost::system::error_code;
constexpr asio::use_awaitable_t<Executor> kAwaitable;

/// Bytes that a buffer holds beyond what was read into it, so that the JSON parser need not copy
/// the body.
constexpr std::size_t kBodySpare = 64;
constexpr std::size_t kReadChunk = 16384;
/// The header fields of an ordinary request.
constexpr std::size_t kFieldBytes = 1024;
/// Of the memory of one request, what a connection keeps for the next: enough for ordinary reviews;
/// and less when there are more connections than API servers have.
constexpr std::size_t kKeepCapacity = std::size_t{64} * 1024;
constexpr std::size_t kKeepCapacityOfMany = std::size_t{8} * 1024;
constexpr std::size_t kFewConnections = 256;
/// Bodies up to this size are always taken: even as many as there may be connections fit into
/// max_body_bytes_in_flight.
constexpr std::size_t kSmallBody = std::size_t{64} * 1024;

/// Whether what came is not HTTP, rather than not all there.
bool is_malformed(const ErrorCode& error) {
  return error.category() == make_error_code(http::error::bad_method).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

/// What a request that cannot be read is told; nothing if the other side is gone.
std::optional<Reply> refusal(const ErrorCode& error) {
  if (error == http::error::body_limit) {
    return plain_reply(413, "the request body is over the limit");
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return plain_reply(431, "the request header is over the limit");
  }
  if (is_malformed(error)) return plain_reply(400, "not an HTTP/1.1 request");
  return std::nullopt;
}

std::size_t spare_after(const RequestBody::value_type& body) {
  return body.in_place.empty() ? body.collected.capacity() - body.collected.size() : kBodySpare;
}

/// Adds to a shared counter for as long as it lives.
class Held {
 public:
  Held(std::atomic<std::size_t>& counter, std::size_t amount) : counter_(counter), amount_(amount) {
    total_ = counter_.fetch_add(amount_) + amount_;
  }
  ~Held() { counter_.fetch_sub(amount_); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  [[nodiscard]] std::size_t total() const { return total_; }

 private:
  std::atomic<std::size_t>& counter_;
  std::size_t amount_;
  std::size_t total_ = 0;
};

/// What the once-a-second sweep needs to know of a session. The session itself stores one time when
/// its phase changes, which is all that a deadline costs on the hot path.
struct Watched {
  Clock::time_point expires;
  bool idle = false;
  /// Hard: close the socket. Soft: wake a session that waits for a request, so that it can say
  /// goodbye.
  std::function<void()> cut;
  std::function<void()> wake;
};

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
  std::list<Watched*> watched;
  bool stopped = false;

  static asio::awaitable<void, Executor> accept_loop(std::shared_ptr<Impl> self);
  static asio::awaitable<void, Executor> sweep_loop(std::shared_ptr<Impl> self);
  void start_session(const std::shared_ptr<Impl>& self, Socket socket);
  static asio::awaitable<void, Executor> linger(Socket& socket);
  static asio::awaitable<void, Executor> serve(std::shared_ptr<Impl> self, Socket socket);
  asio::awaitable<void, Executor> serve_requests(Stream& stream, Watched& watch);
  using Parser = http::request_parser<RequestBody, std::pmr::polymorphic_allocator<char>>;
  enum class Until : std::uint8_t { kHeader, kDone };
  asio::awaitable<ErrorCode, Executor> feed(Stream& stream, beast::flat_buffer& buffer,
                                            Parser& parser, Until until);
  static std::span<char> room(beast::flat_buffer& buffer);
  asio::awaitable<bool, Executor> send(Stream& stream, Watched& watch, const std::string& bytes);
  asio::awaitable<void, Executor> refuse(Stream& stream, Watched& watch,
                                         std::optional<Reply> reply);

  /// Enters a session into the sweep for as long as it lives.
  class Registration {
   public:
    Registration(Impl& impl, Watched& watch) : impl_(impl) {
      impl_.watched.push_front(&watch);
      place_ = impl_.watched.begin();
    }
    ~Registration() { impl_.watched.erase(place_); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Impl& impl_;
    std::list<Watched*>::iterator place_;
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

/// Closing a socket while input is unread resets the connection, and the other side may lose a
/// reply that is on its way (a 413 to a client that still sends the body). So the sending half ends
/// first, and what comes is thrown away until the other side closes or the sweep does.
asio::awaitable<void, Executor> Listener::Impl::linger(Socket& socket) {
  ErrorCode failed;
  socket.shutdown(tcp::socket::shutdown_send, failed);
  std::array<char, 4096> scrap;
  while (!failed) {
    const auto [error, count] = co_await socket.async_read_some(asio::buffer(scrap), kTuple);
    static_cast<void>(count);
    failed = error;
  }
}

asio::awaitable<void, Executor> Listener::Impl::sweep_loop(std::shared_ptr<Impl> self) {
  constexpr std::chrono::milliseconds kTick{500};
  while (!self->stopped) {
    self->sweep_timer.expires_after(kTick);
    const auto [error] = co_await self->sweep_timer.async_wait(kTuple);
    static_cast<void>(error);
    const auto now = Clock::now();
    for (Watched* watch : self->watched) {
      if (now < watch->expires) continue;
      if (watch->idle) {
        watch->wake();
      } else {
        watch->cut();
      }
    }
  }
}

asio::awaitable<bool, Executor> Listener::Impl::send(Stream& stream, Watched& watch,
                                                     const std::string& bytes) {
  watch.expires = Clock::now() + state.limits.write_timeout;
  std::span<const char> rest(bytes);
  while (!rest.empty()) {
    const Progress progress = stream.write(rest);
    if (progress.state == Progress::State::kDone) {
      rest = rest.subspan(progress.bytes);
      continue;
    }
    const bool ready = co_await stream.ready(progress);
    if (!ready) co_return false;
  }
  co_return true;
}

/// The last reply of a session, if there is one to give.
asio::awaitable<void, Executor> Listener::Impl::refuse(Stream& stream, Watched& watch,
                                                       std::optional<Reply> reply) {
  if (!reply) co_return;
  std::string bytes;
  write_reply(*reply, Connection::kClose, Part::kWhole, bytes);
  const bool sent = co_await send(stream, watch, bytes);
  static_cast<void>(sent);
}

/// Where to read to: whatever comes, kBodySpare bytes of the buffer's memory follow it.
std::span<char> Listener::Impl::room(beast::flat_buffer& buffer) {
  return {static_cast<char*>(buffer.prepare(kReadChunk + kBodySpare).data()), kReadChunk};
}

/// Gives the parser what has arrived, and waits only for what is missing: a request that came in
/// one piece, as they mostly do, is parsed without another turn of the loop.
asio::awaitable<ErrorCode, Executor> Listener::Impl::feed(Stream& stream,
                                                          beast::flat_buffer& buffer,
                                                          Parser& parser, Until until) {
  while (until == Until::kHeader ? !parser.is_header_done() : !parser.is_done()) {
    ErrorCode error;
    const std::size_t used = parser.put(buffer.data(), error);
    buffer.consume(used);
    if (error && error != http::error::need_more) co_return error;
    if (!error && used > 0) continue;
    if (buffer.size() + kReadChunk + kBodySpare > buffer.max_size()) {
      co_return http::error::buffer_overflow;
    }
    const Progress progress = stream.read(room(buffer));
    if (progress.state == Progress::State::kDone) {
      buffer.commit(progress.bytes);
      continue;
    }
    const bool ready = co_await stream.ready(progress);
    if (!ready) co_return http::error::partial_message;
  }
  co_return ErrorCode();
}

asio::awaitable<void, Executor> Listener::Impl::serve_requests(Stream& stream, Watched& watch) {
  const Limits& limits = state.limits;
  beast::flat_buffer buffer(limits.max_header_bytes + limits.max_body_bytes);
  // Kept from one request to the next for their memory.
  std::array<std::byte, kFieldBytes> field_memory;
  std::pmr::monotonic_buffer_resource fields(field_memory.data(), field_memory.size());
  std::string body;
  Reply reply;
  std::string out;
  while (true) {
    fields.release();
    if (buffer.size() == 0) {
      watch.idle = true;
      watch.expires = Clock::now() + limits.idle_timeout;
      // Most likely nothing has come yet, and a first try would be in vain.
      Progress progress{.state = stream.has_input() ? Progress::State::kDone
                                                    : Progress::State::kWaitsForInput};
      do {
        if (progress.state != Progress::State::kDone) {
          const bool ready = co_await stream.ready(progress);
          if (!ready) co_return;
        }
        progress = stream.read(room(buffer));
      } while (progress.state != Progress::State::kDone);
      watch.idle = false;
      buffer.commit(progress.bytes);
    }
    const auto received = Clock::now();
    watch.expires = received + limits.receive_timeout;
    const Held under_way(state.requests,
                         1);  // until the reply has left, so that a drain waits for it

    Parser parser(std::piecewise_construct, std::tuple(),
                  std::tuple(Parser::value_type::allocator_type(&fields)));
    parser.header_limit(static_cast<std::uint32_t>(limits.max_header_bytes));
    parser.body_limit(limits.max_body_bytes);
    parser.get().body().collected = std::move(body);
    parser.get().body().collected.clear();
    const ErrorCode header_error = co_await feed(stream, buffer, parser, Until::kHeader);
    if (header_error) {
      co_await refuse(stream, watch, refusal(header_error));
      co_return;
    }

    const auto announced = parser.content_length();
    const std::size_t expected = announced          ? static_cast<std::size_t>(*announced)
                                 : parser.chunked() ? limits.max_body_bytes
                                                    : 0;
    const Held held(state.body_bytes, expected > kSmallBody ? expected : 0);
    if (expected > kSmallBody && held.total() > limits.max_body_bytes_in_flight) {
      co_await refuse(stream, watch, plain_reply(503, "too many large requests at once"));
      co_return;
    }
    if (!announced || buffer.size() < expected) {
      parser.get().body().collected.reserve((announced ? expected : kReadChunk) + kBodySpare);
    }
    const bool is_http_1_1 = parser.get().version() >= 11;
    if (is_http_1_1 && ascii_iequals(parser.get()[http::field::expect], "100-continue") &&
        !parser.is_done()) {
      const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
      const bool sent = co_await send(stream, watch, go_on);
      if (!sent) co_return;
      watch.expires = received + limits.receive_timeout;
    }
    if (!parser.is_done()) {
      const ErrorCode body_error = co_await feed(stream, buffer, parser, Until::kDone);
      if (body_error) {
        co_await refuse(stream, watch, refusal(body_error));
        co_return;
      }
    }

    const auto& message = parser.get();
    const Request request{.method = message.method_string(),
                          .target = message.target(),
                          .content_type = message[http::field::content_type],
                          .body = message.body().view(),
                          .spare = spare_after(message.body()),
                          .received = received};
    reply.clear();
    watch.expires = Clock::now() + limits.handle_timeout;
    try {
      co_await handler.handle(request, reply);
    } catch (const std::exception&) {
      reply = plain_reply(500, "internal error");
    }
    const bool keep_alive = is_http_1_1 && message.keep_alive() && !reply.close &&
                            !state.draining.load(std::memory_order_relaxed);
    write_reply(reply, keep_alive ? Connection::kKeepAlive : Connection::kClose,
                message.method() == http::verb::head ? Part::kHeader : Part::kWhole, out);
    // Behind what else is ready: the replies of one turn of the loop leave one right after the
    // other, and a client that serves several connections, as API servers do, is woken once.
    co_await asio::post(executor, kAwaitable);
    const bool sent = co_await send(stream, watch, out);
    if (!sent || !keep_alive) co_return;
    body = std::move(parser.get().body().collected);
    const std::size_t kept =
        state.connections.load() <= kFewConnections ? kKeepCapacity : kKeepCapacityOfMany;
    for (std::string* each : {&body, &reply.body, &out}) {
      if (each->capacity() > kept) std::string().swap(*each);
    }
    if (buffer.size() == 0 && buffer.capacity() > kept) buffer.shrink_to_fit();
  }
}

asio::awaitable<void, Executor> Listener::Impl::serve(std::shared_ptr<Impl> self, Socket socket) {
  constexpr std::chrono::seconds kGoodbye{2};
  const Held connection(self->state.connections, 1);
  try {
    std::unique_ptr<Stream> stream;
    if (self->tls) {
      stream = std::make_unique<TlsStream>(std::move(socket), self->tls->native_handle(),
                                           connection.total() <= kFewConnections
                                               ? TlsStream::Buffers::kKept
                                               : TlsStream::Buffers::kReleased);
    } else {
      stream = std::make_unique<PlainStream>(std::move(socket));
    }
    Watched watch{.expires = Clock::now() + self->state.limits.handshake_timeout,
                  .idle = false,
                  .cut =
                      [&stream] {
                        ErrorCode ignored;
                        stream->socket().close(ignored);
                      },
                  .wake =
                      [&stream] {
                        ErrorCode ignored;
                        stream->socket().cancel(ignored);
                      }};
    const Registration registration(*self, watch);
    Progress progress = stream->handshake();
    while (progress.state != Progress::State::kDone) {
      const bool ready = co_await stream->ready(progress);
      if (!ready) co_return;
      progress = stream->handshake();
    }
    co_await self->serve_requests(*stream, watch);
    if (!stream->socket().is_open()) co_return;
    watch.expires = Clock::now() + kGoodbye;
    progress = stream->shutdown();
    while (progress.state != Progress::State::kDone) {
      const bool ready = co_await stream->ready(progress);
      if (!ready) break;
      progress = stream->shutdown();
    }
    if (stream->socket().is_open()) {
      co_await linger(stream->socket());
    }
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
  for (Watched* watch : impl_->watched) {
    if (watch->idle) watch->wake();
  }
}

void Listener::close_all() {
  impl_->stopped = true;
  impl_->sweep_timer.cancel();
  for (Watched* watch : impl_->watched) watch->cut();
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
