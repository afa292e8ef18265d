#include "runtime/webhook.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <thread>
#include <utility>

#include "async/wakeup.hpp"

namespace countersign::runtime {
namespace {

asio::awaitable<void, Executor> beat(std::atomic<std::int64_t>& heartbeat, Clock& clock) {
  constexpr std::chrono::seconds kInterval{1};
  bool alive = true;
  while (alive) {
    heartbeat = seconds_of(clock);
    alive = co_await sleep_for(clock, kInterval);
  }
}

}  // namespace

/// SIGTERM and SIGINT, for as long as it lives.
class Webhook::Signalled {
 public:
  explicit Signalled(const Executor& executor) : set(executor, SIGTERM, SIGINT) {}
  asio::basic_signal_set<Executor> set;
};

Webhook::Webhook(GenerationPtr generation, const ops::Log& log, const Options& options)
    : generation_(std::move(generation)),
      log_(log),
      options_(options),
      clock_(*options.clock),
      metrics_(options.version, options.commit),
      heartbeats_(std::max(options.workers, 1U)),
      served_generation_(generation_->number),
      control_(log, clock_),
      news_of_end_(control_.loop().get_executor(), clock_) {
  state_.last_request_ended = news_of_end_.remote();
  state_.limits = options.limits;
  ops_state_.limits = options.limits;
}

/// All tasks end before anything that they refer to: sessions are the workers', the probes' are the
/// control loop's.
Webhook::~Webhook() {
  control_.end();
  workers_.end();
}

Status Webhook::open() {
  const auto& server = generation_->configuration.server;
  COUNTERSIGN_TRY(const auto tls, make_tls());
  server::Endpoint admission{.address = server.address->host, .port = server.address->port};
  COUNTERSIGN_CHECK(server::check_port_is_free(admission));
  // Before anybody can reach us: a signal that comes while the rest is made ready waits for its
  // reader.
  if (options_.signals == Signals::kStop)
    signalled_ = std::make_unique<Signalled>(control_.loop().get_executor());
  for (std::size_t i = 0; i < heartbeats_.size(); ++i) {
    COUNTERSIGN_CHECK(open_worker(admission, tls));
    heartbeats_[i] = seconds_of(clock_);
  }
  COUNTERSIGN_CHECK(open_probes());
  metrics_.set_config_generation(generation_->number, clock_.utc().seconds);
  log_.info("server.listening")
      .field("address", admission.address)
      .field("port", admission.port)
      .field("opsAddress", server.ops->host)
      .field("opsPort", ops_listener_->port())
      .field("workers", workers_.size())
      .field("certificateNotAfter", not_after_);
  return ok();
}

Status Webhook::open_worker(server::Endpoint& admission,
                            std::shared_ptr<server::ssl::context> tls) {
  Worker& worker = workers_.add(generation_, log_, {.metrics = &metrics_, .clock = &clock_});
  handlers_.push_back(std::make_unique<AdmissionHandler>(worker.reviews()));
  listeners_.push_back(std::make_unique<server::Listener>(worker.tasks(), state_, *handlers_.back(),
                                                          std::move(tls)));
  COUNTERSIGN_CHECK(listeners_.back()->open(admission, server::Listener::Sharing::kReusePort));
  admission.port = listeners_.back()->port();
  return ok();
}

Status Webhook::open_probes() {
  const auto& server = generation_->configuration.server;
  ops_handler_ = std::make_unique<OpsHandler>(
      OpsHandler::Facts{.server = &state_,
                        .heartbeats = &heartbeats_,
                        .in_flight = &workers_.in_flight(),
                        .metrics = &metrics_,
                        .configuration_file = generation_->configuration.file,
                        .generation = &served_generation_,
                        .certificate_not_after = not_after_,
                        .clock = &clock_});
  const server::Endpoint ops{.address = server.ops->host, .port = server.ops->port};
  ops_listener_ =
      std::make_unique<server::Listener>(control_.tasks(), ops_state_, *ops_handler_, nullptr);
  return ops_listener_->open(ops, server::Listener::Sharing::kAlone);
}

void Webhook::run() {
  for (const auto& listener : listeners_) listener->start();
  ops_listener_->start();
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    workers_[i].tasks().keep_running("heartbeat",
                                     [this, i] { return beat(heartbeats_[i], clock_); });
  }
  if (signalled_) control_.tasks().keep_running("signals", [this] { return await_signal(); });
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < workers_.size(); ++i)
    threads.emplace_back([this, i] { run_loop(workers_[i].io(), log_); });
  run_loop(control_.loop(), log_);
}

