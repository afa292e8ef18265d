#pragma once
/// Bytes and their text forms: hexadecimal, base64 (RFC 4648 section 4) and base64url (section 5),
/// both strict.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace countersign {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

[[nodiscard]] inline BytesView as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(BytesView bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Lower case.
[[nodiscard]] std::string to_hex(BytesView bytes);
/// Even number of digits of either case, else nothing.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

/// Standard alphabet with padding.
[[nodiscard]] std::string to_base64(BytesView bytes);
/// Standard alphabet, padding required, no white space, unused bits zero; else nothing.
[[nodiscard]] std::optional<Bytes> from_base64(std::string_view text);

/// URL-safe alphabet without padding.
[[nodiscard]] std::string to_base64url(BytesView bytes);
/// URL-safe alphabet, no padding, no white space, unused bits zero; else nothing.
[[nodiscard]] std::optional<Bytes> from_base64url(std::string_view text);

}  // namespace countersign
