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

LastGood::LastGood(std::chrono::milliseconds max_age, std::size_t max_images,
                   std::function<Clock::time_point()> now)
    : max_age_(max_age), now_(std::move(now)), verified_(max_images), denied_(max_images) {}

void LastGood::learn(const oci::ImageReference& image, const UserMetadata& required,
                     const Verdict& verdict, Clock::time_point began) {
  if (verdict.digest.empty()) return;
  const bool verified = verdict.outcome == Outcome::kVerified;
  if (!verified && class_of(verdict.outcome) != OutcomeClass::kVerdict) return;
  const std::string key = key_of(image, verdict.digest);
  const std::scoped_lock lock(mutex_);
  if (verified) {
    const Clock::time_point* denied = denied_.find(key);
    if (denied != nullptr && began <= *denied) return;
    // What verified under other conditions may have done so by the signature that is revoked now.
    if (has_revoked(verdict)) verified_.erase(key);
    verified_.find_or_put(key).insert_or_assign(required, began);
  } else if (verdict.outcome != Outcome::kMetadataMismatch || is_refuted(verdict)) {
    verified_.erase(key);  // first: what follows needs memory
    denied_.put(key, now_());
  } else if (Times* times = verified_.find(key)) {
    times->erase(required);  // others ask for other annotations
  }
}

void LastGood::recall(const oci::ImageReference& image, const UserMetadata& required,
                      Verdict& verdict) {
  verdict.verified_ago.reset();
  if (!image.digest() || !may_be_bridged(verdict.outcome)) return;
  const std::scoped_lock lock(mutex_);
  const Times* times = verified_.find(key_of(image, image.digest()->to_string()));
  if (times == nullptr) return;
  const auto when = times->find(required);
  if (when == times->end()) return;
  const auto ago = now_() - when->second;
  if (ago > max_age_) return;
  verdict.verified_ago = std::chrono::duration_cast<std::chrono::seconds>(ago);
}

std::size_t LastGood::size() const {
  const std::scoped_lock lock(mutex_);
  return verified_.size();
}

}  // namespace countersign::verify