Result<std::shared_ptr<server::ssl::context>> Webhook::make_tls() {
  server::ServingCertificate certificate;
  if (generation_->serving) {
    certificate = {generation_->serving->certificate_pem, generation_->serving->key_pem};
  } else {
    COUNTERSIGN_TRY(certificate,
                    server::make_self_signed(generation_->configuration.server.address->host));
    COUNTERSIGN_TRY(bundle_, CaBundle::write(certificate.certificate_pem));
    log_.warn("server.self_signed_certificate")
        .field("message", "no server.tls is configured: a self-signed certificate was made")
        .field("caBundle", bundle_.path());
  }
  COUNTERSIGN_TRY(const Instant not_after, server::not_after_of(certificate.certificate_pem));
  not_after_ = format_rfc3339(not_after);
  metrics_.set_certificate_not_after("serving", not_after.seconds);
  return server::make_tls_context(certificate);
}

void Webhook::publish(const GenerationPtr& generation) {
  served_generation_ = generation->number;
  workers_.publish(generation);
  metrics_.set_config_generation(generation->number, clock_.utc().seconds);
}

void Webhook::stop(Haste haste) {
  asio::post(control_.loop(), [this, haste] {
    if (std::exchange(stopping_, true)) {
      hurried_ = true;
      news_of_end_.wake();
      return;
    }
    control_.tasks().spawn("shutdown", shut_down(haste));
  });
}

/// Runs `what` on every worker's own thread.
template <class What>
void Webhook::on_every_worker(What what) {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    asio::post(workers_[i].io(), [listener = listeners_[i].get(), what] { what(*listener); });
  }
}

asio::awaitable<void, Executor> Webhook::await_signal() {
  while (true) {
    const auto [error, signal] = co_await signalled_->set.async_wait(kTuple);
    if (error) co_return;
    if (!stopping_)
      log_.info("server.draining").field("signal", signal == SIGINT ? "SIGINT" : "SIGTERM");
    stop(signal == SIGINT ? Haste::kNow : Haste::kDrain);
  }
}

/// Until the time comes, or `enough` after there was news of the end.
asio::awaitable<void, Executor> Webhook::wait_until(Clock::TimePoint when,
                                                    bool (Webhook::*enough)() const) {
  while (!(this->*enough)()) {
    const Wakeup::Why why = co_await news_of_end_.wait(when);
    if (why != Wakeup::Why::kWoken) co_return;
  }
}

/// kubernetes-admission 4.6: readiness off at once; accepting and answering go on for the drain
/// time, as endpoints take a while to learn of our end; then what is under way is finished, and
/// the rest is closed.
asio::awaitable<void, Executor> Webhook::shut_down(Haste haste) {
  state_.draining = true;
  if (haste == Haste::kDrain) {
    const auto until = clock_.now() + state_.limits.drain;
    co_await wait_until(until, &Webhook::is_hurried);
  }
  on_every_worker([](server::Listener& listener) {
    listener.stop_accepting();
    listener.close_idle();
  });
  const auto give_up = clock_.now() + state_.limits.handle_timeout;
  co_await wait_until(give_up, &Webhook::is_idle_or_hurried);
  workers_.in_flight().cancel_all();
  on_every_worker([](server::Listener& listener) { listener.close_all(); });
  ops_listener_->stop_accepting();
  ops_listener_->close_all();
  log_.info("server.stopped").field("version", options_.version);
  end_loops();
}

void Webhook::end_loops() {
  if (signalled_) signalled_->set.cancel();
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i].io().stop();
  control_.loop().stop();
}

}  // namespace countersign::runtime
