#pragma once
/// Signed answers by what was asked, bounded by count and bytes, with one fetch at a time for each
/// question. Shared by all workers.
///
/// An answer is used until its nextUpdate, and fetched anew in the last quarter of its life: if
/// that fails, it is still there. A failure is remembered for seconds only.

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "x509/crl.hpp"

namespace countersign::responders {

/// Bytes that were received, and what was read of them if they are a CRL.
struct Answer {
  std::shared_ptr<const std::string> bytes;
  std::optional<x509::Crl> list{};  ///< its signature was verified
  Instant this_update;
  Instant next_update;
};

class AnswerCache {
 public:
  using Clock = std::chrono::steady_clock;
  using Value = std::shared_ptr<const Answer>;

  /// A question that failed is not asked again for so long; nor one that has an answer still.
  static constexpr std::chrono::seconds kFailureLife{3};
  static constexpr std::chrono::seconds kRefreshPause{30};
  /// An answer is not fetched anew earlier than this.
  static constexpr std::int64_t kMinFreshSeconds = 60;

  struct Limits {
    std::size_t entries;
    std::size_t bytes;
    std::int64_t fresh_seconds;  ///< fetched anew after this long at the latest
  };
  explicit AnswerCache(const Limits& limits) : limits_(limits) {}

  enum class What : std::uint8_t {
    kUse,     ///< `value` is the answer
    kFetch,   ///< fetch it, and say how that went; `value` may still do if it fails
    kWait,    ///< somebody else fetches it
    kFailed,  ///< `failure`, a moment ago
  };
  struct Look {
    What what = What::kFailed;
    Value value{};
    Error failure{};
  };
  Look look(const std::string& key, Instant now);

  /// The end of a fetch. An answer that is larger than half of the cache is used and not kept.
  void succeeded(const std::string& key, Value value, Instant now);
  void failed(const std::string& key, Error failure);
  void abandoned(const std::string& key);

  [[nodiscard]] std::size_t size() const;

 private:
  struct Slot {
    std::string key;
    Value value{};
    Instant refresh_at{};
    bool fetching = false;
    Clock::time_point paused_until{};
    Error failure{};
  };
  using Slots = std::list<Slot>;

  Slot& slot(const std::string& key);
  void shrink();

  Limits limits_;
  mutable std::mutex mutex_;
  Slots slots_;  ///< used last first
  std::unordered_map<std::string, Slots::iterator> index_;
  std::size_t bytes_ = 0;
};

/// The right and the duty to fetch one answer; let go without a word, somebody else may.
class Fetching {
 public:
  Fetching(std::shared_ptr<AnswerCache> cache, std::string key)
      : cache_(std::move(cache)), key_(std::move(key)) {}
  ~Fetching() {
    if (cache_) cache_->abandoned(key_);
  }
  Fetching(Fetching&&) = default;
  Fetching& operator=(Fetching&&) = delete;

  void succeeded(AnswerCache::Value value, Instant now) {
    std::exchange(cache_, nullptr)->succeeded(key_, std::move(value), now);
  }
  void failed(Error failure) { std::exchange(cache_, nullptr)->failed(key_, std::move(failure)); }

 private:
  std::shared_ptr<AnswerCache> cache_;
  std::string key_;
};

}  // namespace countersign::responders
