#include "commands/serve.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <thread>

#include "async/timer.hpp"
#include "base/text.hpp"
#include "commands/exit_status.hpp"
#include "commands/http_handlers.hpp"
#include "commands/snapshot.hpp"
#include "commands/version.hpp"
#include "commands/worker_pool.hpp"
#include "server/server.hpp"

namespace countersign::commands {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kGeneration = 1;  // of the configuration, which is read once

/// Processors that this process may use: the affinity mask, and the quota of its control group.
unsigned worker_count() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  unsigned count = std::thread::hardware_concurrency();
  if (sched_getaffinity(0, sizeof mask, &mask) == 0)
    count = static_cast<unsigned>(CPU_COUNT(&mask));
  std::ifstream quota_file("/sys/fs/cgroup/cpu.max");
  double quota = 0;
  double period = 0;
  if (quota_file >> quota >> period && quota > 0 && period > 0) {
    count = std::min(count, static_cast<unsigned>(quota / period + 0.999));
  }
  constexpr unsigned kMaxWorkers = 64;
  return std::clamp(count, 1U, kMaxWorkers);
}

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

/// Where a caller finds the certificate that we made up.
Result<std::string> write_ca_bundle(const std::string& pem) {
  std::error_code error;
  std::string folder =
      (std::filesystem::temp_directory_path(error) / "countersign-XXXXXX").string();
  if (error || mkdtemp(folder.data()) == nullptr) {
    return Error(Outcome::kInternalError, "CA_BUNDLE", "cannot make a folder for the CA bundle");
  }
  const std::string path = folder + "/ca.crt";
  std::ofstream file(path, std::ios::binary);
  file << pem;
  file.close();
  if (!file) return Error(Outcome::kInternalError, "CA_BUNDLE", "cannot write " + path);
  return path;
}

asio::awaitable<void, Executor> beat(std::atomic<std::int64_t>& heartbeat, Executor executor) {
  constexpr std::chrono::seconds kInterval{1};
  Timer timer(executor);
  while (true) {
    heartbeat =
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now().time_since_epoch()).count();
    timer.expires_after(kInterval);
    const auto [error] = co_await timer.async_wait(kTuple);
    if (error) co_return;
  }
}

/// The running webhook: workers, listeners, and the order of its end.
class Webhook {
 public:
  Webhook(std::shared_ptr<const Snapshot> snapshot, const ops::Log& log)
      : snapshot_(std::move(snapshot)),
        log_(log),
        metrics_(version(), commit()),
        heartbeats_(worker_count()),
        workers_(snapshot_->configuration.limits.verification) {}

  ~Webhook() {
    listeners_.clear();
    if (!bundle_.empty()) {
      std::error_code ignored;
      std::filesystem::remove_all(std::filesystem::path(bundle_).parent_path(), ignored);
    }
  }
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  Status open() {
    const auto& server = snapshot_->configuration.server;
    COUNTERSIGN_TRY(const auto tls, make_tls());
    server::Endpoint admission{.address = server.address->host, .port = server.address->port};
    COUNTERSIGN_CHECK(server::check_port_is_free(admission));
    for (std::size_t i = 0; i < heartbeats_.size(); ++i) {
      Worker& worker = workers_.add(
          snapshot_, log_,
          {.max_signatures = snapshot_->configuration.limits.signatures, .metrics = &metrics_});
      // Before anybody can reach us: a signal that comes while the rest is made ready waits for its
      // reader.
      if (!signals_) signals_.emplace(worker.io().get_executor(), SIGTERM, SIGINT);
      handlers_.push_back(std::make_unique<AdmissionHandler>(worker.reviews()));
      listeners_.push_back(
          std::make_shared<server::Listener>(worker.io(), state_, *handlers_.back(), tls));
      COUNTERSIGN_CHECK(listeners_.back()->open(admission, server::Listener::Sharing::kReusePort));
      admission.port = listeners_.back()->port();
      heartbeats_[i] =
          std::chrono::duration_cast<std::chrono::seconds>(Clock::now().time_since_epoch()).count();
    }
    ops_handler_ = std::make_unique<OpsHandler>(
        OpsHandler::Facts{.server = &state_,
                          .heartbeats = &heartbeats_,
                          .in_flight = &workers_.in_flight(),
                          .metrics = &metrics_,
                          .configuration_file = snapshot_->configuration.file,
                          .generation = kGeneration,
                          .certificate_not_after = not_after_});
    const server::Endpoint ops{.address = server.ops->host, .port = server.ops->port};
    ops_listener_ =
        std::make_unique<server::Listener>(workers_[0].io(), ops_state_, *ops_handler_, nullptr);
    COUNTERSIGN_CHECK(ops_listener_->open(ops, server::Listener::Sharing::kAlone));
    metrics_.set_config_generation(kGeneration, Instant::now().seconds);
    log_.info("server.listening")
        .field("address", admission.address)
        .field("port", admission.port)
        .field("opsAddress", ops.address)
        .field("opsPort", ops_listener_->port())
        .field("workers", workers_.size())
        .field("certificateNotAfter", not_after_);
    return ok();
  }

