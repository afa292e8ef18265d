#include "admission/text_arena.hpp"

#include <algorithm>
#include <new>
#include <utility>

namespace countersign::admission {
namespace {

/// With its head, holds all texts of an ordinary Pod's review.
constexpr std::size_t kBlockBytes = 1016;

}  // namespace

/// The texts of a block stand behind it.
struct TextArena::Block {
  Block* before;
};

void TextArena::Free::operator()(Block* block) const noexcept {
  while (block != nullptr) ::operator delete(std::exchange(block, block->before));
}

TextArena::TextArena(TextArena&& other) noexcept
    : last_(std::move(other.last_)),
      next_(std::exchange(other.next_, nullptr)),
      left_(std::exchange(other.left_, 0)) {}

TextArena& TextArena::operator=(TextArena&& other) noexcept {
  last_ = std::move(other.last_);
  next_ = std::exchange(other.next_, nullptr);
  left_ = std::exchange(other.left_, 0);
  return *this;
}

std::string_view TextArena::copy(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > left_) {
    const std::size_t size = std::max(kBlockBytes, text.size());
    void* const memory = ::operator new(sizeof(Block) + size);
    last_.reset(new (memory) Block{last_.release()});
    next_ = static_cast<char*>(memory) + sizeof(Block);
    left_ = size;
  }
  const std::string_view kept(next_, text.size());
  std::ranges::copy(text, next_);
  next_ += text.size();
  left_ -= text.size();
  return kept;
}

}  // namespace countersign::admission
