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
#include "ports/plugins.hpp"

namespace countersign::plugin {

/// One for each worker; runs on the executor of whoever awaits it.
class PluginRunner final : public ports::Plugins {
 public:
  explicit PluginRunner(std::shared_ptr<const PluginSet> plugins) : plugins_(std::move(plugins)) {}

  [[nodiscard]] bool has(std::string_view plugin) const override;
  Task<ports::PluginOutput> run(ports::PluginCall call, Deadline deadline) override;

 private:
  std::shared_ptr<const PluginSet> plugins_;
};

}  // namespace countersign::plugin
