#pragma once
/// What is under way, counted for as long as it is.

#include <atomic>
#include <cstddef>

namespace countersign::server {

/// Adds to a shared counter for as long as it lives.
class Held {
 public:
  Held(std::atomic<std::size_t>& counter, std::size_t amount)
      : counter_(counter),
        amount_(amount),
        total_(amount == 0 ? 0 : counter_.fetch_add(amount) + amount) {}
  ~Held() {
    if (amount_ != 0) counter_.fetch_sub(amount_);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;
  /// Of the counter, when this was added; 0 if nothing was.
  [[nodiscard]] std::size_t total() const { return total_; }

 private:
  std::atomic<std::size_t>& counter_;
  std::size_t amount_;
  std::size_t total_;
};

}  // namespace countersign::server
