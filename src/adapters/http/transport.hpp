#pragma once
/// One HTTP exchange, with every limit that the registry client needs. The only door to libcurl
/// stands behind it.
///
/// Source: oci-registry 5.1 to 5.10, 6.

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "async/task.hpp"
#include "base/bytes.hpp"
#include "base/deadline.hpp"

namespace countersign::http {

enum class Method : std::uint8_t { kGet, kHead, kPost };

/// Why a URL is asked: decides which addresses may be contacted (oci-registry 5.6) and keeps
/// connection pools apart.
enum class Purpose : std::uint8_t { kRegistry, kToken, kRedirect, kRevocation };

struct Request {
  Method method = Method::kGet;
  std::string url;  ///< absolute, http or https
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  ///< POST only
  Purpose purpose = Purpose::kRegistry;
  std::string registry;  ///< identity host[:port] of the registry that this is done for: TLS roots,
                         ///< rights to private addresses
  std::size_t max_body = 0;                 ///< bytes; more is "TOO_LARGE"
  std::chrono::milliseconds timeout{4000};  ///< of this exchange, never past the deadline
  bool fresh_connection =
      false;  ///< not one of the pool: the last one stalled or led to the wrong server
};

struct Response {
  long status = 0;
  /// Name in lower case; several of one name stay several. Without trailers, 1xx and CONNECT
  /// headers.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string redirect_url;  ///< absolute target of a 3xx, empty if there is none
};

/// Errors carry the ids of oci-registry 0.4 as reasons ("CONNECT_FAILED", "TLS_UNTRUSTED",
/// "TOO_LARGE", …) and the outcome of decisions, "Error ids of oci-registry as outcomes".
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  virtual Task<Response> send(Request request, Deadline deadline) = 0;
};

}  // namespace countersign::http
