#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <numeric>
#include <vector>

namespace countersign {
namespace {

std::string escaped_control(char c) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default: {
      std::array<char, 8> text{};
      std::snprintf(text.data(), text.size(), "\\x%02x",  // NOLINT(*-vararg)
                    static_cast<unsigned>(static_cast<std::uint8_t>(c)));
      return text.data();
    }
  }
}

/// Line separators, and marks that nobody sees but that change what a terminal or a browser shows
/// of their surroundings.
bool is_invisible_mark(std::string_view sequence) {
  const auto between = [&](std::string_view first, std::string_view last) {
    return sequence >= first && sequence <= last;
  };
  return between("\u200B", "\u200F") || between("\u2028", "\u202E") ||
         between("\u2060", "\u206F") || sequence == "\uFEFF";
}

}  // namespace

bool is_plain_ascii(std::string_view text) noexcept {
  // Eight at a time: a byte is odd if it is below 0x20, is 0x7F, or has the highest bit.
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  std::uint64_t odd = 0;
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    odd |= (word + kOnes) | ((word - kOnes * 0x20) & ~word) | word;
    text.remove_prefix(sizeof word);
  }
  if ((odd & kHighs) != 0) return false;
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::size_t utf8_sequence_length(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : 0U;
  };
  const auto continues = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first == 0xE0) return continues(1, 0xA0) && continues(2) ? 3 : 0;
  if (first == 0xED) return continues(1, 0x80, 0x9F) && continues(2) ? 3 : 0;
  if (first >= 0xE1 && first <= 0xEF) return continues(1) && continues(2) ? 3 : 0;
  if (first == 0xF0) return continues(1, 0x90) && continues(2) && continues(3) ? 4 : 0;
  if (first >= 0xF1 && first <= 0xF3) return continues(1) && continues(2) && continues(3) ? 4 : 0;
  if (first == 0xF4) return continues(1, 0x80, 0x8F) && continues(2) && continues(3) ? 4 : 0;
  return 0;
}

std::optional<std::size_t> first_control_character(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    const bool line_end = c == '\n' || (c == '\r' && at + 1 < text.size() && text[at + 1] == '\n');
    if ((c < 0x20 && c != '\t' && !line_end) || c == 0x7F) return at;
  }
  return std::nullopt;
}

bool is_valid_utf8(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_sequence_length(text, i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string printable(std::string_view text, std::size_t limit) {
  constexpr std::string_view kCut = "...";
  std::string out;
  std::size_t kept = 0;  // what stays before the dots if the rest turns out to be too long
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_sequence_length(text, i);
    std::string piece;
    if (length == 0) {
      piece = "?";
    } else if (length == 1 && (static_cast<std::uint8_t>(text[i]) < 0x20 || text[i] == 0x7F)) {
      piece = escaped_control(text[i]);
    } else if (length == 2 && text[i] == '\xC2' && static_cast<std::uint8_t>(text[i + 1]) < 0xA0) {
      piece = "?";  // C1 control characters
    } else if (length == 3 && is_invisible_mark(text.substr(i, length))) {
      piece = "?";
    } else {
      piece = text.substr(i, length);
    }
    i += std::max<std::size_t>(length, 1);
    out += piece;
    if (out.size() > limit) return out.substr(0, kept).append(kCut);
    if (out.size() + kCut.size() <= limit) kept = out.size();
  }
  return out;
}

std::string_view utf8_prefix(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<std::uint8_t>(text[limit]) & 0xC0U) == 0x80U) --limit;
  return text.substr(0, limit);
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool ascii_iequals(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace countersign
