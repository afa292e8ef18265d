#include "config/addresses.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <optional>
#include <span>

#include "base/text.hpp"
#include "config/problems.hpp"
#include "config/scalars.hpp"
#include "oci/image_reference.hpp"

namespace countersign::config {
namespace {

constexpr std::uint8_t kIpv4Bytes = 4;
constexpr std::uint8_t kIpv6Bytes = 16;
constexpr unsigned kBitsPerByte = 8;

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  std::uint8_t size = kIpv4Bytes;
};

Error wrong(std::string message) {
  return {Outcome::kInternalError, "ADDRESS", std::move(message)};
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  const std::string terminated(text);
  IpAddress ip;
  if (inet_pton(AF_INET, terminated.c_str(), ip.bytes.data()) == 1) return ip;
  ip.size = kIpv6Bytes;
  if (inet_pton(AF_INET6, terminated.c_str(), ip.bytes.data()) == 1) return ip;
  return std::nullopt;
}

std::string print_ip(const std::array<std::uint8_t, 16>& bytes, std::uint8_t size) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(size == kIpv4Bytes ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
  return text.data();
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_whole_number(text);
  if (!port || *port > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

void clear_after_prefix(std::array<std::uint8_t, 16>& bytes, unsigned prefix) {
  for (unsigned i = 0; i < bytes.size(); ++i) {
    const unsigned first_bit = i * kBitsPerByte;
    if (first_bit >= prefix) bytes[i] = 0;
    if (first_bit < prefix && prefix < first_bit + kBitsPerByte) {
      bytes[i] &= static_cast<std::uint8_t>(0xFFU << (first_bit + kBitsPerByte - prefix));
    }
  }
}

bool is_link_local(const Cidr& network) {
  const bool v4 = network.address_bytes == kIpv4Bytes && network.prefix >= 16 &&
                  network.address[0] == 169 && network.address[1] == 254;
  const bool v6 = network.address_bytes == kIpv6Bytes && network.prefix >= 10 &&
                  network.address[0] == 0xFE && (network.address[1] & 0xC0U) == 0x80U;
  return v4 || v6;
}

/// "https://auth.example/token" -> "auth.example", lower case: what somebody who pasted a URL
/// meant.
std::string meant_host(std::string_view text) {
  std::string lower = ascii_lower(trimmed(text));
  if (const std::size_t scheme = lower.find("://"); scheme != std::string::npos)
    lower.erase(0, scheme + 3);
  lower.erase(std::min(lower.find('/'), lower.size()));
  return lower == text ? std::string() : lower;
}

std::string_view host_without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(0, text.find(']') + 1);
  return text.substr(0, text.find(':'));
}

/// By the rules for the registry in an image reference, so that both can be compared.
std::string_view fault_of_host(std::string_view text) {
  const auto reference = oci::ImageReference::parse(std::string(text) + "/x");
  if (!reference) {
    const std::string_view id = reference.error().reason().id();
    if (id == "port") return "the port must be 1 to 65535 without leading zeros";
    if (id == "ipv4") return "an IPv4 address is four decimal numbers";
    if (id == "ipv6") return "not an IPv6 address";
    return "not a host name";
  }
  const bool single_label = reference->registry() != text && oci::is_domain(text);
  if (!single_label && reference->registry() != text) return "not a host name";
  return {};
}

}  // namespace

Result<SocketAddress> SocketAddress::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool bracketed = text.starts_with('[');
  if (colon == std::string_view::npos || (bracketed && !text.substr(0, colon).ends_with(']'))) {
    return wrong(in_quotes(text) + " has no port; want an address such as \"0.0.0.0:9443\"");
  }
  const auto port = parse_port(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  if (!port) return wrong(in_quotes(text.substr(colon + 1)) + " is not a port; want 0 to 65535");
  if (host.empty() || host == "*") {
    return wrong(in_quotes(text) + " names no address; for all of them write \"0.0.0.0:" +
                 std::to_string(*port) + "\"");
  }
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto ip = parse_ip(host);
  if (!ip) {
    const std::string meant =
        host == "localhost" ? "127.0.0.1:" + std::to_string(*port) : std::string();
    return wrong(in_quotes(host) + " is not an IP address" + did_you_mean(meant));
  }
  if (!bracketed && ip->size == kIpv6Bytes) {
    return wrong("an IPv6 address needs brackets" +
                 did_you_mean("[" + std::string(host) + "]:" + std::to_string(*port)));
  }
  if (bracketed && ip->size == kIpv4Bytes) return wrong("brackets are for IPv6 addresses only");
  return SocketAddress{print_ip(ip->bytes, ip->size), *port};
}

std::string SocketAddress::to_string() const {
  const std::string shown = host.contains(':') ? "[" + host + "]" : host;
  return shown + ":" + std::to_string(port);
}

Result<Cidr> Cidr::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto ip = parse_ip(text.substr(0, slash));
  if (!ip) return wrong(in_quotes(text) + " is not a network; want one such as \"10.0.0.0/8\"");
  const unsigned bits = ip->size * kBitsPerByte;
  if (slash == std::string_view::npos) {
    return wrong(in_quotes(text) + " has no prefix length" +
                 did_you_mean(std::string(text) + "/" + std::to_string(bits)));
  }
  const auto prefix = parse_whole_number(text.substr(slash + 1));
  if (!prefix || *prefix > bits) {
    return wrong(in_quotes(text) + " has no such prefix length; want 0 to " + std::to_string(bits));
  }
  Cidr network{ip->bytes, ip->size, static_cast<std::uint8_t>(*prefix)};
  clear_after_prefix(network.address, network.prefix);
  if (network.address != ip->bytes) {
    return wrong(in_quotes(text) + " has bits after its prefix" +
                 did_you_mean(network.to_string()));
  }
  if (is_link_local(network)) {
    return wrong(in_quotes(text) +
                 " is link-local, where metadata services live; it is never allowed");
  }
  return network;
}

