#pragma once
/// Where in the configuration file a value stands, kept so that every later check can point at it.

#include <cstdint>
#include <utility>

namespace countersign::config {

/// Line and column count from 1, columns in characters. All zero: not written in the file, a
/// default.
struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

template <class T>
struct Located {
  T value{};
  Place place{};

  Located() = default;
  Located(T v) : value(std::move(v)) {}  // NOLINT(google-explicit-constructor): a default
  Located(T v, Place p) : value(std::move(v)), place(p) {}

  /// False for a default.
  [[nodiscard]] bool written() const noexcept { return place.line != 0; }
  const T& operator*() const noexcept { return value; }
  const T* operator->() const noexcept { return &value; }
};

}  // namespace countersign::config
