#include "adapters/http/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/http/tls_roots.hpp"
#include "adapters/http/url.hpp"
#include "base/text.hpp"

namespace countersign::http {
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
  const auto host_port = parse_host_port(registry);
  if (!host_port) return false;
  std::string_view host = host_port->host;
  if (host == "localhost") return true;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  return address && classify(*address) == AddressClass::kLoopback;
}

Error bad(const RegistrySettings& entry, std::string_view what) {
  return {Outcome::kInternalError, "REGISTRY_SETTINGS",
          fmt::format("registry \"{}\": {}", printable(entry.match, 128), what)};
}

Status check_entry(const RegistrySettings& entry) {
  std::string_view name = entry.match;
  const bool wildcard = name.starts_with("*.");
  if (wildcard) name.remove_prefix(2);
  const auto parsed = parse_host_port(name);
  if (!parsed || ascii_lower(name) != name)
    return bad(entry, "want host[:port] or *.domain[:port], in lower case");
  if (wildcard && entry.plain_http) return bad(entry, "plain HTTP needs the exact host and port");
  if (wildcard && entry.insecure_skip_verify)
    return bad(entry, "skipping TLS verification needs the exact host and port");
  if (entry.plain_http_credentials && !entry.plain_http)
    return bad(entry, "credentials over plain HTTP need plain HTTP");
  for (const std::string& server : entry.token_servers) {
    if (!parse_host_port(server))
      return bad(entry,
                 fmt::format("token server \"{}\": want host[:port]", printable(server, 128)));
  }
  for (const std::string& pem : entry.ca) {
    if (auto status = check_roots(pem); !status) return bad(entry, status.error().message());
  }
  return ok();
}

}  // namespace

RegistryMatch find_registry(const Settings& settings, std::string_view registry) noexcept {
  for (const RegistrySettings& entry : settings.registries) {
    if (entry.match == registry) return {&entry, true};
  }
  for (const RegistrySettings& entry : settings.registries) {
    if (wildcard_matches(entry.match, registry)) return {&entry, false};
  }
  return {};
}

bool uses_plain_http(const RegistryMatch& match) noexcept {
  return match.exact && match.settings->plain_http;
}

bool skips_tls_verification(const RegistryMatch& match) noexcept {
  return match.exact && match.settings->insecure_skip_verify;
}

bool may_send_in_clear(const RegistryMatch& match, std::string_view host) {
  return is_loopback(host) || (match.settings != nullptr && match.settings->plain_http_credentials);
}

bool is_token_server(const RegistryMatch& match, const Url& url) {
  if (match.settings == nullptr) return false;
  return std::ranges::any_of(match.settings->token_servers, [&](const std::string& server) {
    return server == url.host() || server == url.authority();
  });
}

const oci::Credential* configured_credential(const Settings& settings, std::string_view registry) {
  const RegistryMatch match = find_registry(settings, registry);
  if (match.settings != nullptr && !match.settings->credentials.empty()) {
    return match.settings->credentials.find(registry);
  }
  return settings.default_credentials.find(registry);
}

Status check(const Settings& settings) {
  for (const RegistrySettings& entry : settings.registries) COUNTERSIGN_CHECK(check_entry(entry));
  for (const std::string& pem : settings.ca) COUNTERSIGN_CHECK(check_roots(pem));
  return ok();
}

}  // namespace countersign::http
