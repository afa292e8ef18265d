#include "adapters/registry/capabilities.hpp"

namespace countersign::registry {
namespace {

constexpr double kSpread = 0.2;

/// `ttl` ± 20 %, so that not everything is asked anew at the same moment.
Deadline::Clock::duration spread(std::chrono::minutes ttl, double jitter) {
  const std::chrono::duration<double, std::ratio<60>> around =
      ttl * (1.0 - kSpread + 2 * kSpread * jitter);
  return std::chrono::duration_cast<Deadline::Clock::duration>(around);
}

std::string key_of(std::string_view registry, std::string_view repository) {
  return std::string(registry) + " " + std::string(repository);
}

}  // namespace

bool Capabilities::has_none(std::string_view registry, std::string_view repository, Time now) {
  const std::scoped_lock lock(mutex_);
  const Entry* entry = entries_.find(key_of(registry, repository));
  return entry != nullptr && entry->none_until && now < *entry->none_until;
}

void Capabilities::gave_list(std::string_view registry, std::string_view repository) {
  const std::scoped_lock lock(mutex_);
  entries_.find_or_put(key_of(registry, repository)) = {
      .gave_list = true, .none_since = std::nullopt, .none_until = std::nullopt};
}

bool Capabilities::says_none(std::string_view registry, std::string_view repository, bool believed,
                             Time now, double jitter) {
  const std::scoped_lock lock(mutex_);
  Entry& entry = entries_.find_or_put(key_of(registry, repository));
  if (entry.gave_list) {
    if (!entry.none_since) entry.none_since = now;
    if (now - *entry.none_since < kGoneAfter) return false;
  }
  if (believed) {
    entry = {
        .gave_list = false, .none_since = std::nullopt, .none_until = now + spread(kTtl, jitter)};
  }
  return true;
}

}  // namespace countersign::registry
