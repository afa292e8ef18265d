#include "base/json_text.hpp"

#include <array>
#include <cstdint>

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

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t start = 0;
  std::size_t i = 0;
  while (i < text.size()) {
    if (kPlain[static_cast<std::uint8_t>(text[i])]) {
      ++i;
      continue;
    }
    out.append(text, start, i - start);
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
    start = i;
  }
  out.append(text, start, i - start);
  out += '"';
}

}  // namespace countersign
