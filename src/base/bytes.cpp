#include "base/bytes.hpp"

#include <array>

namespace countersign {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrlSafe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNoDigit = 0xFF;

constexpr std::array<std::uint8_t, 256> digit_values(std::string_view alphabet) {
  std::array<std::uint8_t, 256> table{};
  table.fill(kNoDigit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr auto kStandardValues = digit_values(kStandard);
constexpr auto kUrlSafeValues = digit_values(kUrlSafe);

std::string encode64(BytesView bytes, std::string_view alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const unsigned group =
        (unsigned{bytes[i]} << 16U) | (unsigned{bytes[i + 1]} << 8U) | bytes[i + 2];
    for (const unsigned shift : {18U, 12U, 6U, 0U}) text += alphabet[(group >> shift) & 63U];
  }
  const std::size_t rest = bytes.size() - i;
  if (rest == 0) return text;
  unsigned group = unsigned{bytes[i]} << 16U;
  if (rest == 2) group |= unsigned{bytes[i + 1]} << 8U;
  text += alphabet[(group >> 18U) & 63U];
  text += alphabet[(group >> 12U) & 63U];
  if (rest == 2) text += alphabet[(group >> 6U) & 63U];
  return text;
}

/// `text` without padding.
std::optional<Bytes> decode64(std::string_view text, const std::array<std::uint8_t, 256>& values) {
  const std::size_t rest = text.size() % 4;
  if (rest == 1) return std::nullopt;
  Bytes bytes(text.size() / 4 * 3 + (rest == 0 ? 0 : rest - 1));
  const auto value_at = [&](std::size_t place) {
    return unsigned{values[static_cast<std::uint8_t>(text[place])]};
  };
  constexpr unsigned kDigitMask = 63;
  unsigned seen = 0;  // a bit above a digit's, wherever there was none
  std::size_t in = 0;
  std::size_t out = 0;
  for (; in + 4 <= text.size(); in += 4) {
    const unsigned a = value_at(in);
    const unsigned b = value_at(in + 1);
    const unsigned c = value_at(in + 2);
    const unsigned d = value_at(in + 3);
    seen |= a | b | c | d;
    const unsigned group = (a << 18U) | (b << 12U) | (c << 6U) | d;
    bytes[out++] = static_cast<std::uint8_t>((group >> 16U) & 0xFFU);
    bytes[out++] = static_cast<std::uint8_t>((group >> 8U) & 0xFFU);
    bytes[out++] = static_cast<std::uint8_t>(group & 0xFFU);
  }
  unsigned group = 0;
  for (std::size_t i = 0; i < rest; ++i) {
    const unsigned value = value_at(in + i);
    seen |= value;
    group = (group << 6U) | value;
  }
  if (seen > kDigitMask) return std::nullopt;
  // Unused bits must be zero, or one value would have several spellings.
  const unsigned unused = rest == 2 ? 4 : rest == 3 ? 2 : 0;
  if ((group & ((1U << unused) - 1U)) != 0) return std::nullopt;
  group >>= unused;
  for (std::size_t left = rest == 0 ? 0 : rest - 1; left > 0; --left)
    bytes[out++] = static_cast<std::uint8_t>((group >> (8 * (left - 1))) & 0xFFU);
  return bytes;
}

std::optional<unsigned> hex_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10U;
  return std::nullopt;
}

}  // namespace

std::string to_hex(BytesView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text += kHexDigits[byte >> 4U];
    text += kHexDigits[byte & 15U];
  }
  return text;
}

std::optional<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const auto high = hex_value(text[i]);
    const auto low = hex_value(text[i + 1]);
    if (!high || !low) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>((*high << 4U) | *low));
  }
  return bytes;
}

std::string to_base64(BytesView bytes) {
  std::string text = encode64(bytes, kStandard);
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::optional<Bytes> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  return decode64(text, kStandardValues);
}

std::string to_base64url(BytesView bytes) { return encode64(bytes, kUrlSafe); }

std::optional<Bytes> from_base64url(std::string_view text) {
  return decode64(text, kUrlSafeValues);
}

}  // namespace countersign
