#pragma once
/// One HTTP exchange, with every limit that its user needs. The only door to libcurl stands behind
/// it.
///
/// Source: oci-registry 5.1 to 5.10, 6.

#include "adapters/http/message.hpp"
#include "async/task.hpp"
#include "base/deadline.hpp"

namespace countersign::http {

/// Errors carry the ids of oci-registry 0.4 as reasons ("CONNECT_FAILED", "TLS_UNTRUSTED",
/// "TOO_LARGE", …) and the outcome of decisions, "Error ids of oci-registry as outcomes". All calls
/// are made on the one thread that the implementation belongs to.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  virtual Task<Response> send(Request request, Deadline deadline) = 0;
};

/// What can also hand over an answer that never ends, as a watch is.
class StreamTransport : public Transport {
 public:
  /// As `send`, but the body of a successful answer goes to `sink`, which outlives the call, and
  /// is not in the answer that this returns. Only the answer's begin must come within
  /// `request.timeout`; after that it may be silent until the deadline. `request.max_body` bounds
  /// what is handed over in all.
  virtual Task<Response> stream(Request request, BodySink& sink, Deadline deadline) = 0;
};

}  // namespace countersign::http
