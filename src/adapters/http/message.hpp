#pragma once
/// A request and its answer, as values: no Asio, no libcurl.
///
/// Source: oci-registry 5.1 to 5.10.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/secret.hpp"

namespace countersign::http {

struct Settings;

enum class Method : std::uint8_t { kGet, kHead, kPost };

/// Why a URL is asked: decides which addresses may be contacted (oci-registry 5.6) and keeps
/// connection pools apart.
enum class Purpose : std::uint8_t { kRegistry, kToken, kRedirect, kRevocation };

struct Request {
  Method method = Method::kGet;
  std::string url;  ///< absolute, http or https
  std::vector<std::pair<std::string, std::string>> headers;
  /// The value of the Authorization header, which is wiped wherever it is copied to; empty: none.
  Secret authorization = {};
  std::string body;  ///< POST only
  Purpose purpose = Purpose::kRegistry;
  /// How peers are reached: of the generation that this is done for. Null: the transport's default.
  std::shared_ptr<const Settings> peers = nullptr;
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

}  // namespace countersign::http
