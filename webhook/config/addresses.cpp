#include "config/addresses.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "base/whole_number.hpp"
#include "config/problems.hpp"
#include "oci/image_reference.hpp"

namespace countersign::config {
namespace {

Error wrong(std::string message) {
  return {Outcome::kInternalError, "ADDRESS", std::move(message)};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_whole_number(text);
  if (!port || *port > 65'535) return std::nullopt;
  return static_cast<std::uint16_t>(*port);
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
    if (id == "ambiguous-registry" && oci::is_domain(text)) return "Docker Hub is called docker.io";
    return "not a host name";
  }
  const bool same = reference->registry() == oci::without_default_port(text);
  if (!same && !oci::is_domain(text)) return "not a host name";
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
  const auto ip = IpAddress::parse(host);
  if (!ip) {
    const std::string meant =
        host == "localhost" ? "127.0.0.1:" + std::to_string(*port) : std::string();
    return wrong(in_quotes(host) + " is not an IP address" + did_you_mean(meant));
  }
  const bool v6 = host.contains(':');
  if (!bracketed && v6) {
    return wrong("an IPv6 address needs brackets" +
                 did_you_mean("[" + std::string(host) + "]:" + std::to_string(*port)));
  }
  if (bracketed && !v6) return wrong("brackets are for IPv6 addresses only");
  return SocketAddress{v6 ? ip->to_v6_string() : ip->to_string(), *port};
}

std::string SocketAddress::to_string() const {
  const std::string shown = host.contains(':') ? "[" + host + "]" : host;
  return shown + ":" + std::to_string(port);
}

Result<Cidr> parse_egress_network(std::string_view text) {
  static const Cidr kLinkLocalV4 = *Cidr::parse("169.254.0.0/16");
  static const Cidr kLinkLocalV6 = *Cidr::parse("fe80::/10");
  COUNTERSIGN_TRY(const Cidr network, Cidr::parse(text));
  if ((text.contains(':') ? kLinkLocalV6 : kLinkLocalV4).contains(network)) {
    return wrong(in_quotes(text) +
                 " is link-local, where metadata services live; it is never allowed");
  }
  return network;
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
  static const Cidr kLoopbackV4 = *Cidr::parse("127.0.0.0/8");
  static const Cidr kLoopbackV6 = *Cidr::parse("::1/128");
  const auto ip = IpAddress::parse(host);
  return ip && (host.contains(':') ? kLoopbackV6 : kLoopbackV4).contains(*ip);
}

}  // namespace countersign::config
