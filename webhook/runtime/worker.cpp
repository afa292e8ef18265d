#include "runtime/worker.hpp"

#include <utility>

#include "runtime/control.hpp"

namespace countersign::runtime {

/// Exchanges as metrics. Registries that the configuration does not name are one label: others
/// choose their names.
class Worker::Counter final : public ports::Observer {
 public:
  Counter(const GenerationPtr& current, ops::Metrics* metrics)
      : current_(current), metrics_(metrics) {}
  void on_exchange(std::string_view registry, ports::ExchangeKind kind, long status,
                   std::chrono::steady_clock::duration duration) noexcept override {
    if (metrics_ == nullptr) return;
    const std::string_view entry = current_->endpoints->entry_of(registry);
    try {
      metrics_->count_exchange(entry.empty() ? "other" : entry, name(kind), status,
                               std::chrono::duration<double>(duration).count());
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
  const GenerationPtr& current_;
  ops::Metrics* metrics_;
};

namespace {

registry::Options client_options(registry::Memory& memory, ports::Observer* observer,
                                 Clock* clock) {
  registry::Options options;
  options.memory = &memory;
  options.clock = clock;
  options.observer = observer;
  return options;
}

}  // namespace

Worker::Worker(Stores& stores, GenerationPtr generation, const ops::Log& log,
               const WorkerOptions& options)
    : current_(std::move(generation)),
      counter_(std::make_unique<Counter>(current_, options.metrics)),
      transport_(loop_, &stores.back_room, *options.clock),
      registries_(transport_, tasks_,
                  client_options(stores.registries, counter_.get(), options.clock)),
      plugins_(stores.plugin_processes, *options.clock),
      responders_(transport_, stores.revocation, stores.back_room, tasks_, counter_.get(),
                  *options.clock),
      engine_(options.now, *options.clock),
      verifier_({.engine = engine_,
                 .registries = registries_,
                 .source = options.source,
                 .responders = responders_,
                 .plugins = plugins_,
                 .stores = stores,
                 .tasks = tasks_}),
      reviews_(current_, verifier_, log, options.metrics, *options.clock),
      tasks_(loop_.get_executor(), *options.clock, sink_of(log)) {}

Worker::~Worker() { end(); }

void Worker::end() {
  if (!std::exchange(ended_, true)) end_tasks(loop_, tasks_);
}

}  // namespace countersign::runtime
