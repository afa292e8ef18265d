#pragma once
/// A map that forgets what was used least recently: tenants choose host names, so nothing that is
/// kept by host may grow without bound.

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace countersign {

template <class Value>
class LruMap {
 public:
  /// `capacity` is at least 1.
  explicit LruMap(std::size_t capacity) : capacity_(capacity) {}

  /// Null if there is none. Valid until the next `put` or `erase`.
  [[nodiscard]] Value* find(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return &found->second->second;
  }
  Value& put(std::string key, Value value) {
    erase(key);
    if (entries_.size() >= capacity_) erase(std::string(entries_.back().first));
    Entries added;  // if there is no memory, nothing is left half done
    added.emplace_front(std::move(key), std::move(value));
    index_.emplace(added.front().first, added.begin());
    entries_.splice(entries_.begin(), added);
    return entries_.front().second;
  }
  Value& find_or_put(std::string_view key) {
    Value* found = find(key);
    return found != nullptr ? *found : put(std::string(key), Value());
  }
  void erase(std::string_view key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return;
    const auto entry = found->second;
    index_.erase(found);
    entries_.erase(entry);
  }
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  using Entries = std::list<std::pair<std::string, Value>>;
  std::size_t capacity_;
  Entries entries_;
  std::unordered_map<std::string_view, typename Entries::iterator>
      index_;  // keys stand in entries_
};

}  // namespace countersign
