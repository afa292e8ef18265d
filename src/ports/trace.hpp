#pragma once
/// What one verification costs, noted by those who take its steps.

#include <cstddef>
#include <string>
#include <vector>

namespace countersign::ports {

/// What the steps of one verification cost, and what the registry says to its users meanwhile,
/// noted by whoever takes them.
struct Trace {
  static constexpr std::size_t kMaxWarnings = 2;

  unsigned exchanges = 0;             ///< HTTP requests sent, tokens and retries included
  std::vector<std::string> warnings;  ///< each once, safe to show
  std::size_t warning_bytes = 0;      ///< received so far, shown or not
};

}  // namespace countersign::ports
