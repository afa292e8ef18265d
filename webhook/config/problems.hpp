#pragma once
/// Everything that is wrong with a configuration, told at once.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/place.hpp"

namespace countersign::config {

/// "file:line:column", or "file" if the place is all zero.
[[nodiscard]] std::string print_place(const std::string& file, Place place);

struct Problem {
  std::string file;  ///< as the operator named it
  Place place;       ///< all zero: the file as a whole
  std::string what;  ///< what is wrong, and what was probably meant

  /// "file:line:column: what", or "file: what". Foreign text in it is already printable.
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Problem&, const Problem&) = default;
};

/// A broken file can hold a mistake a line; nobody reads more than this.
inline constexpr std::size_t kMaxProblems = 100;

class Problems {
 public:
  explicit Problems(std::string file) : file_(std::move(file)) {}

  /// Beyond `kMaxProblems` they are only counted.
  void add(Place place, std::string what) { add(Problem{file_, place, std::move(what)}); }
  void add(Problem problem);

  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  [[nodiscard]] bool empty() const noexcept { return list_.empty(); }
  /// By place.
  [[nodiscard]] const std::vector<Problem>& list() const noexcept { return list_; }
  /// One problem a line, each line ended, then "file: and 7 more" if some were only counted.
  [[nodiscard]] std::string to_string() const;

 private:
  std::string file_;
  std::vector<Problem> list_;
  std::size_t untold_ = 0;
};

/// A T, or the problems that keep it from being one; never both, never neither.
template <class T>
class [[nodiscard]] Checked {
 public:
  Checked(T value)  // NOLINT(google-explicit-constructor)
      : value_(std::move(value)), problems_("") {}
  Checked(Problems problems)  // NOLINT(google-explicit-constructor)
      : problems_(std::move(problems)) {
    if (problems_.empty())
      problems_.add({}, "refused without a reason: this is a bug of the program");
  }

  [[nodiscard]] bool has_value() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }
  T& operator*() & { return value_.value(); }
  const T& operator*() const& { return value_.value(); }
  T&& operator*() && { return std::move(value_).value(); }
  T* operator->() { return &value_.value(); }
  const T* operator->() const { return &value_.value(); }
  /// Empty if there is a value.
  [[nodiscard]] const Problems& problems() const noexcept { return problems_; }

 private:
  std::optional<T> value_;
  Problems problems_;
};

/// The value if there is nothing wrong with it, else all that is.
template <class T>
Checked<T> checked(T value, Problems problems) {
  if (!problems.empty()) return problems;
  return value;
}

/// `; did you mean "x"?`, or nothing if `meant` is empty.
[[nodiscard]] std::string did_you_mean(std::string_view meant);
/// Foreign text in double quotes, made printable and short.
[[nodiscard]] std::string in_quotes(std::string_view text);
/// "a", "a or b", "a, b or c"
template <class Range>
[[nodiscard]] std::string one_of(const Range& words) {
  std::string out;
  std::size_t left = words.size();
  for (const std::string_view word : words) {
    out += word;
    --left;
    if (left > 1) out += ", ";
    if (left == 1) out += " or ";
  }
  return out;
}

}  // namespace countersign::config
