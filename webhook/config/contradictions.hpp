#pragma once
/// Settings that are each well formed and make no sense together.

#include "config/configuration.hpp"
#include "config/problems.hpp"

namespace countersign::config {

/// `configuration` may lack entries that other problems have been told about; what is there is
/// checked.
void check_contradictions(const Configuration& configuration, Problems& problems);

}  // namespace countersign::config
