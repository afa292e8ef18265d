#pragma once
/// Everything that one worker thread owns: its loop, its HTTP client, its registry client, its
/// engine, its reader of reviews. Nothing of it is shared with other workers but what stands behind
/// const or its own lock.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string_view>

#include "adapters/http/curl_transport.hpp"
#include "adapters/plugin/plugin_runner.hpp"
#include "adapters/registry/registry_client.hpp"
#include "adapters/responders/responders.hpp"
#include "commands/image_verifier.hpp"
#include "commands/review_service.hpp"
#include "commands/snapshot.hpp"
#include "ops/log.hpp"
#include "ops/metrics.hpp"
#include "ports/observer.hpp"
#include "verify/in_flight.hpp"

namespace countersign::commands {

struct WorkerOptions {
  std::function<Instant()> now = Instant::now;
  std::size_t max_signatures = 100;
  ops::Metrics* metrics = nullptr;
  /// Instead of a registry over HTTP; for `--oci-layout`. Outlives the worker.
  ports::Registry* source = nullptr;
};

class Worker {
 public:
  /// All references must outlive it.
  Worker(std::shared_ptr<const Snapshot> snapshot, verify::InFlight& in_flight, const ops::Log& log,
         const WorkerOptions& options);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  [[nodiscard]] asio::io_context& io() noexcept { return io_; }
  [[nodiscard]] ImageVerifier& verifier() noexcept { return verifier_; }
  [[nodiscard]] ReviewService& reviews() noexcept { return reviews_; }

 private:
  class Counter;
  asio::io_context io_{1};
  std::shared_ptr<const Snapshot> snapshot_;
  std::unique_ptr<Counter> counter_;
  http::CurlTransport transport_;
  registry::RegistryClient client_;
  plugin::PluginRunner plugins_;
  responders::Responders responders_;
  verify::Engine engine_;
  ImageVerifier verifier_;
  ReviewService reviews_;
};

}  // namespace countersign::commands
