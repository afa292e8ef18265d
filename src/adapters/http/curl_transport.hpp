#pragma once
/// HTTP over libcurl, for one worker: all work happens on the one thread of its io_context.
///
/// Source: oci-registry 5.1, 5.2, 5.6 to 5.9, 5.13, 5.14, 6.2 (option profile). One connection pool
/// for each purpose and set of trust roots (decisions 15), so that a connection made under one
/// right is never used under another. Redirects are never followed here. The environment is never
/// consulted; there is no proxy. Left to `main`: ignoring SIGPIPE.

#include <memory>

#include "adapters/http/transport.hpp"
#include "async/clock.hpp"

namespace countersign {
class BackRoom;
}

namespace countersign::http {

class CurlTransport final : public StreamTransport {
 public:
  /// Costs nothing until the first exchange. `context` outlives this object, and so do the others.
  /// Trust anchors are read in the back room, or in place if there is none.
  explicit CurlTransport(asio::io_context& context, BackRoom* back_room = nullptr,
                         Clock& clock = real_clock());
  /// Exchanges that still run end with reason "CANCELLED" when the context next runs.
  ~CurlTransport() override;

  /// Errors: as `Transport`; besides "CANCELLED" (this object ended first), "QUEUED"
  /// (`kOverloaded`: our own connection limit was the hold-up) and, for bugs, "HTTP_CLIENT".
  Task<Response> send(Request request, Deadline deadline) override;
  Task<Response> stream(Request request, BodySink& sink, Deadline deadline) override;

 private:
  class Impl;
  static Task<Response> exchange(std::shared_ptr<Impl> impl, Request request, BodySink* sink,
                                 Deadline deadline);
  std::shared_ptr<Impl> impl_;
};

}  // namespace countersign::http
