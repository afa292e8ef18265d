#pragma once
/// What verified a short while ago, so that an outage need not stop what is known to be right.
///
/// Source: decisions 1. Only for references by digest: a tag may have been moved. Only where
/// nothing was found against the image since: a verdict that denies forgets it, and other outages
/// than the five of `may_be_bridged` deny whatever was before. What was learnt counts for the same
/// trust, access and required annotations only. Left to the caller: whether an outage may be
/// bridged at all, and by what age (`enforcement.default.onOutage`, `.lastGoodAge`).

#include <chrono>
#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "base/lru_map.hpp"
#include "oci/image_reference.hpp"
#include "ports/access.hpp"
#include "verify/trust_material.hpp"
#include "verify/vocabulary.hpp"

namespace countersign::verify {

/// Shared by all workers and all generations; every member may be called on any thread.
class LastGood {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMaxImages = 10'000;
  /// Of one artifact. Beyond them the oldest go: each change of the policy makes new ones.
  static constexpr std::size_t kMaxConditions = 16;

  /// What else than the artifact a verdict depends on.
  struct Conditions {
    UserMetadata required = {};
    TrustId trust = {};
    ports::AccessId access = {};
    friend auto operator<=>(const Conditions&, const Conditions&) = default;
  };

  /// Beyond `max_images` what was not used for the longest time is forgotten.
  explicit LastGood(std::size_t max_images = kMaxImages,
                    std::function<Clock::time_point()> now = Clock::now);

  /// To be called with each verdict that verifying `image` under these conditions came to. What
  /// began before another verification of the artifact ended in a denial is older news than that.
  void learn(const oci::ImageReference& image, const Conditions& conditions, const Verdict& verdict,
             Clock::time_point began);

  /// How long ago the artifact of an outage verified under the same conditions, if it did within
  /// `max_age`.
  [[nodiscard]] std::optional<std::chrono::seconds> recall(const oci::ImageReference& image,
                                                           const Conditions& conditions,
                                                           Outcome outcome,
                                                           std::chrono::milliseconds max_age);

  /// Artifacts that are remembered, whatever their age.
  [[nodiscard]] std::size_t size() const;

 private:
  std::function<Clock::time_point()> now_;
  mutable std::mutex mutex_;
  /// By repository and digest, and by the conditions: when the verification began that verified it.
  using Times = std::map<Conditions, Clock::time_point>;
  LruMap<Times> verified_;
  LruMap<Clock::time_point> denied_;
};

}  // namespace countersign::verify
