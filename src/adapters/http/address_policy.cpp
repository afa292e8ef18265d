#include "adapters/http/address_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string>

namespace countersign::http {
namespace {

struct Range {
  std::string_view network;
  AddressClass kind;
};

// First match wins, so exceptions stand before the networks that hold them.
constexpr Range kRanges[] = {
    // Metadata and platform services. Some of them look public.
    {"169.254.0.0/16", AddressClass::kLinkLocal},
    {"168.63.129.16/32", AddressClass::kLinkLocal},
    {"100.100.100.200/32", AddressClass::kLinkLocal},
    {"192.0.0.192/32", AddressClass::kLinkLocal},
    {"fe80::/10", AddressClass::kLinkLocal},
    {"fd00:ec2::254/128", AddressClass::kLinkLocal},
    {"fd00:ec2::23/128", AddressClass::kLinkLocal},
    {"fd20:ce::254/128", AddressClass::kLinkLocal},
    {"127.0.0.0/8", AddressClass::kLoopback},
    {"::1/128", AddressClass::kLoopback},
    {"10.0.0.0/8", AddressClass::kPrivate},
    {"172.16.0.0/12", AddressClass::kPrivate},
    {"192.168.0.0/16", AddressClass::kPrivate},
    {"100.64.0.0/10", AddressClass::kPrivate},
    {"fc00::/7", AddressClass::kPrivate},
    {"fec0::/10", AddressClass::kPrivate},
    {"0.0.0.0/8", AddressClass::kReserved},
    {"192.0.0.0/24", AddressClass::kReserved},
    {"192.0.2.0/24", AddressClass::kReserved},
    {"192.88.99.0/24", AddressClass::kReserved},
    {"198.18.0.0/15", AddressClass::kReserved},
    {"198.51.100.0/24", AddressClass::kReserved},
    {"203.0.113.0/24", AddressClass::kReserved},
    {"224.0.0.0/4", AddressClass::kReserved},
    {"240.0.0.0/4", AddressClass::kReserved},
    {"2001:db8::/32", AddressClass::kReserved},
    {"2000::/3", AddressClass::kPublic},
    // NAT64 is judged by what it embeds; all else outside 2000::/3 is not for unicast on the
    // Internet.
    {"64:ff9b::/96", AddressClass::kPublic},
    {"64:ff9b:1::/48", AddressClass::kPublic},
};

struct ParsedRange {
  Cidr network;
  AddressClass kind;
};

const std::vector<ParsedRange>& ranges() {
  static const std::vector<ParsedRange> parsed = [] {
    std::vector<ParsedRange> all;
    for (const Range& range : kRanges) {
      auto network = Cidr::parse(range.network);
      all.push_back({*std::move(network), range.kind});
    }
    return all;
  }();
  return parsed;
}

bool starts_with(const IpAddress& address, std::initializer_list<std::uint8_t> prefix) {
  return std::ranges::equal(prefix, std::span(address.bytes()).first(prefix.size()));
}

std::uint32_t word_at(const IpAddress& address, std::size_t at) {
  const auto& b = address.bytes();
  return (std::uint32_t{b[at]} << 24U) | (std::uint32_t{b[at + 1]} << 16U) |
         (std::uint32_t{b[at + 2]} << 8U) | std::uint32_t{b[at + 3]};
}

/// Names that lead to metadata services, wherever a resolver says they are.
bool is_metadata_name(std::string_view host) {
  return host == "metadata" || host == "metadata.google.internal" || host == "instance-data" ||
         host.starts_with("instance-data.");
}

bool is_cluster_name(std::string_view host) {
  return host == "kubernetes" || host == "kubernetes.default" ||
         host.starts_with("kubernetes.default.") || host.ends_with(".svc") ||
         host.ends_with(".cluster.local");
}

/// Ports of services that a request could disturb, or that a name has no business to point us at.
bool is_denied_port(std::uint16_t port) {
  constexpr std::array<std::uint16_t, 15> kDenied = {
      22, 23, 25, 53, 110, 143, 445, 2379, 2380, 3306, 5432, 6379, 6443, 10250, 10255};
  return std::ranges::find(kDenied, port) != kDenied.end();
}

bool is_registry_port(const Url& url) {
  const std::uint16_t port = url.port();
  return port == 443 || port == 80 || (port >= 5000 && port <= 5999 && port != 5432) ||
         port == 8080 || port == 8443;
}

bool is_allowed(const IpAddress& address, const Route& route) {
  return route.egress_allow != nullptr &&
         std::ranges::any_of(*route.egress_allow,
                             [&](const Cidr& cidr) { return cidr.contains(address); });
}

std::string_view worst(const IpAddress& address) {
  AddressClass worst = AddressClass::kPublic;
  for (const IpAddress& each : embedded_addresses(address)) worst = std::max(worst, classify(each));
  return name(worst);
}

}  // namespace

std::string_view name(AddressClass kind) noexcept {
  switch (kind) {
    case AddressClass::kPublic:
      return "public";
    case AddressClass::kPrivate:
      return "private";
    case AddressClass::kLoopback:
      return "loopback";
    case AddressClass::kReserved:
      return "reserved";
    case AddressClass::kLinkLocal:
      return "link-local or metadata";
  }
  return "";
}

AddressClass classify(const IpAddress& address) noexcept {
  for (const ParsedRange& range : ranges()) {
    if (range.network.contains(address)) return range.kind;
  }
  return address.is_v4() ? AddressClass::kPublic : AddressClass::kReserved;
}

std::vector<IpAddress> embedded_addresses(const IpAddress& address) {
  if (address.is_v4()) return {address};
  const bool high_zero = std::ranges::all_of(std::span(address.bytes()).first(12),
                                             [](std::uint8_t b) { return b == 0; });
  if (high_zero) {
    // "::" and "::1" are themselves; the rest is IPv4-compatible.
    return word_at(address, 12) <= 1 ? std::vector{address}
                                     : std::vector{IpAddress::v4(word_at(address, 12))};
  }
  if (starts_with(address, {0x20, 0x02})) return {IpAddress::v4(word_at(address, 2))};
  if (starts_with(address, {0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {
    return {IpAddress::v4(word_at(address, 12))};
  }
  if (starts_with(address, {0x00, 0x64, 0xff, 0x9b, 0x00, 0x01})) {
    // RFC 6052: with a prefix of 48 bits the address stands around byte 8, with one of 96 at the
    // end.
    const auto& b = address.bytes();
    const std::uint32_t around = (std::uint32_t{b[6]} << 24U) | (std::uint32_t{b[7]} << 16U) |
                                 (std::uint32_t{b[9]} << 8U) | std::uint32_t{b[10]};
    std::vector<IpAddress> found;
    for (const std::uint32_t each : {around, word_at(address, 12)}) {
      if (each != 0) found.push_back(IpAddress::v4(each));
    }
    if (found.empty()) found.push_back(IpAddress::v4(0));
    return found;
  }
  if (starts_with(address, {0x20, 0x01, 0, 0})) {
    return {IpAddress::v4(word_at(address, 4)), IpAddress::v4(~word_at(address, 12))};
  }
  return {address};
}

Outcome blocked_outcome(Purpose purpose) noexcept {
  switch (purpose) {
    case Purpose::kRegistry:
      return Outcome::kRegistryRefused;
    case Purpose::kToken:
    case Purpose::kRedirect:
      return Outcome::kRegistryMisbehaved;
    case Purpose::kRevocation:
      return Outcome::kRevocationUnknown;
  }
  return Outcome::kInternalError;
}

bool may_connect(const IpAddress& address, const Route& route) {
  return std::ranges::all_of(embedded_addresses(address), [&](const IpAddress& each) {
    switch (classify(each)) {
      case AddressClass::kPublic:
        return true;
      case AddressClass::kReserved:
      case AddressClass::kLinkLocal:
        return false;
      case AddressClass::kPrivate:
        return route.reach.private_networks || is_allowed(each, route);
      case AddressClass::kLoopback:
        return route.reach.loopback || is_allowed(each, route);
    }
    return false;
  });
}

Status check_url(const Url& url, const Route& route) {
  const Outcome outcome = blocked_outcome(route.purpose);
  if (!url.is_https() && !route.reach.plain_http) {
    return Error(outcome, "BAD_RESPONSE", "plain HTTP is not configured for this registry");
  }
  const auto blocked = [&](std::string_view what) {
    return Error(outcome, "POLICY_BLOCKED_ADDRESS",
                 fmt::format("{} is not contacted: {}", url.authority(), what));
  };
  const std::string& host = url.host();
  std::string_view literal = host;
  if (literal.starts_with('[')) literal = literal.substr(1, literal.size() - 2);
  if (const auto address = IpAddress::parse(literal)) {
    if (!may_connect(*address, route)) return blocked(fmt::format("a {} address", worst(*address)));
  } else {
    if (is_metadata_name(host)) return blocked("a name of a metadata service");
    const bool local =
        !host.contains('.') || host.ends_with(".localhost") || host.ends_with(".internal");
    if (!route.reach.local_names) {
      if (is_cluster_name(host)) return blocked("a name inside the cluster");
      if (local) return blocked("a local name");
    }
  }
  if (route.reach.ports == Reach::Ports::kAny) return ok();
  if (route.reach.ports == Reach::Ports::kRegistries && !is_registry_port(url)) {
    return blocked("not a port of registries; name the registry with its port under `registries`");
  }
  if (is_denied_port(url.port())) return blocked("a port that is never contacted");
  return ok();
}

}  // namespace countersign::http
