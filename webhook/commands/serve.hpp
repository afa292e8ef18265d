#pragma once
/// `countersign serve`: the webhook.

#include <string>

namespace countersign::commands {

/// Runs until SIGTERM or SIGINT. Returns the exit status.
int serve(const std::string& configuration_file);

}  // namespace countersign::commands
