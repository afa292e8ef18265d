#include "server/stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <new>

#include "base/timer.hpp"

namespace countersign::server {
namespace {

using State = Progress::State;

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

/// A count that OpenSSL's int can hold.
int as_int(std::size_t count) {
  return static_cast<int>(std::min(count, static_cast<std::size_t>(INT_MAX)));
}

ssize_t receive(Socket& socket, void* to, std::size_t count) {
  ssize_t got = 0;
  do {
    got = ::recv(socket.native_handle(), to, count, MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  return got;
}

ssize_t transmit(Socket& socket, const void* from, std::size_t count) {
  ssize_t sent = 0;
  do {
    sent = ::send(socket.native_handle(), from, count, MSG_DONTWAIT | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent;
}

/// OpenSSL's own socket BIO asks for a descriptor, which may be another connection's after a close,
/// and its write raises SIGPIPE. This one asks the Asio socket each time.
Socket& socket_of(BIO* bio) { return *static_cast<Socket*>(BIO_get_data(bio)); }

int bio_read(BIO* bio, char* to, int count) {
  BIO_clear_retry_flags(bio);
  const ssize_t got = receive(socket_of(bio), to, static_cast<std::size_t>(count));
  if (got < 0 && would_block(errno)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

int bio_write(BIO* bio, const char* from, int count) {
  BIO_clear_retry_flags(bio);
  const ssize_t sent = transmit(socket_of(bio), from, static_cast<std::size_t>(count));
  if (sent < 0 && would_block(errno)) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

long bio_control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// Made once and kept until the process ends, as OpenSSL's own methods are.
BIO_METHOD* socket_method() {
  static BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "countersign socket");
    if (method == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(method, &bio_read);
    BIO_meth_set_write(method, &bio_write);
    BIO_meth_set_ctrl(method, &bio_control);
    return method;
  }();
  return kMethod;
}

/// SSL_get_error judges by the thread's error queue, which must be empty before.
void clear_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace

Stream::Stream(Socket socket) : socket_(std::move(socket)) {}

asio::awaitable<bool, Executor> Stream::ready(Progress progress) {
  if (progress.state != State::kWaitsForInput && progress.state != State::kWaitsForRoom) {
    co_return false;
  }
  if (!socket_.is_open()) co_return false;
  const auto wait =
      progress.state == State::kWaitsForInput ? Socket::wait_read : Socket::wait_write;
  const auto [error] = co_await socket_.async_wait(wait, kTuple);
  co_return !error && socket_.is_open();
}

Progress PlainStream::read(std::span<char> to) {
  const ssize_t got = receive(socket(), to.data(), to.size());
  if (got > 0) return {.state = State::kDone, .bytes = static_cast<std::size_t>(got)};
  return {.state = got < 0 && would_block(errno) ? State::kWaitsForInput : State::kEnded};
}

Progress PlainStream::write(std::span<const char> from) {
  const ssize_t sent = transmit(socket(), from.data(), from.size());
  if (sent >= 0) return {.state = State::kDone, .bytes = static_cast<std::size_t>(sent)};
  return {.state = would_block(errno) ? State::kWaitsForRoom : State::kEnded};
}

void TlsStream::Free::operator()(ssl_st* tls) const noexcept { SSL_free(tls); }

TlsStream::TlsStream(Socket socket, ssl_ctx_st* context)
    : Stream(std::move(socket)), tls_(SSL_new(context)) {
  BIO* bio = tls_ ? BIO_new(socket_method()) : nullptr;
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_data(bio, &this->socket());
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_.get(), bio, bio);  // takes the one reference
  SSL_set_accept_state(tls_.get());
  SSL_set_read_ahead(tls_.get(), 1);  // header and content of a record with one system call
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

bool TlsStream::has_input() const { return SSL_has_pending(tls_.get()) == 1; }

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
