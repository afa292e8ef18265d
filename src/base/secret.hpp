#pragma once
/// Values that must leave no trace: passwords, tokens, private keys, and texts that hold them.

#include <cstddef>
#include <string>
#include <utility>

namespace countersign {

/// Overwrites the bytes in a way that no compiler leaves out.
void wipe(void* bytes, std::size_t count) noexcept;
/// Overwrites all of the string's memory, its spare capacity too, and leaves it empty.
void wipe(std::string& text) noexcept;

/// A value that is never printed, compared or logged, and whose memory is wiped when it ends.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  ~Secret() { wipe(value_); }

  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
  /// The value itself, for the one place that sends it.
  [[nodiscard]] const std::string& reveal() const noexcept { return value_; }

 private:
  std::string value_;
};

/// Wipes a string when its scope ends, however it ends.
class WipedAtEnd {
 public:
  explicit WipedAtEnd(std::string& text) : text_(text) {}
  ~WipedAtEnd() { wipe(text_); }
  WipedAtEnd(const WipedAtEnd&) = delete;
  WipedAtEnd& operator=(const WipedAtEnd&) = delete;

 private:
  std::string& text_;
};

}  // namespace countersign