std::string Cidr::to_string() const {
  return print_ip(address, address_bytes) + "/" + std::to_string(prefix);
}

Status check_host(std::string_view text) {
  if (text.contains('*')) return wrong(in_quotes(text) + " must be one host, without \"*\"");
  if (const std::string meant = meant_host(text); !meant.empty()) {
    return wrong(
        in_quotes(text) + " must be host or host:port in lower case, without anything else" +
        did_you_mean(fault_of_host(meant).empty() ? std::string_view(meant) : std::string_view()));
  }
  if (const std::string_view fault = fault_of_host(text); !fault.empty()) {
    return wrong(in_quotes(text) + ": " + std::string(fault));
  }
  return ok();
}

Result<RegistryPattern> RegistryPattern::parse(std::string_view text) {
  if (text == "index.docker.io")
    return wrong(in_quotes(text) + " is named \"docker.io\" in images; write that");
  if (text.starts_with("*.") && !text.substr(2).contains('*')) {
    const std::string_view domain = text.substr(2);
    const std::string_view last = domain.substr(domain.rfind('.') + 1);
    const bool numeric =
        !last.empty() && last.find_first_not_of("0123456789") == std::string_view::npos;
    if (numeric || domain.starts_with('['))
      return wrong(in_quotes(text) + ": a \"*\" does not go with an IP address");
    if (domain.contains(':')) return wrong(in_quotes(text) + ": a \"*\" does not go with a port");
    COUNTERSIGN_CHECK(check_host(domain));
    return RegistryPattern{std::string(text)};
  }
  if (text.contains('*')) {
    return wrong(in_quotes(text) + ": a \"*\" can only be the first label, as in \"*.azurecr.io\"");
  }
  COUNTERSIGN_CHECK(check_host(text));
  if (!text.contains('.') && !text.contains(':') && text != "localhost") {
    return wrong(in_quotes(text) + " is no registry that an image can name: \"" +
                 printable(text, 80) + "/app\" means \"docker.io/" + printable(text, 80) +
                 "/app\"; a registry has a dot or a port");
  }
  return RegistryPattern{std::string(text)};
}

bool RegistryPattern::is_loopback() const noexcept {
  std::string_view host = host_without_port(text);
  if (host == "localhost") return true;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto ip = parse_ip(host);
  if (!ip) return false;
  if (ip->size == kIpv4Bytes) return ip->bytes[0] == 127;
  return std::ranges::all_of(std::span(ip->bytes).first(15),
                             [](std::uint8_t b) { return b == 0; }) &&
         ip->bytes[15] == 1;
}

}  // namespace countersign::config
