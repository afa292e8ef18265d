// Counts what operator new gives. Every form is replaced, so that each meets its own delete.
#include "fuzz/memory.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace countersign::fuzz {

Memory& memory() noexcept {
  static thread_local constinit Memory memory;
  return memory;
}

namespace {

void* counted(void* bytes) noexcept {
  if (bytes == nullptr) return nullptr;
  Memory& counter = memory();
  counter.now += static_cast<std::ptrdiff_t>(malloc_usable_size(bytes));
  counter.peak = std::max(counter.peak, counter.now);
  return bytes;
}

void* allocate(std::size_t size) noexcept {
  return counted(std::malloc(std::max<std::size_t>(size, 1)));
}

void* allocate(std::size_t size, std::align_val_t alignment) noexcept {
  const auto align = static_cast<std::size_t>(alignment);
  return counted(
      std::aligned_alloc(align, (std::max<std::size_t>(size, 1) + align - 1) / align * align));
}

void* or_throw(void* bytes) {
  if (bytes == nullptr) throw std::bad_alloc();
  return bytes;
}

void release(void* bytes) noexcept {
  if (bytes != nullptr) memory().now -= static_cast<std::ptrdiff_t>(malloc_usable_size(bytes));
  std::free(bytes);
}

}  // namespace
}  // namespace countersign::fuzz

namespace cf = countersign::fuzz;

void* operator new(std::size_t size) { return cf::or_throw(cf::allocate(size)); }
void* operator new[](std::size_t size) { return cf::or_throw(cf::allocate(size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return cf::or_throw(cf::allocate(size, alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return cf::or_throw(cf::allocate(size, alignment));
}
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return cf::allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return cf::allocate(size);
}
void* operator new(std::size_t size, std::align_val_t alignment,
                   const std::nothrow_t& /*tag*/) noexcept {
  return cf::allocate(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment,
                     const std::nothrow_t& /*tag*/) noexcept {
  return cf::allocate(size, alignment);
}

void operator delete(void* bytes) noexcept { cf::release(bytes); }
void operator delete[](void* bytes) noexcept { cf::release(bytes); }
void operator delete(void* bytes, std::size_t /*size*/) noexcept { cf::release(bytes); }
void operator delete[](void* bytes, std::size_t /*size*/) noexcept { cf::release(bytes); }
void operator delete(void* bytes, std::align_val_t /*alignment*/) noexcept { cf::release(bytes); }
void operator delete[](void* bytes, std::align_val_t /*alignment*/) noexcept { cf::release(bytes); }
void operator delete(void* bytes, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  cf::release(bytes);
}
void operator delete[](void* bytes, std::size_t /*size*/, std::align_val_t /*alignment*/) noexcept {
  cf::release(bytes);
}
void operator delete(void* bytes, const std::nothrow_t& /*tag*/) noexcept { cf::release(bytes); }
void operator delete[](void* bytes, const std::nothrow_t& /*tag*/) noexcept { cf::release(bytes); }
void operator delete(void* bytes, std::align_val_t /*alignment*/,
                     const std::nothrow_t& /*tag*/) noexcept {
  cf::release(bytes);
}
void operator delete[](void* bytes, std::align_val_t /*alignment*/,
                       const std::nothrow_t& /*tag*/) noexcept {
  cf::release(bytes);
}
