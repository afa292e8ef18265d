#pragma once
/// What a piece of work costs in memory. A target that uses this links memory.cpp, which takes the
/// place of the program's operator new.

#include <cstddef>
#include <utility>

namespace countersign::fuzz {

/// Bytes that came from operator new, and are alive, on this thread.
struct Memory {
  std::ptrdiff_t now = 0;
  std::ptrdiff_t peak = 0;
};
[[nodiscard]] Memory& memory() noexcept;

/// The most that was alive at once while `work` ran, beyond what was before.
template <class Work>
std::size_t peak_of(Work&& work) {
  const std::ptrdiff_t before = memory().now;
  memory().peak = before;
  std::forward<Work>(work)();
  return static_cast<std::size_t>(memory().peak - before);
}

}  // namespace countersign::fuzz
