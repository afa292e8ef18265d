#include "server/stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <climits>
#include <cstring>
#include <new>

#include "async/timer.hpp"

namespace countersign::server {
namespace {

using State = Progress::State;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

/// A count that OpenSSL's int can hold.
int as_int(std::size_t count) {
  return static_cast<int>(std::min(count, static_cast<std::size_t>(INT_MAX)));
}

/// An ordinary request. Each connection has that much while it waits, too.
constexpr std::size_t kIncomingBytes = std::size_t{8} * 1024;

/// SSL_get_error judges by the thread's error queue, which must be empty before.
void clear_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

SocketStream::SocketStream(Socket socket) : socket_(std::move(socket)) {}

asio::awaitable<bool, Executor> SocketStream::ready(Progress progress) {
  if (!socket_.is_open()) co_return false;
  if (progress.state == State::kWaitsForRoom) {
    const auto [error] = co_await socket_.async_wait(Socket::wait_write, kTuple);
    co_return !error && socket_.is_open();
  }
  if (progress.state != State::kWaitsForInput || !arrived_.empty() || ended_) co_return false;
  if (incoming_.empty()) incoming_.resize(kIncomingBytes);
  const auto [error, count] = co_await socket_.async_read_some(asio::buffer(incoming_), kTuple);
  if (error == asio::error::operation_aborted || !socket_.is_open()) co_return false;
  arrived_ = std::span<const char>(incoming_).first(count);
  ended_ = error.failed();
  co_return true;
}

void SocketStream::close() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void SocketStream::cancel() noexcept {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

/// Closing a socket while input is unread resets the connection, and the other side may lose a
/// reply that is on its way (a 413 to a client that still sends the body).
asio::awaitable<void, Executor> SocketStream::linger() {
  boost::system::error_code failed;
  socket_.shutdown(Socket::shutdown_send, failed);
  std::array<char, 4096> scrap;
  while (!failed) {
    const auto [error, count] = co_await socket_.async_read_some(asio::buffer(scrap), kTuple);
    static_cast<void>(count);
    failed = error;
  }
}

Progress SocketStream::take(std::span<char> to) {
  if (arrived_.empty()) return {.state = ended_ ? State::kEnded : State::kWaitsForInput};
  const std::size_t count = std::min(to.size(), arrived_.size());
  if (count > 0) std::memcpy(to.data(), arrived_.data(), count);
  arrived_ = arrived_.subspan(count);
  return {.state = State::kDone, .bytes = count};
}

Progress SocketStream::transmit(std::span<const char> from) {
  ssize_t sent = 0;
  do {
    sent = ::send(socket_.native_handle(), from.data(), from.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return {.state = State::kDone, .bytes = static_cast<std::size_t>(sent)};
  return {.state = would_block(errno) ? State::kWaitsForRoom : State::kEnded};
}

Progress PlainStream::read(std::span<char> to) { return take(to); }
Progress PlainStream::write(std::span<const char> from) { return transmit(from); }

/// OpenSSL's own socket BIO asks for a descriptor, which may be another connection's after a close,
/// and its write raises SIGPIPE. This one asks the stream each time.
struct TlsStream::Bio {
  static TlsStream& stream_of(BIO* bio) { return *static_cast<TlsStream*>(BIO_get_data(bio)); }

  static int result(const Progress& progress) {
    return progress.state == State::kDone ? static_cast<int>(progress.bytes) : -1;
  }

  static int read(BIO* bio, char* to, int count) {
    BIO_clear_retry_flags(bio);
    const Progress progress =
        stream_of(bio).take({to, static_cast<std::size_t>(std::max(count, 0))});
    if (progress.state == State::kWaitsForInput) BIO_set_retry_read(bio);
    return result(progress);
  }

  static int write(BIO* bio, const char* from, int count) {
    BIO_clear_retry_flags(bio);
    const Progress progress =
        stream_of(bio).transmit({from, static_cast<std::size_t>(std::max(count, 0))});
    if (progress.state == State::kWaitsForRoom) BIO_set_retry_write(bio);
    return result(progress);
  }

  static long control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  /// Made once and kept until the process ends, as OpenSSL's own methods are.
  static BIO_METHOD* method() {
    static BIO_METHOD* const kMethod = [] {
      BIO_METHOD* made =
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "countersign stream");
      if (made == nullptr) throw std::bad_alloc();
      BIO_meth_set_read(made, &read);
      BIO_meth_set_write(made, &write);
      BIO_meth_set_ctrl(made, &control);
      return made;
    }();
    return kMethod;
  }
};

void TlsStream::Free::operator()(ssl_st* tls) const noexcept { SSL_free(tls); }

TlsStream::TlsStream(Socket socket, ssl_ctx_st* context, Buffers buffers)
    : SocketStream(std::move(socket)), tls_(SSL_new(context)) {
  BIO* bio = tls_ ? BIO_new(Bio::method()) : nullptr;
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_.get(), bio, bio);  // takes the one reference
  SSL_set_accept_state(tls_.get());
  if (buffers == Buffers::kReleased) SSL_set_mode(tls_.get(), SSL_MODE_RELEASE_BUFFERS);
  SSL_set_read_ahead(tls_.get(), 1);  // header and content of a record with one call
}

/// After a call that did not succeed.
Progress TlsStream::after(int result) {
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {.state = State::kWaitsForInput};
    case SSL_ERROR_WANT_WRITE:
      return {.state = State::kWaitsForRoom};
    default:
      clear_errors();
      return {.state = State::kEnded};
  }
}

Progress TlsStream::handshake() {
  clear_errors();
  const int result = SSL_do_handshake(tls_.get());
  return result == 1 ? Progress{.state = State::kDone} : after(result);
}

Progress TlsStream::read(std::span<char> to) {
  clear_errors();
  const int got = SSL_read(tls_.get(), to.data(), as_int(to.size()));
  return got > 0 ? Progress{.state = State::kDone, .bytes = static_cast<std::size_t>(got)}
                 : after(got);
}

Progress TlsStream::write(std::span<const char> from) {
  if (from.empty()) return {.state = State::kDone};
  clear_errors();
  const int sent = SSL_write(tls_.get(), from.data(), as_int(from.size()));
  return sent > 0 ? Progress{.state = State::kDone, .bytes = static_cast<std::size_t>(sent)}
                  : after(sent);
}

bool TlsStream::has_input() const {
  return SSL_has_pending(tls_.get()) == 1 || SocketStream::has_input();
}

Progress TlsStream::shutdown() {
  const int done = SSL_get_shutdown(tls_.get());
  if ((done & SSL_SENT_SHUTDOWN) != 0 && (done & SSL_RECEIVED_SHUTDOWN) == 0) {
    // What still comes before the other side's goodbye is of no interest.
    constexpr int kAtOnce = 16;
    std::array<char, 4096> scrap;
    for (int i = 0; i < kAtOnce; ++i) {
      const Progress progress = read(scrap);
      if (progress.state != State::kDone) return progress;
    }
    return {.state = State::kWaitsForInput};
  }
  clear_errors();
  const int result = SSL_shutdown(tls_.get());
  if (result == 1) return {.state = State::kDone};
  return result == 0 ? Progress{.state = State::kWaitsForInput} : after(result);
}

}  // namespace countersign::server
