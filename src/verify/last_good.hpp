#pragma once
/// What verified a short while ago, so that an outage need not stop what is known to be right.
///
/// Source: decisions 1. Only for references by digest: a tag may have been moved. Only where
/// nothing was found against the image since: a verdict that denies forgets it, and other outages
/// than the four of `may_be_bridged` deny whatever was before. What a verdict depends on but for
/// the image (trust policy and stores, plugins) must not change during its life: one for each
/// generation of the configuration. Left to the caller: whether an outage may be bridged at all
/// (`enforcement.default.onOutage`).

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>

#include "base/lru_map.hpp"
#include "oci/image_reference.hpp"
#include "verify/vocabulary.hpp"

namespace countersign::verify {

/// Shared by all workers; every member may be called on any thread.
class LastGood {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMaxImages = 10'000;

  /// What is older than `max_age` counts no more. Beyond `max_images` what was not used for the
  /// longest time is forgotten.
  explicit LastGood(std::chrono::milliseconds max_age, std::size_t max_images = kMaxImages,
                    std::function<Clock::time_point()> now = Clock::now);

  /// To be called with each verdict that verifying `image` with these conditions came to. What
  /// began before another verification of the artifact ended in a denial is older news than that.
  void learn(const oci::ImageReference& image, const UserMetadata& required, const Verdict& verdict,
             Clock::time_point began);

  /// Notes in the verdict of an outage how long ago the same artifact verified under the same
  /// conditions, if it did. Its outcome stays what it is.
  void recall(const oci::ImageReference& image, const UserMetadata& required, Verdict& verdict);

  /// Artifacts that are remembered, whatever their age.
  [[nodiscard]] std::size_t size() const;

 private:
  std::chrono::milliseconds max_age_;
  std::function<Clock::time_point()> now_;
  mutable std::mutex mutex_;
  /// By repository and digest, and by the conditions: when the verification began that verified it.
  using Times = std::map<UserMetadata, Clock::time_point>;
  LruMap<Times> verified_;
  LruMap<Clock::time_point> denied_;
};

}  // namespace countersign::verify
