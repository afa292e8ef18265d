#pragma once
/// Text that people will read: made safe and short, whatever came from outside.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace countersign {

[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

/// Where a file of lines has a control character: all but tabs and the ends of lines, of which a
/// carriage return alone is none.
[[nodiscard]] std::optional<std::size_t> first_control_character(std::string_view text) noexcept;

/// Length of the well-formed UTF-8 sequence that starts at `at`, or 0 (Unicode 15, table 3-7).
[[nodiscard]] std::size_t utf8_sequence_length(std::string_view text, std::size_t at) noexcept;

/// Foreign text for messages and logs: invalid UTF-8 becomes '?', control characters become escapes
/// such as \n or
/// \x1b, and what exceeds `limit` bytes is cut at a code point and ends in "...".
/// Source: notary-verification ER-3; kubernetes-admission 1.5 ("Warnings").
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 256);

/// The longest prefix of at most `limit` bytes that does not split a code point. `text` is valid
/// UTF-8.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t limit) noexcept;

/// Whether `printable` would change nothing but the length: printable ASCII, as most texts are.
[[nodiscard]] bool is_plain_ascii(std::string_view text) noexcept;

/// Lower-cases A to Z only.
[[nodiscard]] std::string ascii_lower(std::string_view text);
[[nodiscard]] bool ascii_iequals(std::string_view a, std::string_view b) noexcept;

/// Without blanks and tabs at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// The candidate nearest to `word` by edit distance, if near enough to be what was meant; else
/// empty.
template <class Range>
[[nodiscard]] std::string_view nearest(std::string_view word, const Range& candidates);

/// Number of single-character edits that turn `a` into `b`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

template <class Range>
std::string_view nearest(std::string_view word, const Range& candidates) {
  std::string_view best;
  std::size_t best_distance = 1 + word.size() / 3;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(ascii_lower(word), ascii_lower(candidate));
    if (distance <= best_distance && (best.empty() || distance < best_distance)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace countersign
