#pragma once
/// Numbers as people write them.

#include <cstdint>
#include <optional>
#include <string_view>

namespace countersign {

/// Decimal digits without sign or leading zeros.
[[nodiscard]] std::optional<std::uint64_t> parse_whole_number(std::string_view text) noexcept;

}  // namespace countersign
