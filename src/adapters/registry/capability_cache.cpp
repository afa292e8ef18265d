#include "adapters/registry/capability_cache.hpp"

#include <string>

namespace countersign::registry {
namespace {

constexpr std::chrono::hours kSupportedTtl{24};
constexpr std::chrono::minutes kRepositoryTtl{10};
constexpr double kSpread = 0.2;

/// `ttl` ± 20 %, so that not every worker asks anew at the same moment.
Deadline::Clock::duration spread(std::chrono::minutes ttl, double jitter) {
  const std::chrono::duration<double, std::ratio<60>> around =
      ttl * (1.0 - kSpread + 2 * kSpread * jitter);
  return std::chrono::duration_cast<Deadline::Clock::duration>(around);
}

std::string repository_key(std::string_view origin, std::string_view repository) {
  return std::string(origin) + " " + std::string(repository);
}

}  // namespace

Capability CapabilityCache::find(std::string_view origin, std::string_view repository, Time now) {
  const Capability own = read(repositories_.find(repository_key(origin, repository)), now);
  return own != Capability::kUnknown ? own : read(origins_.find(origin), now);
}

void CapabilityCache::learn_supported(std::string_view origin, Time now, double jitter) {
  origins_.put(std::string(origin), {Capability::kSupported, now + spread(kSupportedTtl, jitter)});
}

void CapabilityCache::learn_unsupported(std::string_view origin, std::string_view repository,
                                        std::chrono::minutes ttl, Time now, double jitter) {
  if (read(origins_.find(origin), now) == Capability::kSupported) {
    repositories_.put(repository_key(origin, repository),
                      {Capability::kUnsupported, now + kRepositoryTtl});
    return;
  }
  origins_.put(std::string(origin), {Capability::kUnsupported, now + spread(ttl, jitter)});
}

}  // namespace countersign::registry
