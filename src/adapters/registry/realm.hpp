#pragma once
/// Where tokens are asked for. The realm is the registry's word, so it is judged before anything is
/// sent.
///
/// Source: oci-registry 4.2. Left to the transport: whether its address may be contacted; to
/// BoundCredential: whether it may see credentials.

#include <string_view>

#include "adapters/http/url.hpp"
#include "adapters/registry/endpoints.hpp"
#include "base/result.hpp"

namespace countersign::registry {

/// Errors: `kRegistryMisbehaved`, reason "BAD_RESPONSE"; the message names the realm's host where
/// it has one.
Result<http::Url> check_realm(std::string_view realm, const Endpoint& endpoint);

}  // namespace countersign::registry
