#pragma once
/// IP addresses and networks of them, as values: nothing is resolved here.
///
/// Source: RFC 4291, 2.2 and 2.5.5.2 (text, IPv4-mapped addresses); RFC 4632, 3.1 (prefixes). Left
/// to the caller: brackets, zones, and which addresses are fit for what.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign {

/// An IPv4 or IPv6 address. IPv4 is kept as IPv6-mapped.
class IpAddress {
 public:
  static std::optional<IpAddress> parse(std::string_view text);
  static IpAddress v4(std::uint32_t address);
  static IpAddress v6(const std::array<std::uint8_t, 16>& bytes) { return IpAddress(bytes); }

  [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool is_v4() const noexcept;
  /// "10.0.0.1", "fd00::1"
  [[nodiscard]] std::string to_string() const;
  /// "::ffff:10.0.0.1", "fd00::1"
  [[nodiscard]] std::string to_v6_string() const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  explicit IpAddress(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}
  std::array<std::uint8_t, 16> bytes_;
};

/// A network such as "10.0.0.0/8" or "fd00::/8".
class Cidr {
 public:
  /// Bits after the prefix must be zero, so that a typo does not open more than it says.
  /// Errors: `kInternalError`, reason "CIDR"; the message says what is wrong and what was probably
  /// meant.
  static Result<Cidr> parse(std::string_view text);
  [[nodiscard]] bool contains(const IpAddress& address) const noexcept;
  /// Whether each address of `other` is one of this network.
  [[nodiscard]] bool contains(const Cidr& other) const noexcept;
  /// In the notation in which it was written.
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const Cidr&, const Cidr&) = default;

 private:
  enum class Notation : std::uint8_t { kV4, kV6 };
  Cidr(IpAddress base, unsigned bits, Notation notation)
      : base_(base), bits_(bits), notation_(notation) {}
  IpAddress base_;
  unsigned bits_;  ///< of the 128-bit form
  Notation notation_;
};

}  // namespace countersign
