#include "admission/text_arena.hpp"

#include <algorithm>
#include <utility>

namespace countersign::admission {
namespace {

/// Holds all texts of an ordinary Pod's review.
constexpr std::size_t kBlockBytes = 1024;

}  // namespace

TextArena::TextArena(TextArena&& other) noexcept
    : blocks_(std::move(other.blocks_)),
      next_(std::exchange(other.next_, nullptr)),
      left_(std::exchange(other.left_, 0)) {}

TextArena& TextArena::operator=(TextArena&& other) noexcept {
  blocks_ = std::move(other.blocks_);
  next_ = std::exchange(other.next_, nullptr);
  left_ = std::exchange(other.left_, 0);
  return *this;
}

std::string_view TextArena::copy(std::string_view text) {
  if (text.empty()) return {};
  if (text.size() > left_) {
    const std::size_t size = std::max(kBlockBytes, text.size());
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    next_ = blocks_.back().get();
    left_ = size;
  }
  const std::string_view kept(next_, text.size());
  std::ranges::copy(text, next_);
  next_ += text.size();
  left_ -= text.size();
  return kept;
}

}  // namespace countersign::admission
