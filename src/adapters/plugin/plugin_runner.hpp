#pragma once
/// Runs the listed plugins as child processes: one process for one command, which gets its request
/// on standard input and has until its deadline to end.
///
/// Whatever becomes of the answer, a process that was started is killed with its whole group and
/// waited for. Nothing here blocks the worker but the start of a process. SIGPIPE must be ignored:
/// a plugin need not read its request.
///
/// Source: Notary Project, Plugin Extensibility, "Plugin contract"; docs/plugins.md.

#include <memory>

#include "adapters/plugin/plugin_set.hpp"
#include "async/clock.hpp"
#include "async/semaphore.hpp"
#include "ports/plugins.hpp"

namespace countersign::plugin {

/// One for each worker; runs on the executor of whoever awaits it.
class PluginRunner {
 public:
  /// `processes`: the process's own bound. `clock` outlives it.
  PluginRunner(Semaphore processes, Clock& clock)
      : processes_(std::move(processes)), clock_(clock) {}

  /// As ports::Plugins, of the plugins of `plugins`. Ends when the process has.
  Task<ports::PluginOutput> run(std::shared_ptr<const PluginSet> plugins, ports::PluginCall call,
                                Deadline deadline);

 private:
  Semaphore processes_;
  Clock& clock_;
};

/// The plugins that one generation lists: what a verification runs.
class ListedPlugins final : public ports::Plugins {
 public:
  /// `runner` outlives it.
  ListedPlugins(PluginRunner& runner, std::shared_ptr<const PluginSet> plugins)
      : runner_(runner), plugins_(std::move(plugins)) {}

  [[nodiscard]] bool has(std::string_view plugin) const override {
    return plugins_ != nullptr && plugins_->find(plugin) != nullptr;
  }
  Task<ports::PluginOutput> run(ports::PluginCall call, Deadline deadline) override {
    return runner_.run(plugins_, std::move(call), deadline);
  }

 private:
  PluginRunner& runner_;
  std::shared_ptr<const PluginSet> plugins_;
};

}  // namespace countersign::plugin
