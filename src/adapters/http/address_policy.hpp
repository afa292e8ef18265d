#pragma once
/// Which addresses may be contacted. Image names, realms, redirects and links are chosen by others,
/// so every URL is judged before it is used, and every address again when a socket is made or
/// reused: a name may change its mind.
///
/// Source: oci-registry 5.6 (table of classes); decisions 7 (link-local and metadata never). Who
/// may reach private networks is for the route's maker to say. Pure: no resolver here.

#include <cstdint>
#include <string_view>
#include <vector>

#include "adapters/http/route.hpp"
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

/// Judges scheme, host, literal address and port of a URL before anything is resolved.
/// Errors: outcome by the purpose (`blocked_outcome`), reason "POLICY_BLOCKED_ADDRESS", and
/// "BAD_RESPONSE" for http:// where the route does not have it.
[[nodiscard]] Status check_url(const Url& url, const Route& route);
/// Judges one resolved address.
[[nodiscard]] bool may_connect(const IpAddress& address, const Route& route);

/// The image's own host `kRegistryRefused`; realm and redirect `kRegistryMisbehaved`; OCSP and CRL
/// `kRevocationUnknown`.
[[nodiscard]] Outcome blocked_outcome(Purpose purpose) noexcept;

}  // namespace countersign::http
