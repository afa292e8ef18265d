#pragma once
/// Reading chosen members of a parsed JSON object in one pass. Private to this module: shows
/// simdjson.
///
/// simdjson's DOM checks a document's syntax, but keeps duplicate members; nothing here is read
/// twice in two ways, so a duplicate of any key, wanted or not, is an error.

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace countersign::admission {

namespace dom = simdjson::dom;

/// The keys of one object seen so far.
class KeySet {
 public:
  void clear() {
    count_ = 0;
    seen_ = 0;
    more_.clear();
  }
  /// False if `key` is certainly there already. Objects of many keys are judged by `duplicate` at
  /// their end.
  [[nodiscard]] bool add(std::string_view key) {
    if (count_ == kSmall) {
      more_.push_back(key);
      return true;
    }
    const std::uint64_t bit = std::uint64_t{1} << hash(key);
    if ((seen_ & bit) != 0) {
      for (std::size_t i = 0; i < count_; ++i) {
        if (keys_[i] == key) return false;
      }
    }
    seen_ |= bit;
    keys_[count_++] = key;
    return true;
  }
  /// A key that `add` let pass twice. To be called once, at the end.
  [[nodiscard]] std::optional<std::string_view> duplicate() {
    if (more_.empty()) return std::nullopt;
    more_.insert(more_.end(), keys_.begin(), keys_.end());
    std::ranges::sort(more_);
    const auto twice = std::ranges::adjacent_find(more_);
    if (twice == more_.end()) return std::nullopt;
    return *twice;
  }

 private:
  static constexpr std::size_t kSmall = 48;

  /// One of 64: keys of one object mostly differ in length, first or last character.
  static unsigned hash(std::string_view key) {
    if (key.empty()) return 0;
    const char* const text = key.data();
    const auto at = [&](std::size_t i) -> unsigned { return static_cast<std::uint8_t>(text[i]); };
    return (static_cast<unsigned>(key.size()) * 7 + at(0) * 5 + at(key.size() / 2) * 3 +
            at(key.size() - 1)) %
           64;
  }

  std::size_t count_ = 0;
  std::uint64_t seen_ = 0;
  std::array<std::string_view, kSmall> keys_;
  std::vector<std::string_view> more_;
};

/// A member that was looked for. Null and absent are the same, as everywhere in Kubernetes.
struct Member {
  dom::element value;
  bool present = false;
  bool twice = false;
};

template <std::size_t N>
using Members = std::array<Member, N>;

/// The members of `object` that are called as in `names`. Returns a key that stands there twice, if
/// any does; what was `found` under other keys is still right.
template <std::size_t N>
[[nodiscard]] std::optional<std::string_view> pick(KeySet& keys, dom::object object,
                                                   const std::array<std::string_view, N>& names,
                                                   Members<N>& found) {
  static_assert(N <= 32);
  std::optional<std::string_view> twice;
  std::uint32_t seen = 0;
  keys.clear();
  for (const auto& [key, value] : object) {
    if (!keys.add(key) && !twice) twice = key;
    for (std::size_t i = 0; i < N; ++i) {
      if (key != names[i]) continue;
      const std::uint32_t bit = std::uint32_t{1} << i;
      found[i] = {.value = value, .present = !value.is_null(), .twice = (seen & bit) != 0};
      seen |= bit;
      break;
    }
  }
  return twice ? twice : keys.duplicate();
}

/// Where something stands: put together only when an error needs it.
struct Place {
  std::string_view root;    ///< "request.object"
  std::string_view member;  ///< "metadata.name", or empty

  Place(const char* text) : root(text) {}       // NOLINT(google-explicit-constructor)
  Place(std::string_view text) : root(text) {}  // NOLINT(google-explicit-constructor)
  Place(std::string_view object, std::string_view path) : root(object), member(path) {}
  [[nodiscard]] std::string text() const;
};

/// What is wrong once the uid is known: answered with a denial, not refused.
[[nodiscard]] Error unsupported(Reason reason, Place where, std::string_view what);
[[nodiscard]] Error duplicate(Place where, std::string_view key);

/// "" if absent. Errors: `unsupported`.
Result<std::string_view> string_of(const Member& member, Place where);
/// Nothing if absent. Errors: `unsupported`.
Result<std::optional<dom::object>> object_of(const Member& member, Place where);

/// As `pick`. Errors: `duplicate`.
template <std::size_t N>
Status pick_members(KeySet& keys, dom::object object, const std::array<std::string_view, N>& names,
                    Members<N>& found, Place where) {
  if (const auto twice = pick(keys, object, names, found)) return duplicate(where, *twice);
  return ok();
}

}  // namespace countersign::admission
