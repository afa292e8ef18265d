#include "base/secret.hpp"

#include <cstring>

namespace countersign {

void wipe(void* bytes, std::size_t count) noexcept { explicit_bzero(bytes, count); }

void wipe(std::string& text) noexcept {
  // A moved-from short string may still hold its bytes, so all of the capacity is wiped, not just
  // the size. It grows within its capacity, which allocates nothing.
  text.resize(text.capacity());
  wipe(text.data(), text.size());
  text.clear();
}

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe(value_);
    value_ = other.value_;
  }
  return *this;
}

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe(value_);
    value_ = std::move(other.value_);
    wipe(other.value_);
  }
  return *this;
}

}  // namespace countersign
