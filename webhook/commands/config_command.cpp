#include "commands/config_command.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "commands/exit_status.hpp"
#include "runtime/generation.hpp"

namespace countersign::commands {

int check_configurations(const std::vector<std::string>& files) {
  int status = kAdmitted;
  for (const std::string& file : files) {
    const auto generation = runtime::load_generation(file);
    if (!generation) {
      std::fputs(generation.problems().to_string().c_str(), stderr);
      status = kBadConfiguration;
      continue;
    }
    for (const std::string& warning : (*generation)->warnings)
      fmt::print("{}: warning: {}\n", file, warning);
    fmt::print("{}: ok\n", file);
  }
  return status;
}

}  // namespace countersign::commands
