#pragma once
/// Who runs verification plugins. Implemented by adapters/plugin (programs), and by fakes in tests.
///
/// Source: Notary Project, Plugin Extensibility, "Plugin contract". An implementation lives on one
/// thread, that of its loop.

#include <string_view>

#include "async/task.hpp"
#include "base/deadline.hpp"
#include "ports/plugin_call.hpp"

namespace countersign::ports {

/// The verification plugins that the operator lists.
class Plugins {
 public:
  Plugins() = default;
  Plugins(const Plugins&) = delete;
  Plugins& operator=(const Plugins&) = delete;
  virtual ~Plugins() = default;

  /// By exact name.
  [[nodiscard]] virtual bool has(std::string_view plugin) const = 0;

  /// Runs a plugin that is listed. Errors: `kPluginRequired` if it cannot be run as it was listed,
  /// or says too much; `kDeadlineExceeded`; `kOverloaded` if too many plugins run already.
  virtual Task<PluginOutput> run(PluginCall call, Deadline deadline) = 0;
};

}  // namespace countersign::ports
