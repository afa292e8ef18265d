#pragma once
/// A server on this machine that answers as a test wants.

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace countersign::http {

/// Answers "ok" to every request, but never to those for "/silent". One thread; ends with the
/// object.
class LoopbackServer {
 public:
  /// Answers one request, whose head it is given, on the connection.
  using Answer = std::function<void(int peer, const std::string& head)>;

  explicit LoopbackServer(Answer answer = {})
      : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 64), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept_all(); });
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;
  ~LoopbackServer() {
    stopping_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  [[nodiscard]] std::string name() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] unsigned connections() const { return connections_; }
  /// The head of the last request.
  [[nodiscard]] std::string last_request() const {
    const std::lock_guard lock(mutex_);
    return last_request_;
  }

 private:
  void accept_all() {
    std::vector<std::thread> threads;
    for (;;) {
      const int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0 || stopping_) break;
      ++connections_;
      threads.emplace_back([this, peer] { serve(peer); });
    }
    for (std::thread& each : threads) each.join();
  }
  void serve(int peer) {
    const timeval limit{.tv_sec = 5, .tv_usec = 0};
    ::setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    std::string buffer;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::recv(peer, piece.data(), piece.size(), 0)) > 0;) {
      buffer.append(piece.data(), static_cast<std::size_t>(got));
      for (std::size_t end = 0; (end = buffer.find("\r\n\r\n")) != std::string::npos;
           buffer.erase(0, end + 4)) {
        note(buffer.substr(0, end));
        if (answer_) {
          answer_(peer, buffer.substr(0, end));
          continue;
        }
        if (buffer.find("/silent") < end) continue;
        constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        ::send(peer, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
      }
    }
    ::close(peer);
  }

  void note(std::string head) {
    const std::lock_guard lock(mutex_);
    last_request_ = std::move(head);
  }

  Answer answer_;
  int listener_;
  mutable std::mutex mutex_;
  std::string last_request_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<unsigned> connections_ = 0;
  std::thread thread_;
};

}  // namespace countersign::http
