#pragma once
/// Which addresses may be contacted. Image names, realms, redirects and links are chosen by others,
/// so every URL is judged before it is used, and every address again when a socket is made or
/// reused: a name may change its mind.
///
/// Source: oci-registry 5.6 (table of classes); decisions 7 (private and loopback only for exactly
/// named registries, link-local and metadata never). Pure: no resolver here.

#include <cstdint>
#include <string_view>
#include <vector>

#include "adapters/http/transport.hpp"
#include "adapters/http/url.hpp"
#include "base/ip_address.hpp"
#include "base/result.hpp"

namespace countersign::http {

/// From harmless to never.
enum class AddressClass : std::uint8_t { kPublic, kPrivate, kLoopback, kReserved, kLinkLocal };
[[nodiscard]] std::string_view name(AddressClass kind) noexcept;

/// The class of the address as it stands, embedded IPv4 not looked at.
[[nodiscard]] AddressClass classify(const IpAddress& address) noexcept;
/// What has to be judged: the IPv4 addresses inside mapped, compatible, 6to4, NAT64 and Teredo
/// forms, else itself.
[[nodiscard]] std::vector<IpAddress> embedded_addresses(const IpAddress& address);

/// On whose behalf a URL is asked, as far as addresses are concerned.
struct Contact {
  Purpose purpose = Purpose::kRegistry;
  /// The settings name the registry by its exact host[:port].
  bool registry_is_named = false;
  /// An entry of the settings applies to the registry, exactly or by wildcard: then its port is the
  /// operator's choice.
  bool registry_is_configured = false;
  /// The URL has the registry's own host; and also its port.
  bool same_host = false;
  bool same_port = false;
};

class AddressPolicy {
 public:
  explicit AddressPolicy(std::vector<Cidr> egress_allow) : egress_allow_(std::move(egress_allow)) {}

  /// Judges host, literal address and port of a URL before anything is resolved.
  /// Errors: reason "POLICY_BLOCKED_ADDRESS"; outcome by the purpose (`blocked_outcome`).
  [[nodiscard]] Status check_url(const Url& url, const Contact& contact) const;
  /// Judges one resolved address.
  [[nodiscard]] bool may_connect(const IpAddress& address, const Contact& contact) const;

 private:
  std::vector<Cidr> egress_allow_;
};

/// The image's own host `kRegistryRefused`; realm and redirect `kRegistryMisbehaved`; OCSP and CRL
/// `kRevocationUnknown`.
[[nodiscard]] Outcome blocked_outcome(Purpose purpose) noexcept;

}  // namespace countersign::http
