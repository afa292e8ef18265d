#pragma once
/// Every bound of the HTTPS server, with its reason.
/// Source: kubernetes-admission 1.8, 2.1, 4.6.

#include <chrono>
#include <cstddef>

namespace countersign::server {

/// As many as API servers have. When there are more, each keeps less memory between its requests.
inline constexpr std::size_t kFewConnections = 256;

struct Limits {
  std::size_t max_header_bytes = std::size_t{16} * 1024;
  /// An UPDATE carries two objects of up to 3 MiB each, and their envelope.
  std::size_t max_body_bytes = std::size_t{8} * 1024 * 1024;
  /// Of all request bodies that are being received or answered; more is HTTP 503 before the body is
  /// read.
  std::size_t max_body_bytes_in_flight = std::size_t{256} * 1024 * 1024;
  std::size_t max_connections = 4096;
  std::chrono::seconds handshake_timeout{10};
  /// From the first byte of a request to its last.
  std::chrono::seconds receive_timeout{10};
  /// Between requests. Must exceed the 90 s for which API servers keep idle connections.
  std::chrono::seconds idle_timeout{120};
  /// The API server allows 30 s at most; an answer is written well before that.
  std::chrono::seconds handle_timeout{35};
  std::chrono::seconds write_timeout{10};
  /// After a stop signal: answering goes on, connections are not kept.
  std::chrono::seconds drain{8};
};

}  // namespace countersign::server
