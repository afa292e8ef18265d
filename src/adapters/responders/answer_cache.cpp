#include "adapters/responders/answer_cache.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace countersign::responders {

AnswerCache::Slot& AnswerCache::slot(const std::string& key) {
  if (const auto found = index_.find(key); found != index_.end()) {
    slots_.splice(slots_.begin(), slots_, found->second);
    return slots_.front();
  }
  slots_.push_front({.key = key});
  index_.emplace(key, slots_.begin());
  shrink();
  return slots_.front();
}

/// Forgets what was used least recently, never the first and never what is being fetched.
void AnswerCache::shrink() {
  auto at = slots_.end();
  while ((slots_.size() > limits_.entries || bytes_ > limits_.bytes) && at != slots_.begin()) {
    --at;
    if (at == slots_.begin()) return;
    if (at->fetching) continue;
    if (at->value) bytes_ -= at->value->bytes->size();
    index_.erase(at->key);
    at = slots_.erase(at);
  }
}

AnswerCache::Look AnswerCache::look(const std::string& key, Instant now) {
  const std::scoped_lock lock(mutex_);
  Slot& mine = slot(key);
  const bool paused = Clock::now() < mine.paused_until;
  const bool usable = mine.value && now <= mine.value->next_update;
  if (usable && (now < mine.refresh_at || mine.fetching || paused))
    return {.what = What::kUse, .value = mine.value};
  if (!usable && mine.fetching) return {.what = What::kWait};
  if (!usable && paused) return {.what = What::kFailed, .failure = mine.failure};
  mine.fetching = true;
  return {.what = What::kFetch, .value = usable ? mine.value : nullptr};
}

void AnswerCache::succeeded(const std::string& key, Value value, Instant now) {
  const std::scoped_lock lock(mutex_);
  Slot& mine = slot(key);
  mine.fetching = false;
  mine.paused_until = {};
  if (mine.value) bytes_ -= mine.value->bytes->size();
  mine.value = nullptr;
  if (value->bytes->size() > limits_.bytes / 2) return;
  const std::int64_t from = value->this_update.seconds;
  const std::int64_t late = from + (value->next_update.seconds - from) / 4 * 3;
  mine.refresh_at = {
      std::max(now.seconds + kMinFreshSeconds, std::min(late, now.seconds + limits_.fresh_seconds)),
      0};
  bytes_ += value->bytes->size();
  mine.value = std::move(value);
  shrink();
}

void AnswerCache::failed(const std::string& key, Error failure) {
  const std::scoped_lock lock(mutex_);
  Slot& mine = slot(key);
  mine.fetching = false;
  mine.failure = std::move(failure);
  mine.paused_until = Clock::now() + (mine.value ? kRefreshPause : kFailureLife);
}

void AnswerCache::abandoned(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = index_.find(key); found != index_.end()) found->second->fetching = false;
}

std::size_t AnswerCache::size() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(slots_, [](const Slot& each) { return each.value != nullptr; }));
}

}  // namespace countersign::responders
