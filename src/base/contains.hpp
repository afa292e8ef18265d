#pragma once
/// std::ranges::contains, which libstdc++ 12 does not have.

#include <algorithm>
#include <ranges>

namespace countersign {

template <std::ranges::input_range Range, class T>
[[nodiscard]] constexpr bool contains(const Range& range, const T& value) {
  return std::ranges::find(range, value) != std::ranges::end(range);
}

}  // namespace countersign
