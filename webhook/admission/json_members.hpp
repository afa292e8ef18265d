#pragma once
/// Reading chosen members of a parsed JSON object in one pass. Private to this module: shows
/// simdjson.
///
/// simdjson's DOM checks a document's syntax, but keeps duplicate members; nothing here is read
/// twice in two ways, so a duplicate of any key, wanted or not, is an error.

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace countersign::admission {

namespace dom = simdjson::dom;

/// The octets of `text` from `at` on, as a number: in any order, but always the same.
template <class Word>
constexpr std::uint64_t word_at(std::string_view text, std::size_t at) {
  Word word = 0;
  if consteval {
    std::array<char, sizeof word> octets{};
    std::ranges::copy(text.substr(at, sizeof word), octets.begin());
    word = std::bit_cast<Word>(octets);
  } else {
    std::memcpy(&word, text.data() + at, sizeof word);
  }
  return word;
}

/// A member's name with a mark of its length and its ends: names of different marks are different,
/// and few others share one.
class Name {
 public:
  constexpr Name() = default;
  constexpr Name(const char* text)  // NOLINT(google-explicit-constructor)
      : Name(std::string_view(text)) {}
  constexpr explicit Name(std::string_view text) : text_(text) {
    const std::size_t size = text.size();
    if (size >= 8) {
      mark_ = word_at<std::uint64_t>(text, 0) + kOdd * word_at<std::uint64_t>(text, size - 8);
    } else if (size >= 4) {
      mark_ = word_at<std::uint32_t>(text, 0) + kOdd * word_at<std::uint32_t>(text, size - 4);
    } else if (size > 0) {
      mark_ = word_at<std::uint8_t>(text, 0) + 256U * word_at<std::uint8_t>(text, size / 2) +
              65536U * word_at<std::uint8_t>(text, size - 1);
    }
    mark_ = (mark_ + size) * kOdd;
  }

  [[nodiscard]] constexpr std::string_view text() const { return text_; }
  /// One of 64.
  [[nodiscard]] constexpr unsigned group() const { return static_cast<unsigned>(mark_ >> 58U); }
  [[nodiscard]] constexpr bool operator==(const Name& other) const {
    return mark_ == other.mark_ && text_ == other.text_;
  }

 private:
  static constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15U;

  std::string_view text_;
  std::uint64_t mark_ = 0;
};

/// The names of one object seen so far.
class NameSet {
 public:
  void clear() {
    count_ = 0;
    seen_ = 0;
    more_.clear();
  }
  /// False if `name` is certainly there already. Objects of many names are judged by `duplicate` at
  /// their end.
  [[nodiscard]] bool add(const Name& name) {
    if (count_ == kSmall) {
      more_.push_back(name.text());
      return true;
    }
    const std::uint64_t bit = std::uint64_t{1} << name.group();
    if ((seen_ & bit) != 0) {
      for (std::size_t i = 0; i < count_; ++i) {
        if (names_[i] == name) return false;
      }
    }
    seen_ |= bit;
    names_[count_++] = name;
    return true;
  }
  /// A name that `add` let pass twice. To be called once, at the end.
  [[nodiscard]] std::optional<std::string_view> duplicate() {
    if (more_.empty()) return std::nullopt;
    for (const Name& name : names_) more_.push_back(name.text());
    std::ranges::sort(more_);
    const auto twice = std::ranges::adjacent_find(more_);
    if (twice == more_.end()) return std::nullopt;
    return *twice;
  }

 private:
  static constexpr std::size_t kSmall = 48;

  std::size_t count_ = 0;
  std::uint64_t seen_ = 0;
  std::array<Name, kSmall> names_;
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

/// The members of `object` that are called as in `names`. Returns a name that stands there twice,
/// if any does; what was `found` under other names is still right.
template <std::size_t N>
[[nodiscard]] std::optional<std::string_view> pick(NameSet& seen, dom::object object,
                                                   const std::array<Name, N>& names,
                                                   Members<N>& found) {
  static_assert(N <= 32);
  std::optional<std::string_view> twice;
  std::uint32_t found_before = 0;
  seen.clear();
  for (const auto& [text, value] : object) {
    const Name name(text);
    if (!seen.add(name) && !twice) twice = text;
    for (std::size_t i = 0; i < N; ++i) {
      if (name != names[i]) continue;
      const std::uint32_t bit = std::uint32_t{1} << i;
      found[i] = {.value = value, .present = !value.is_null(), .twice = (found_before & bit) != 0};
      found_before |= bit;
      break;
    }
  }
  return twice ? twice : seen.duplicate();
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
[[nodiscard]] Error duplicate(Place where, std::string_view name);

/// "" if absent. Errors: `unsupported`.
Result<std::string_view> string_of(const Member& member, Place where);
/// Nothing if absent. Errors: `unsupported`.
Result<std::optional<dom::object>> object_of(const Member& member, Place where);

/// As `pick`. Errors: `duplicate`.
template <std::size_t N>
Status pick_members(NameSet& seen, dom::object object, const std::array<Name, N>& names,
                    Members<N>& found, Place where) {
  if (const auto twice = pick(seen, object, names, found)) return duplicate(where, *twice);
  return ok();
}

}  // namespace countersign::admission
