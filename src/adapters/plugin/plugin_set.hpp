#pragma once
/// The plugins that the operator lists, each with its program opened and checked. Built once;
/// shared by all workers.

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/plugin/program.hpp"

namespace countersign::plugin {

/// Plugin processes of the whole program at one time, however many workers and generations there
/// are.
inline constexpr std::size_t kMaxProcesses = 16;

struct Plugin {
  std::string name;
  Program program;
  std::vector<std::string> environment;     ///< "NAME=value": all that it gets
  std::chrono::milliseconds timeout{5000};  ///< of one command
};

class PluginSet {
 public:
  /// Names are unique.
  explicit PluginSet(std::vector<Plugin> plugins) : plugins_(std::move(plugins)) {}
  PluginSet(const PluginSet&) = delete;
  PluginSet& operator=(const PluginSet&) = delete;

  /// Null if it is not listed. Lives as long as the set.
  [[nodiscard]] const Plugin* find(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<Plugin>& plugins() const noexcept { return plugins_; }

 private:
  std::vector<Plugin> plugins_;
};

}  // namespace countersign::plugin
