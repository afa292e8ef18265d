#pragma once
/// Who may see a registry's credential, said once more and in the simplest way: a table of
/// registries, and for each the two hosts.
///
/// Source: oci-registry 4.2, 4.6, 5.2.

#include <array>
#include <string>
#include <string_view>

#include "adapters/registry/endpoints.hpp"

namespace countersign::fuzz {

struct Place {
  std::string_view registry;    ///< as references name it
  std::string_view origin;      ///< of its endpoint
  std::string_view host;        ///< that may see its credential; empty: nobody may
  std::string_view token_host;  ///< that is configured besides; empty: none
};

inline constexpr std::array<Place, 6> kPlaces = {{
    {"r.io", "https://r.io", "r.io", ""},
    {"corp.io", "https://corp.io", "corp.io", "auth.corp.io"},
    {"open.io:5000", "http://open.io:5000", "open.io", ""},
    {"127.0.0.1:5000", "http://127.0.0.1:5000", "127.0.0.1", ""},
    {"plain.io:5000", "http://plain.io:5000", "", ""},
    {"unchecked.io", "https://unchecked.io", "", ""},
}};

inline registry::Settings settings_of_places() {
  registry::Settings settings;
  settings.registries = {
      {.match = "corp.io", .token_servers = {"auth.corp.io"}},
      {.match = "open.io:5000", .plain_http = true, .plain_http_credentials = true},
      {.match = "127.0.0.1:5000", .plain_http = true},
      {.match = "plain.io:5000", .plain_http = true},
      {.match = "unchecked.io", .insecure_skip_verify = true},
  };
  return settings;
}

[[nodiscard]] inline bool is_encrypted(const Place& place) {
  return place.origin.starts_with("https://");
}

/// "https://host:port" of a URL as it is printed.
[[nodiscard]] inline std::string_view origin_of(std::string_view url) {
  return url.substr(0, url.find_first_of("/?#", url.find("://") + 3));
}

/// Whether a token server may be shown the credential of `place`.
[[nodiscard]] inline bool may_be_token_server(const Place& place, std::string_view url) {
  const std::string_view origin = origin_of(url);
  if (is_encrypted(place) && !origin.starts_with("https://")) return false;
  const std::string_view authority = origin.substr(origin.find("://") + 3);
  const std::string_view host = authority.substr(0, authority.find(':'));
  return !host.empty() && !place.host.empty() && (host == place.host || host == place.token_host);
}

}  // namespace countersign::fuzz
