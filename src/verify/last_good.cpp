#include "verify/last_good.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace countersign::verify {
namespace {

/// Of one artifact in one repository, which decides about the trust policy statement.
std::string key_of(const oci::ImageReference& image, std::string_view digest) {
  return image.name() + "@" + std::string(digest);
}

/// Whether something else was found against one of the signatures than that annotations are
/// missing.
bool is_refuted(const Verdict& verdict) {
  return std::ranges::any_of(verdict.signatures, [](const SignatureReport& each) {
    return class_of(each.outcome) == OutcomeClass::kVerdict &&
           each.outcome != Outcome::kMetadataMismatch;
  });
}

bool has_revoked(const Verdict& verdict) {
  return std::ranges::any_of(verdict.signatures, [](const SignatureReport& each) {
    return each.outcome == Outcome::kRevoked;
  });
}

}  // namespace

LastGood::LastGood(std::size_t max_images, std::function<Clock::time_point()> now)
    : now_(std::move(now)), verified_(max_images), denied_(max_images) {}

void LastGood::learn(const oci::ImageReference& image, const Conditions& conditions,
                     const Verdict& verdict, Clock::time_point began) {
  if (verdict.digest.empty()) return;
  const bool verified = verdict.outcome == Outcome::kVerified;
  if (!verified && (class_of(verdict.outcome) != OutcomeClass::kVerdict || verdict.is_tentative))
    return;
  const std::string key = key_of(image, verdict.digest);
  const std::scoped_lock lock(mutex_);
  if (verified) {
    const Clock::time_point* denied = denied_.find(key);
    if (denied != nullptr && began <= *denied) return;
    // What verified under other conditions may have done so by the signature that is revoked now.
    if (has_revoked(verdict)) verified_.erase(key);
    Times& times = verified_.find_or_put(key);
    times.insert_or_assign(conditions, began);
    if (times.size() > kMaxConditions) {
      times.erase(
          std::ranges::min_element(times, {}, [](const auto& each) { return each.second; }));
    }
  } else if (verdict.outcome != Outcome::kMetadataMismatch || is_refuted(verdict)) {
    verified_.erase(key);  // first: what follows needs memory
    denied_.put(key, now_());
  } else if (Times* times = verified_.find(key)) {
    times->erase(conditions);  // others ask for other annotations
  }
}

std::optional<std::chrono::seconds> LastGood::recall(const oci::ImageReference& image,
                                                     const Conditions& conditions, Outcome outcome,
                                                     std::chrono::milliseconds max_age) {
  if (!image.digest() || !may_be_bridged(outcome)) return std::nullopt;
  const std::scoped_lock lock(mutex_);
  const Times* times = verified_.find(key_of(image, image.digest()->to_string()));
  if (times == nullptr) return std::nullopt;
  const auto when = times->find(conditions);
  if (when == times->end()) return std::nullopt;
  const auto ago = now_() - when->second;
  if (ago > max_age) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(ago);
}

std::size_t LastGood::size() const {
  const std::scoped_lock lock(mutex_);
  return verified_.size();
}

}  // namespace countersign::verify
