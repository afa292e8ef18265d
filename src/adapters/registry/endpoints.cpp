#include "adapters/registry/endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/http/address_policy.hpp"
#include "base/text.hpp"

namespace countersign::registry {
namespace {

/// "*.corp.io:5000" matches "a.corp.io:5000" and "a.b.corp.io:5000", never "corp.io:5000" nor
/// another port.
bool wildcard_matches(std::string_view pattern, std::string_view registry) noexcept {
  if (!pattern.starts_with("*.")) return false;
  const std::string_view suffix = pattern.substr(1);
  return registry.size() > suffix.size() && registry.ends_with(suffix) &&
         !registry.starts_with('[');
}

bool is_loopback(std::string_view registry) {
  const auto host_port = http::parse_host_port(registry);
  if (!host_port) return false;
  std::string_view host = host_port->host;
  if (host == "localhost") return true;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  return address && http::classify(*address) == http::AddressClass::kLoopback;
}

Error bad(const RegistrySettings& entry, std::string_view what) {
  return {Outcome::kInternalError, "REGISTRY_SETTINGS",
          fmt::format("registry \"{}\": {}", printable(entry.match, 128), what)};
}

Status check_entry(const RegistrySettings& entry) {
  std::string_view name = entry.match;
  const bool wildcard = name.starts_with("*.");
  if (wildcard) name.remove_prefix(2);
  const auto parsed = http::parse_host_port(name);
  if (!parsed || ascii_lower(name) != name)
    return bad(entry, "want host[:port] or *.domain[:port], in lower case");
  if (wildcard && entry.plain_http) return bad(entry, "plain HTTP needs the exact host and port");
  if (wildcard && entry.insecure_skip_verify)
    return bad(entry, "skipping TLS verification needs the exact host and port");
  if (entry.plain_http_credentials && !entry.plain_http)
    return bad(entry, "credentials over plain HTTP need plain HTTP");
  for (const std::string& server : entry.token_servers) {
    if (!http::parse_host_port(server))
      return bad(entry,
                 fmt::format("token server \"{}\": want host[:port]", printable(server, 128)));
  }
  for (const std::string& pem : entry.ca) {
    if (auto status = http::check_root_text(pem); !status)
      return bad(entry, status.error().message());
  }
  return ok();
}

std::shared_ptr<const http::TlsProfile> profile(const Settings& settings,
                                                const RegistrySettings* entry) {
  std::vector<std::string> texts = settings.ca;
  if (entry != nullptr) texts.insert(texts.end(), entry->ca.begin(), entry->ca.end());
  return std::make_shared<const http::TlsProfile>(settings.system_roots_file, std::move(texts));
}

}  // namespace

RegistryMatch find_registry(const Settings& settings, std::string_view registry) noexcept {
  registry = oci::without_default_port(registry);
  for (const RegistrySettings& entry : settings.registries) {
    if (oci::without_default_port(entry.match) == registry) return {&entry, true};
  }
  for (const RegistrySettings& entry : settings.registries) {
    if (wildcard_matches(oci::without_default_port(entry.match), registry)) return {&entry, false};
  }
  return {};
}

Status check(const Settings& settings) {
  for (const RegistrySettings& entry : settings.registries) COUNTERSIGN_CHECK(check_entry(entry));
  for (const std::string& pem : settings.ca) COUNTERSIGN_CHECK(http::check_root_text(pem));
  return ok();
}

Endpoints::Endpoints(Settings settings)
    : settings_(std::move(settings)),
      default_tls_(profile(settings_, nullptr)),
      unchecked_(std::make_shared<const http::TlsProfile>(http::TlsProfile::unchecked())),
      egress_allow_(std::make_shared<const std::vector<Cidr>>(settings_.egress_allow)) {
  for (const RegistrySettings& entry : settings_.registries)
    tls_.push_back(entry.ca.empty() ? default_tls_ : profile(settings_, &entry));
}

std::shared_ptr<const Endpoints> Endpoints::make(Settings settings) {
  return std::shared_ptr<const Endpoints>(new Endpoints(std::move(settings)));
}

std::string_view Endpoints::entry_of(std::string_view registry) const noexcept {
  const RegistryMatch match = find_registry(settings_, registry);
  return match.settings == nullptr ? std::string_view() : match.settings->match;
}

const std::shared_ptr<const http::TlsProfile>& Endpoints::tls_of(
    const RegistrySettings* entry) const noexcept {
  return entry == nullptr ? default_tls_
                          : tls_[static_cast<std::size_t>(entry - settings_.registries.data())];
}

Result<Endpoint> Endpoints::of(const std::string& registry) const {
  const RegistryMatch match = find_registry(settings_, registry);
  const bool plain = match.exact && match.settings->plain_http;
  const std::string host = registry == "docker.io" ? "registry-1.docker.io" : registry;
  auto base = http::Url::parse((plain ? "http://" : "https://") + host + "/");
  if (!base) return Error(Outcome::kInvalidReference, "host", base.error().message());
  return Endpoint(shared_from_this(), registry, *std::move(base));
}

http::Route Endpoints::route_to_signed() const {
  return {.purpose = http::Purpose::kRevocation,
          .reach = {.plain_http = true},
          .tls = default_tls_,
          .egress_allow = egress_allow_};
}

Endpoint::Endpoint(std::shared_ptr<const Endpoints> all, std::string registry, http::Url base)
    : all_(std::move(all)),
      registry_(std::move(registry)),
      base_(std::move(base)),
      match_(find_registry(all_->settings_, registry_)) {}

bool Endpoint::plain_http() const noexcept { return match_.exact && match_.settings->plain_http; }

bool Endpoint::skips_tls_verification() const noexcept {
  return match_.exact && match_.settings->insecure_skip_verify;
}

bool Endpoint::may_send_in_clear(std::string_view host) const {
  return is_loopback(host) ||
         (match_.settings != nullptr && match_.settings->plain_http_credentials);
}

bool Endpoint::is_token_server(const http::Url& url) const {
  if (match_.settings == nullptr) return false;
  return std::ranges::any_of(match_.settings->token_servers, [&](const std::string& server) {
    return server == url.host() || oci::without_default_port(server) == url.authority();
  });
}

oci::CredentialChain Endpoint::configured_credentials(std::string_view repository) const {
  const bool own = match_.settings != nullptr && !match_.settings->credentials.empty();
  const oci::DockerConfig& config =
      own ? match_.settings->credentials : all_->settings_.default_credentials;
  oci::CredentialChain chain;
  for (const oci::Credential* each : config.find(registry_, repository)) chain.push_back(*each);
  return chain;
}

/// Only a registry that is named by its exact host[:port] may be at a private address, and what it
/// leads to only at its own host. Another port of this machine is another service; another port of
/// a private registry's host is its own.
http::Route Endpoint::route_to(const http::Url& url, http::Purpose purpose) const {
  const bool named = match_.exact;
  const auto own = http::parse_host_port(registry_);
  const bool same_host = own && own->host == url.host();
  const std::uint16_t own_port = own && own->port != 0 ? own->port : (plain_http() ? 80 : 443);
  const bool same_place = same_host && own_port == url.port();
  http::Route route{.purpose = purpose,
                    .reach = {.plain_http = plain_http()},
                    .tls = all_->default_tls_,
                    .egress_allow = all_->egress_allow_};
  http::Reach& reach = route.reach;
  using Ports = http::Reach::Ports;
  switch (purpose) {
    case http::Purpose::kRegistry:
      reach.private_networks = reach.loopback = reach.local_names = named;
      reach.ports = match_.settings != nullptr ? Ports::kAny : Ports::kRegistries;
      route.egress_allow = nullptr;
      route.tls = skips_tls_verification() ? all_->unchecked_ : all_->tls_of(match_.settings);
      return route;
    case http::Purpose::kToken:
      reach.private_networks = reach.local_names = named && same_host;
      reach.loopback = named && same_place;
      break;
    case http::Purpose::kRedirect:
      reach.private_networks = named && same_host;
      break;
    case http::Purpose::kRevocation:
      return all_->route_to_signed();
  }
  reach.ports = same_place ? Ports::kAny : Ports::kHarmless;
  if (purpose == http::Purpose::kToken && (same_host || is_token_server(url))) {
    const bool unchecked = same_host && skips_tls_verification();
    route.tls = unchecked ? all_->unchecked_ : all_->tls_of(match_.settings);
  } else if (const auto other = find_registry(all_->settings_, url.authority()); other.exact) {
    route.tls = all_->tls_of(other.settings);
  }
  return route;
}

}  // namespace countersign::registry
