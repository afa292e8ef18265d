#pragma once
/// Keeps copies of many short texts in few allocations.
///
/// A review outlives the parsed document that it was read from: its worker reads other reviews
/// while this one waits for a registry. So the texts of a review are copied into its own arena, and
/// views of them stay valid when the review is moved.

#include <cstddef>
#include <memory>
#include <string_view>

namespace countersign::admission {

class TextArena {
 public:
  TextArena() = default;
  TextArena(TextArena&& other) noexcept;
  TextArena& operator=(TextArena&& other) noexcept;
  TextArena(const TextArena&) = delete;
  TextArena& operator=(const TextArena&) = delete;
  ~TextArena() = default;

  /// A copy of `text` that lives as long as this arena or the one it is moved into.
  [[nodiscard]] std::string_view copy(std::string_view text);

 private:
  struct Block;
  struct Free {
    void operator()(Block* block) const noexcept;
  };

  std::unique_ptr<Block, Free> last_;  ///< of a list of blocks
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace countersign::admission
