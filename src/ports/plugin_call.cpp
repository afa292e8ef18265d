#include "ports/plugin_call.hpp"

namespace countersign::ports {

std::string_view name(PluginCommand command) noexcept {
  return command == PluginCommand::kGetMetadata ? "get-plugin-metadata" : "verify-signature";
}

}  // namespace countersign::ports
