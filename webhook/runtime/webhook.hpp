#pragma once
/// The running webhook: workers, listeners, the control loop, and the order of its end.
///
/// Source: kubernetes-admission 2.1, 4.5, 4.6; docs/architecture.md, "Running model".

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "async/wakeup.hpp"
#include "base/result.hpp"
#include "ops/log.hpp"
#include "ops/metrics.hpp"
#include "runtime/ca_bundle.hpp"
#include "runtime/control.hpp"
#include "runtime/generation.hpp"
#include "runtime/http_handlers.hpp"
#include "runtime/worker_pool.hpp"
#include "server/server.hpp"

namespace countersign::runtime {

class Webhook {
 public:
  enum class Signals : std::uint8_t { kIgnored, kStop };  ///< SIGTERM and SIGINT
  struct Options {
    unsigned workers = 1;
    Signals signals = Signals::kStop;
    Clock* clock = &real_clock();
    server::Limits limits = {};
    std::string version = {};
    std::string commit = {};
  };

  /// `log` and the clock outlive it.
  Webhook(GenerationPtr generation, const ops::Log& log, const Options& options);
  /// After `run` has returned.
  ~Webhook();
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  /// Makes everything ready, and listens. Errors: an operator's mistake.
  Status open();
  /// Serves until it is stopped. Once, after `open`.
  void run();

  /// From any thread, while it runs.
  enum class Haste : std::uint8_t {
    kDrain,  ///< as SIGTERM: endpoints take a while to learn of our end
    kNow,    ///< as SIGINT: somebody at a terminal waits
  };
  void stop(Haste haste);
  /// A new configuration: reviews that come use it. From any thread, while it runs.
  void publish(const GenerationPtr& generation);

  [[nodiscard]] std::uint16_t port() const { return listeners_.front()->port(); }
  [[nodiscard]] std::uint16_t ops_port() const { return ops_listener_->port(); }

 private:
  class Signalled;
  Result<std::shared_ptr<server::ssl::context>> make_tls();
  Status open_worker(server::Endpoint& admission, std::shared_ptr<server::ssl::context> tls);
  Status open_probes();
  template <class What>
  void on_every_worker(What what);
  [[nodiscard]] bool is_hurried() const { return hurried_; }
  [[nodiscard]] bool is_idle_or_hurried() const { return hurried_ || state_.requests.load() == 0; }
  asio::awaitable<void, Executor> wait_until(Clock::TimePoint when,
                                             bool (Webhook::*enough)() const);
  asio::awaitable<void, Executor> await_signal();
  asio::awaitable<void, Executor> shut_down(Haste haste);
  void end_loops();

  GenerationPtr generation_;
  const ops::Log& log_;
  Options options_;
  Clock& clock_;
  ops::Metrics metrics_;
  Heartbeats heartbeats_;
  server::ServerState state_;
  server::ServerState ops_state_;
  std::atomic<std::uint64_t> served_generation_;
  std::string not_after_;
  CaBundle bundle_;
  std::vector<std::unique_ptr<AdmissionHandler>> handlers_;
  std::unique_ptr<OpsHandler> ops_handler_;
  bool stopping_ = false;  ///< on the control loop, as the two below
  bool hurried_ = false;   ///< a second signal ended the patience
  WorkerPool workers_;     ///< after what its tasks refer to, before what lives on its loops
  Control control_;
  Wakeup news_of_end_;  ///< on the control loop
  std::unique_ptr<Signalled> signalled_;
  std::vector<std::unique_ptr<server::Listener>> listeners_;
  std::unique_ptr<server::Listener> ops_listener_;
};

/// Processors that this process may use: the affinity mask, and the quota of its control group.
[[nodiscard]] unsigned worker_count();

}  // namespace countersign::runtime
