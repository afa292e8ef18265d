#pragma once
/// What the server knows of the program: bytes in, bytes out.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "async/task.hpp"

namespace countersign::server {

/// A whole request. Views and the body live until `handle` returns.
struct Request {
  std::string_view method;
  std::string_view target;  ///< path and query, as sent
  std::string_view content_type;
  std::string_view body;
  std::size_t spare = 0;  ///< bytes after the body that may be read (not written)
  std::chrono::steady_clock::time_point received;  ///< when its first byte came
};

struct Reply {
  unsigned status = 200;
  std::string_view content_type = "application/json";
  std::string_view extra_headers;  ///< complete lines, each ending in CRLF; a literal
  std::string body;
  bool close = false;  ///< end the connection after it

  /// As new, but for the memory of its body.
  void clear() {
    std::string kept = std::move(body);
    kept.clear();
    *this = {};
    body = std::move(kept);
  }
};

/// One for each worker thread; requests of one worker interleave at its co_awaits.
class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  /// Must not throw; what it throws all the same is answered with HTTP 500.
  virtual asio::awaitable<void, Executor> handle(const Request& request, Reply& reply) = 0;
};

}  // namespace countersign::server
