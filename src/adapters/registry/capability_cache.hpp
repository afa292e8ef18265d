#pragma once
/// Which registries have the referrers API. Only a hint that saves requests.
///
/// Source: oci-registry 3.7. Never learnt from errors, 401 or NAME_UNKNOWN. Pure: time and
/// randomness are arguments.

#include <chrono>
#include <string_view>

#include "base/deadline.hpp"
#include "base/lru_map.hpp"

namespace countersign::registry {

enum class Capability : std::uint8_t { kUnknown, kSupported, kUnsupported };

class CapabilityCache {
 public:
  using Time = Deadline::Clock::time_point;

  static constexpr std::chrono::minutes kUnsupportedTtl{30};
  static constexpr std::chrono::minutes kBlockedTtl{5};  ///< a firewall's 403

  [[nodiscard]] Capability find(std::string_view origin, std::string_view repository, Time now);
  void learn_supported(std::string_view origin, Time now, double jitter);
  /// Where the origin is known to support it, only this repository is remembered, for ten minutes.
  void learn_unsupported(std::string_view origin, std::string_view repository,
                         std::chrono::minutes ttl, Time now, double jitter);

 private:
  struct Entry {
    Capability capability = Capability::kUnknown;
    Time until;
  };
  static constexpr std::size_t kMaxEntries = 4096;

  [[nodiscard]] static Capability read(const Entry* entry, Time now) {
    return entry != nullptr && now < entry->until ? entry->capability : Capability::kUnknown;
  }

  LruMap<Entry> origins_{kMaxEntries};
  LruMap<Entry> repositories_{kMaxEntries};
};

}  // namespace countersign::registry
