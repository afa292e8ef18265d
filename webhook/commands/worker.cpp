#include "commands/worker.hpp"

#include "adapters/http/settings.hpp"

namespace countersign::commands {

/// Exchanges as metrics. Registries that the configuration does not name are one label: others
/// choose their names.
class Worker::Counter final : public ports::Observer {
 public:
  Counter(const Snapshot& snapshot, ops::Metrics* metrics)
      : snapshot_(&snapshot), metrics_(metrics) {}
  void on_exchange(std::string_view registry, ports::ExchangeKind kind, long status,
                   std::chrono::steady_clock::duration duration) noexcept override {
    if (metrics_ == nullptr) return;
    const auto* settings = http::find_registry(snapshot_->registries, registry).settings;
    try {
      metrics_->count_exchange(settings != nullptr ? std::string_view(settings->match) : "other",
                               name(kind), status, std::chrono::duration<double>(duration).count());
    } catch (const std::exception&) {
      // A count is not worth a verification.
    }
  }
  void on_check(std::string_view method, revocation::Status status) noexcept override {
    if (metrics_ == nullptr) return;
    metrics_->count_revocation(method, status == revocation::Status::kGood      ? "good"
                                       : status == revocation::Status::kRevoked ? "revoked"
                                                                                : "unknown");
  }
  void on_cache(std::string_view cache, std::string_view result,
                std::size_t entries) noexcept override {
    if (metrics_ == nullptr) return;
    metrics_->count_cache(cache, result, entries);
  }

 private:
  const Snapshot* snapshot_;
  ops::Metrics* metrics_;
};

namespace {

registry::Options client_options(ports::Observer* observer) {
  registry::Options options;
  options.observer = observer;
  return options;
}

}  // namespace

Worker::Worker(std::shared_ptr<const Snapshot> snapshot, verify::InFlight& in_flight,
               const ops::Log& log, const WorkerOptions& options)
    : snapshot_(std::move(snapshot)),
      counter_(std::make_unique<Counter>(*snapshot_, options.metrics)),
      transport_(io_, snapshot_->registries),
      client_(transport_, snapshot_->registries, client_options(counter_.get())),
      plugins_(snapshot_->plugins),
      responders_(transport_, snapshot_->revocation, counter_.get()),
      engine_(options.source != nullptr ? *options.source : client_, snapshot_->trust,
              {.max_signatures = options.max_signatures,
               .now = options.now,
               .revocation = &responders_,
               .plugins = &plugins_}),
      verifier_(engine_, in_flight, snapshot_->last_good.get(),
                [snapshot = snapshot_](std::string_view registry) {
                  return http::find_registry(snapshot->registries, registry).settings != nullptr;
                }),
      reviews_(snapshot_, verifier_, log, options.metrics) {}

Worker::~Worker() = default;

}  // namespace countersign::commands
