#pragma once
/// A request and its answer, as values: no Asio, no libcurl.
///
/// Source: oci-registry 5.1 to 5.10.

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "adapters/http/route.hpp"
#include "adapters/http/url.hpp"
#include "base/secret.hpp"

namespace countersign::http {

enum class Method : std::uint8_t { kGet, kHead, kPost, kPut, kPatch, kDelete };
/// "GET", …
[[nodiscard]] std::string_view name(Method method) noexcept;

struct Request {
  Method method = Method::kGet;
  Url url;
  Route route = {};
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// The value of the Authorization header, which is wiped wherever it is copied to; empty: none.
  Secret authorization = {};
  std::string body = {};     ///< POST, PUT and PATCH only
  std::size_t max_body = 0;  ///< bytes of the answer; more is "TOO_LARGE"
  /// Until the answer begins; its body may take as long again. Never past the deadline.
  std::chrono::milliseconds timeout{4000};
  bool fresh_connection =
      false;  ///< not one of the pool: the last one stalled or led to the wrong server
  /// Set if there was a connection to send it over, whatever came of it. Null: nobody asks.
  bool* was_sent = nullptr;
};

struct Response {
  long status = 0;
  /// Name in lower case; several of one name stay several. Without trailers, 1xx and CONNECT
  /// headers.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string redirect_url;  ///< absolute target of a 3xx, empty if there is none
};

/// Who gets the body of an answer piece by piece.
class BodySink {
 public:
  BodySink() = default;
  BodySink(const BodySink&) = delete;
  BodySink& operator=(const BodySink&) = delete;
  virtual ~BodySink() = default;

  /// The next bytes of a successful answer, on the worker's thread. No more are read before this
  /// returns. False: it is enough, and the exchange ends well.
  virtual bool on_body(std::string_view piece) = 0;
};

}  // namespace countersign::http
