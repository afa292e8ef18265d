#pragma once
/// What is learnt of registries, and is true for every worker and every generation.
///
/// Source: decisions 32. Its parts have locks of their own.

#include "adapters/registry/capabilities.hpp"
#include "adapters/resilience/health_book.hpp"

namespace countersign::registry {

struct Memory {
  resilience::HealthBook health;
  Capabilities capabilities;
};

}  // namespace countersign::registry
