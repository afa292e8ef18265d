#pragma once
/// A connection as steps that never wait: each does what can be done at once and says what to wait
/// for. A session awaits only when it must, and a request that has arrived whole is read with one
/// call.
///
/// Waiting for input is reading: Asio's epoll reactor asks the kernel anew for each wait without a
/// buffer, but not for a read that has something to read into.
///
/// Private to this module: shows Asio.

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "async/task.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace countersign::server {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

/// What a step came to.
struct Progress {
  enum class State : std::uint8_t {
    kDone,           ///< `bytes` were moved; at least one, if there was one to move
    kWaitsForInput,  ///< nothing done; again when more has come
    kWaitsForRoom,   ///< nothing done; again, with the same arguments, when the socket is writable
    kEnded,          ///< by the other side, or broken: nothing further will work
  };
  State state = State::kEnded;
  std::size_t bytes = 0;
};

/// A connection. Lives and dies on one thread.
class Stream {
 public:
  Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  virtual ~Stream() = default;

  /// Before anything else, until it is done.
  virtual Progress handshake() = 0;
  virtual Progress read(std::span<char> to) = 0;
  /// Whether something has come and has not been read: then waiting for more may be waiting for
  /// ever.
  [[nodiscard]] virtual bool has_input() const = 0;
  virtual Progress write(std::span<const char> from) = 0;
  /// Says goodbye and waits for the other side's, until it is done.
  virtual Progress shutdown() = 0;

  /// Until there is what `progress` waits for, the end of the input included. False if the wait was
  /// cut short by close() or cancel(), or if there is nothing to wait for.
  virtual asio::awaitable<bool, Executor> ready(Progress progress) = 0;
  /// Ends the sending half, and throws away what comes until the other side closes, or close()
  /// does.
  virtual asio::awaitable<void, Executor> linger() = 0;

  [[nodiscard]] virtual bool is_open() const = 0;
  virtual void close() noexcept = 0;
  /// Ends a wait that is under way.
  virtual void cancel() noexcept = 0;
};

/// Over a connected socket.
class SocketStream : public Stream {
 public:
  explicit SocketStream(Socket socket);

  [[nodiscard]] bool has_input() const override { return !arrived_.empty(); }
  asio::awaitable<bool, Executor> ready(Progress progress) final;
  asio::awaitable<void, Executor> linger() final;
  [[nodiscard]] bool is_open() const final { return socket_.is_open(); }
  void close() noexcept final;
  void cancel() noexcept final;

 protected:
  /// What has come, at most `to` holds; without system calls.
  Progress take(std::span<char> to);
  /// At once, as much as the socket has room for.
  Progress transmit(std::span<const char> from);

 private:
  Socket socket_;
  std::vector<char> incoming_;     ///< empty until the first wait for input
  std::span<const char> arrived_;  ///< of `incoming_`, what has not been taken
  bool ended_ = false;             ///< nothing comes after `arrived_`
};

class PlainStream final : public SocketStream {
 public:
  using SocketStream::SocketStream;
  Progress handshake() override { return {.state = Progress::State::kDone}; }
  Progress read(std::span<char> to) override;
  Progress write(std::span<const char> from) override;
  Progress shutdown() override { return {.state = Progress::State::kDone}; }
};

class TlsStream final : public SocketStream {
 public:
  /// What OpenSSL does with its buffers, some 20 KiB, when there is nothing in them. To allocate
  /// them for each request costs time.
  enum class Buffers : std::uint8_t { kKept, kReleased };

  /// Throws std::bad_alloc if OpenSSL has no memory. `context` may go afterwards.
  TlsStream(Socket socket, ssl_ctx_st* context, Buffers buffers);
  Progress handshake() override;
  Progress read(std::span<char> to) override;
  [[nodiscard]] bool has_input() const override;
  Progress write(std::span<const char> from) override;
  Progress shutdown() override;

 private:
  /// How OpenSSL reaches the socket.
  struct Bio;
  struct Free {
    void operator()(ssl_st* tls) const noexcept;
  };
  Progress after(int result);

  std::unique_ptr<ssl_st, Free> tls_;
};

}  // namespace countersign::server
