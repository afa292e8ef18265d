#pragma once
/// One libcurl transfer: its handle, its options and everything that they point to. Internal to
/// adapters/http.

#include <curl/curl.h>

#include <array>
#include <memory>
#include <vector>

#include "adapters/http/address_policy.hpp"
#include "adapters/http/curl_error.hpp"
#include "adapters/http/tls_roots.hpp"
#include "adapters/http/transport.hpp"
#include "async/clock.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): OpenSSL's own name.
struct ssl_ctx_st;

namespace countersign::http {

/// Idle easy handles, reset before each use. Not thread-safe.
class HandlePool {
 public:
  HandlePool() = default;
  HandlePool(const HandlePool&) = delete;
  HandlePool& operator=(const HandlePool&) = delete;
  ~HandlePool();
  /// Null only if memory is exhausted.
  [[nodiscard]] CURL* take();
  void give_back(CURL* easy) noexcept;

  /// Bodies that are being received may hold this much together, so that many large answers cannot
  /// exhaust the process.
  static constexpr std::size_t kMaxBodyBytes = std::size_t{128} * 1024 * 1024;
  /// False if that would be exceeded; then nothing is taken.
  [[nodiscard]] bool take_bytes(std::size_t count) noexcept;
  void give_back_bytes(std::size_t count) noexcept { body_bytes_ -= count; }

 private:
  std::size_t body_bytes_ = 0;
  std::vector<CURL*> idle_;
};

struct TransferOptions {
  Request request;
  SharedStore roots;                  ///< null where nothing is verified
  BodySink* sink = nullptr;           ///< gets the body of a success; null: it is kept
  std::chrono::milliseconds timeout;  ///< until the answer begins
  std::chrono::milliseconds longest;  ///< in all
  Deadline deadline;
  Clock* clock = nullptr;
};

/// Lives from before the handle is added to a multi handle until after it was removed.
class Transfer {
 public:
  /// Errors: `kInternalError`, reason "HTTP_CLIENT": a header that cannot be sent, or an option
  /// that libcurl refuses.
  static Result<std::unique_ptr<Transfer>> make(TransferOptions options,
                                                std::shared_ptr<HandlePool> pool);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  [[nodiscard]] CURL* easy() const noexcept { return easy_; }
  /// Whether an answer has begun to come.
  [[nodiscard]] bool has_begun() const noexcept { return facts_.headers_seen; }
  /// What came of it.
  [[nodiscard]] Result<Response> finish(CURLcode code);

 private:
  Transfer(TransferOptions options, std::shared_ptr<HandlePool> pool);

  Status set_options();
  void set_method();
  void set_limits();
  void begin_body();
  Status set_headers();
  Status add_header(const std::string& line);
  void set_tls();
  void require_name(ssl_ctx_st* context) const;
  template <class T>
  void set(CURLoption option, T value);

  static std::size_t on_header(char* data, std::size_t size, std::size_t count,
                               void* self) noexcept;
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) noexcept;
  static curl_socket_t on_open_socket(void* self, curlsocktype type,
                                      curl_sockaddr* address) noexcept;
  static int on_before_request(void* self, char* remote, char* local, int remote_port,
                               int local_port) noexcept;
  static CURLcode on_ssl_context(CURL* easy, void* context, void* self) noexcept;

  [[nodiscard]] bool is_success() const noexcept;
  [[nodiscard]] bool accept_header(std::string_view line);
  [[nodiscard]] bool accept_body(std::string_view piece);
  [[nodiscard]] Status check_framing(const Response& response) const;
  void read_headers(Response* response) const;

  TransferOptions options_;
  std::shared_ptr<HandlePool> pool_;
  CURL* easy_ = nullptr;
  curl_slist* header_list_ = nullptr;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  TransferFacts facts_;
  CURLoption refused_option_ = CURLOPT_LASTENTRY;
  std::string body_;
  std::size_t header_bytes_ = 0;
  std::size_t header_lines_ = 0;
  std::size_t body_seen_ = 0;
  std::size_t body_held_ = 0;  ///< what this transfer took of the pool's bytes
  bool cut_ = false;           ///< by us, who had enough of the body
  bool reached_peer_ = false;
};

}  // namespace countersign::http
