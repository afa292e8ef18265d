#include "commands/config_command.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "commands/exit_status.hpp"
#include "commands/snapshot.hpp"

namespace countersign::commands {

int check_configurations(const std::vector<std::string>& files) {
  int status = kAdmitted;
  for (const std::string& file : files) {
    const auto snapshot = load_snapshot(file);
    if (!snapshot) {
      std::fputs(snapshot.problems().to_string().c_str(), stderr);
      status = kBadConfiguration;
      continue;
    }
    for (const std::string& warning : (*snapshot)->warnings)
      fmt::print("{}: warning: {}\n", file, warning);
    fmt::print("{}: ok\n", file);
  }
  return status;
}

}  // namespace countersign::commands
