#pragma once
/// Which repositories have the referrers API. Only orders questions, and tells an outage from
/// "none".
///
/// Source: oci-registry 3.2, 3.7; decisions 32, 46. Kept by registry and repository: what one
/// repository answers says nothing of its neighbours. Shared by all workers; any thread may call.
/// Time and randomness are arguments.

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/deadline.hpp"
#include "base/lru_map.hpp"

namespace countersign::registry {

class Capabilities {
 public:
  using Time = Deadline::Clock::time_point;

  static constexpr std::chrono::minutes kTtl{30};
  /// An API that once gave a list is gone when it has said so for this long.
  static constexpr std::chrono::minutes kGoneAfter{30};

  /// Whether this repository said lately that it has no API.
  [[nodiscard]] bool has_none(std::string_view registry, std::string_view repository, Time now);
  /// It gave a list.
  void gave_list(std::string_view registry, std::string_view repository);
  /// It says that it has no API. False: it gave a list before, and has not said so for long, so
  /// that this is no answer but an outage. `believed`: it says so as a registry does; only then it
  /// is remembered. `jitter` is from 0 to 1.
  [[nodiscard]] bool says_none(std::string_view registry, std::string_view repository,
                               bool believed, Time now, double jitter);

 private:
  struct Entry {
    bool gave_list = false;
    std::optional<Time> none_since;  ///< after it gave a list
    std::optional<Time> none_until;  ///< remembered as having none
  };
  static constexpr std::size_t kMaxEntries = 4096;

  std::mutex mutex_;
  LruMap<Entry> entries_{kMaxEntries};
};

}  // namespace countersign::registry
