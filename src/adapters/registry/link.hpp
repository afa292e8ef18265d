#pragma once
/// The Link header that leads to the next page of a referrers list.
///
/// Source: RFC 8288; oci-registry 3.3 (same origin, same path, `rel` must say "next"). Pure.

#include <optional>
#include <string_view>
#include <vector>

#include "adapters/http/url.hpp"
#include "base/result.hpp"

namespace countersign::registry {

/// The next page, resolved against `page`, or nothing if there is none. Its origin is the page's,
/// its path starts with `path_prefix`. Errors: `kRegistryMisbehaved`, reason "BAD_RESPONSE".
Result<std::optional<http::Url>> next_page(const std::vector<std::string_view>& link_fields,
                                           const http::Url& page, std::string_view path_prefix);

}  // namespace countersign::registry
