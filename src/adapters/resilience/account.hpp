#pragma once
/// On whose behalf a request is sent: what an answer says is held against these alone.
///
/// Source: oci-registry 5.10 ("whose fault it is"); decisions 32.

#include <cstdint>
#include <string>

#include "ports/observer.hpp"

namespace countersign::resilience {

/// What servers limit apart from each other.
enum class Category : std::uint8_t { kReferrers, kRead, kToken };

struct Account {
  std::string registry;    ///< identity; also a metric's label
  std::string repository;  ///< within it
  std::string credential;  ///< id of the credential, never the credential itself
  Category category = Category::kRead;
  ports::ExchangeKind kind = ports::ExchangeKind::kResolve;  ///< for metrics
};

}  // namespace countersign::resilience
