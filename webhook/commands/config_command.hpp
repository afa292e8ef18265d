#pragma once
/// `countersign config check`.

#include <string>
#include <vector>

namespace countersign::commands {

/// Reads what each file names and prints every problem. Returns the exit status.
int check_configurations(const std::vector<std::string>& files);

}  // namespace countersign::commands
