#pragma once
/// Addresses to listen on, networks, and the names of registries.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip_address.hpp"
#include "base/result.hpp"

namespace countersign::config {

/// An IP address and a port to listen on. Any one that was parsed is valid.
struct SocketAddress {
  std::string host;        ///< IPv4 or IPv6 in canonical text, without brackets
  std::uint16_t port = 0;  ///< 0: the system chooses

  /// `a.b.c.d:port` or `[v6]:port`. Names are refused: what they mean may change.
  /// Errors: `kInternalError`, reason "ADDRESS"; the message says what is wrong and what was
  /// probably meant.
  static Result<SocketAddress> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;
  friend bool operator==(const SocketAddress&, const SocketAddress&) = default;
};

/// A network that settings may open to URLs from outside. Link-local networks, where metadata
/// services live, are refused: no setting opens them. Errors: as `Cidr::parse`, and reason
/// "ADDRESS".
Result<Cidr> parse_egress_network(std::string_view text);

/// One registry (`host[:port]`, as ImageReference names it) or all below a domain (`*.domain`).
struct RegistryPattern {
  std::string text;

  /// Errors: as `SocketAddress::parse`.
  static Result<RegistryPattern> parse(std::string_view text);
  [[nodiscard]] bool is_wildcard() const noexcept { return text.starts_with("*."); }
  /// 127.0.0.0/8, ::1 and localhost.
  [[nodiscard]] bool is_loopback() const noexcept;
  friend bool operator==(const RegistryPattern&, const RegistryPattern&) = default;
};

/// Errors unless `text` is one registry's or token server's `host[:port]` in lower case.
Status check_host(std::string_view text);

}  // namespace countersign::config
