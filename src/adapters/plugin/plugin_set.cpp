#include "adapters/plugin/plugin_set.hpp"

#include <algorithm>

namespace countersign::plugin {

const Plugin* PluginSet::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(plugins_, name, &Plugin::name);
  return found == plugins_.end() ? nullptr : &*found;
}

}  // namespace countersign::plugin
