#pragma once
/// Everything that one worker thread owns: its loop, its HTTP client, its registry client, its
/// engine, its reader of reviews. Machinery only: it takes the generation as an argument, and
/// shares nothing with other workers but the Stores.

#include <functional>
#include <memory>

#include "adapters/http/curl_transport.hpp"
#include "adapters/plugin/plugin_runner.hpp"
#include "adapters/registry/registry_client.hpp"
#include "adapters/responders/responders.hpp"
#include "async/loop.hpp"
#include "async/task_set.hpp"
#include "ops/log.hpp"
#include "ops/metrics.hpp"
#include "runtime/generation.hpp"
#include "runtime/image_verifier.hpp"
#include "runtime/review_service.hpp"
#include "runtime/stores.hpp"
#include "verify/engine.hpp"

namespace countersign::runtime {

struct WorkerOptions {
  std::function<Instant()> now = Instant::now;  ///< that signatures are judged by
  ops::Metrics* metrics = nullptr;
  /// Instead of a registry over HTTP; for `--oci-layout`. Outlives the worker.
  ports::Registry* source = nullptr;
  Clock* clock = &real_clock();  ///< outlives it
};

class Worker {
 public:
  /// `stores` and `log` outlive it.
  Worker(Stores& stores, GenerationPtr generation, const ops::Log& log,
         const WorkerOptions& options);
  /// No thread runs its loop any more. Ends what is under way, and waits for it.
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  [[nodiscard]] asio::io_context& io() noexcept { return loop_; }
  [[nodiscard]] TaskSet& tasks() noexcept { return tasks_; }
  [[nodiscard]] ImageVerifier& verifier() noexcept { return verifier_; }
  [[nodiscard]] ReviewService& reviews() noexcept { return reviews_; }

  /// What reviews that come use from now on. On the worker's thread, or before it runs.
  void use(GenerationPtr generation) { current_ = std::move(generation); }
  [[nodiscard]] const GenerationPtr& generation() const noexcept { return current_; }

  /// Cancels all that is under way on its loop, and runs the loop until it has ended. Once.
  void end();

 private:
  class Counter;
  Loop loop_;
  GenerationPtr current_;
  std::unique_ptr<Counter> counter_;
  http::CurlTransport transport_;
  registry::RegistryMachinery registries_;
  plugin::PluginRunner plugins_;
  responders::Responders responders_;
  verify::Engine engine_;
  ImageVerifier verifier_;
  ReviewService reviews_;
  bool ended_ = false;
  /// Last: its tasks refer to everything above.
  TaskSet tasks_;
};

}  // namespace countersign::runtime