  void run() {
    for (const auto& listener : listeners_) listener->start();
    ops_listener_->start();
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const Executor executor = workers_[i].io().get_executor();
      asio::co_spawn(executor, beat(heartbeats_[i], executor), asio::detached);
    }
    asio::co_spawn(workers_[0].io(), shut_down_on_signal(), asio::detached);
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < workers_.size(); ++i) {
      threads.emplace_back([this, i] { run(workers_[i]); });
    }
    run(workers_[0]);
  }

 private:
  /// Runs the worker's loop until it is stopped. What a handler throws, mostly for lack of memory,
  /// ends that handler and not the webhook.
  void run(Worker& worker) const noexcept {
    const ops::LogBatch batch(
        [&worker] { asio::post(worker.io(), [] { ops::LogBatch::flush_this_thread(); }); });
    while (true) {
      try {
        worker.io().run();
        return;
      } catch (const std::exception& exception) {
        report_failure(exception);
      }
    }
  }

  void report_failure(const std::exception& failure) const noexcept {
    try {
      log_.error("server.internal_error").field("message", printable(failure.what(), 200));
    } catch (const std::exception&) {
      // There is no memory for a line of log either.
    }
  }

  Result<std::shared_ptr<server::ssl::context>> make_tls() {
    server::ServingCertificate certificate;
    if (snapshot_->serving) {
      certificate = {snapshot_->serving->certificate_pem, snapshot_->serving->key_pem};
    } else {
      COUNTERSIGN_TRY(certificate,
                      server::make_self_signed(snapshot_->configuration.server.address->host));
      COUNTERSIGN_TRY(bundle_, write_ca_bundle(certificate.certificate_pem));
      log_.warn("server.self_signed_certificate")
          .field("message", "no server.tls is configured: a self-signed certificate was made")
          .field("caBundle", bundle_);
    }
    COUNTERSIGN_TRY(const Instant not_after, server::not_after_of(certificate.certificate_pem));
    not_after_ = format_rfc3339(not_after);
    metrics_.set_certificate_not_after("serving", not_after.seconds);
    return server::make_tls_context(certificate);
  }

  /// Runs `what` on every worker's own thread.
  template <class What>
  void on_every_worker(What what) {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      asio::post(workers_[i].io(), [listener = listeners_[i], what] { what(*listener); });
    }
  }

  /// Sleeps for `span`, or until `enough`.
  asio::awaitable<void, Executor> pause(std::chrono::milliseconds span, const bool& enough) {
    constexpr std::chrono::milliseconds kStep{50};
    Timer timer(workers_[0].io().get_executor());
    for (auto left = span; left.count() > 0 && !enough; left -= kStep) {
      timer.expires_after(std::min(left, kStep));
      const auto [error] = co_await timer.async_wait(kTuple);
      static_cast<void>(error);
    }
  }

  /// kubernetes-admission 4.6: readiness off at once; accepting and answering go on for the drain
  /// time, as endpoints take a while to learn of our end; then what is under way is finished, and
  /// the rest is closed.
  asio::awaitable<void, Executor> shut_down_on_signal() {
    const auto [error, signal] = co_await signals_->async_wait(kTuple);
    if (error) co_return;
    state_.draining = true;
    log_.info("server.draining").field("signal", signal == SIGINT ? "SIGINT" : "SIGTERM");
    bool again = false;  // a second signal ends the patience
    signals_->async_wait([&again](const boost::system::error_code& failure, int /*signal*/) {
      if (!failure) again = true;
    });
    if (signal == SIGTERM) {  // at SIGINT somebody at a terminal waits
      co_await pause(state_.limits.drain, again);
    }
    on_every_worker([](server::Listener& listener) {
      listener.stop_accepting();
      listener.close_idle();
    });
    constexpr std::chrono::milliseconds kStep{50};
    const auto give_up = Clock::now() + state_.limits.handle_timeout;
    while (state_.requests.load() > 0 && Clock::now() < give_up && !again) {
      co_await pause(kStep, again);
    }
    workers_.in_flight().cancel_all();
    on_every_worker([](server::Listener& listener) { listener.close_all(); });
    ops_listener_->stop_accepting();
    ops_listener_->close_all();
    again = false;
    co_await pause(kStep, again);
    signals_->cancel();
    log_.info("server.stopped").field("version", version());
    for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i].io().stop();
  }

  std::shared_ptr<const Snapshot> snapshot_;
  const ops::Log& log_;
  ops::Metrics metrics_;
  Heartbeats heartbeats_;
  server::ServerState state_;
  server::ServerState ops_state_;
  std::string not_after_;
  std::string bundle_;  ///< file in a folder of ours, which goes with us
  std::vector<std::unique_ptr<AdmissionHandler>> handlers_;
  std::unique_ptr<OpsHandler> ops_handler_;
  WorkerPool workers_;  ///< after what its coroutines refer to, before what lives on its loops
  std::optional<asio::basic_signal_set<Executor>> signals_;
  std::vector<std::shared_ptr<server::Listener>> listeners_;
  std::unique_ptr<server::Listener> ops_listener_;
};

