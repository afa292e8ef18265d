#pragma once
/// Where tokens are asked for. The realm is the registry's word, so it is judged before anything is
/// sent.
///
/// Source: oci-registry 4.2. Left to the transport: whether its address may be contacted; to
/// BoundCredential: whether it may see credentials.

#include <string_view>

#include "adapters/http/settings.hpp"
#include "adapters/http/url.hpp"
#include "base/result.hpp"

namespace countersign::registry {

/// `registry` is the identity that the settings and the reference name, `endpoint` the URL really
/// asked. Errors: `kRegistryMisbehaved`, reason "BAD_RESPONSE"; the message names the realm's host
/// where it has one.
Result<http::Url> check_realm(std::string_view realm, std::string_view registry,
                              const http::Url& endpoint, const http::Settings& settings);

}  // namespace countersign::registry
