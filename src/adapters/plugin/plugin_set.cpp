#include "adapters/plugin/plugin_set.hpp"

#include <algorithm>

namespace countersign::plugin {

const Plugin* PluginSet::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(plugins_, name, &Plugin::name);
  return found == plugins_.end() ? nullptr : &*found;
}

std::optional<PluginSet::Place> PluginSet::take_place() const noexcept {
  if (taken_.fetch_add(1) < kMaxProcesses) return Place(*this);
  taken_.fetch_sub(1);
  return std::nullopt;
}

}  // namespace countersign::plugin
