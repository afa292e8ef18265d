#include "base/json_text.hpp"

#include <array>
#include <cstdint>
#include <cstring>

#include "base/text.hpp"

namespace countersign {
namespace {

constexpr std::array<bool, 256> plain_characters() {
  std::array<bool, 256> table{};
  for (unsigned c = 0x20; c < 0x80; ++c) table[c] = c != '"' && c != '\\' && c != 0x7F;
  return table;
}
constexpr auto kPlain = plain_characters();

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<std::uint8_t>(c);
  out += "\\u00";
  out += kHex[byte >> 4U];
  out += kHex[byte & 15U];
}

/// How many bytes from `at` on need no escape and are ASCII. Eight at a time: logs and answers are
/// mostly such text.
std::size_t plain_run(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  const auto has_zero = [](std::uint64_t word) { return (word - kOnes) & ~word & kHighs; };
  std::size_t end = at;
  while (end + sizeof(std::uint64_t) <= text.size()) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + end, sizeof word);
    const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;  // below 0x20
    const std::uint64_t special = has_zero(word ^ (kOnes * '"')) | has_zero(word ^ (kOnes * '\\')) |
                                  has_zero(word ^ (kOnes * 0x7F)) | (word & kHighs);
    if ((control | special) != 0) break;
    end += sizeof word;
  }
  while (end < text.size() && kPlain[static_cast<std::uint8_t>(text[end])]) ++end;
  return end - at;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t plain = plain_run(text, i);
    out.append(text, i, plain);
    i += plain;
    if (i == text.size()) break;
    if (static_cast<std::uint8_t>(text[i]) < 0x80) {
      append_escape(out, text[i]);
      ++i;
    } else if (const std::size_t length = utf8_sequence_length(text, i); length > 0) {
      out.append(text, i, length);
      i += length;
    } else {
      out += "\xEF\xBF\xBD";
      ++i;
    }
  }
  out += '"';
}

JsonObjectWriter& JsonObjectWriter::field(std::string_view name, std::string_view text) {
  if (plain_run(text, 0) == text.size()) return word(name, text);
  key(name);
  append_json_string(out_, text);
  return *this;
}

void JsonObjectWriter::append(std::string_view name, Quotes quotes, std::string_view value) {
  constexpr std::size_t kMostPunctuation = 6;  // ,"":""
  const std::size_t before = out_.size();
  // What libstdc++ 12 gives the callback as the new size is the new capacity when the string grows:
  // it is not used.
  out_.resize_and_overwrite(before + kMostPunctuation + name.size() + value.size(),
                            [&](char* data, std::size_t /*size*/) {
                              char* cursor = data + before;
                              if (!first_) *cursor++ = ',';
                              *cursor++ = '"';
                              std::memcpy(cursor, name.data(), name.size());
                              cursor += name.size();
                              *cursor++ = '"';
                              *cursor++ = ':';
                              if (quotes == Quotes::kAround) *cursor++ = '"';
                              if (!value.empty()) std::memcpy(cursor, value.data(), value.size());
                              cursor += value.size();
                              if (quotes == Quotes::kAround) *cursor++ = '"';
                              return static_cast<std::size_t>(cursor - data);
                            });
  first_ = false;
}

}  // namespace countersign
