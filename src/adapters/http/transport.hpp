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

#include "adapters/http/message.hpp"
#include "async/task.hpp"
#include "base/bytes.hpp"
#include "base/deadline.hpp"

namespace countersign::http {

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