ops::Level log_level(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::kDebug:
      return ops::Level::kDebug;
    case config::LogLevel::kInfo:
      return ops::Level::kInfo;
    case config::LogLevel::kWarn:
      return ops::Level::kWarn;
    case config::LogLevel::kError:
      return ops::Level::kError;
  }
  return ops::Level::kInfo;
}

}  // namespace

int serve(const std::string& configuration_file) {
  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  const auto snapshot = load_snapshot(configuration_file);
  if (!snapshot) {
    std::fputs(snapshot.problems().to_string().c_str(), stderr);
    return kBadConfiguration;
  }
  const config::LogConfig& settings = (*snapshot)->configuration.log;
  const auto sink = ops::make_stderr_sink(
      settings.format == config::LogFormat::kText ? ops::Format::kText : ops::Format::kJson);
  const ops::Log log(*sink, log_level(settings.level));
  log.info("server.starting")
      .field("version", version())
      .field("commit", commit())
      .field("configuration", configuration_file);
  for (const std::string& warning : (*snapshot)->warnings)
    log.warn("configuration.warning").field("message", warning);
  Webhook webhook(*snapshot, log);
  if (auto opened = webhook.open(); !opened) {
    log.error("server.cannot_start").field("message", opened.error().message());
    return kCannotStart;
  }
  webhook.run();
  return kAdmitted;
}

}  // namespace countersign::commands
