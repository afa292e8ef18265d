#pragma once
/// From an answer of the manifest endpoint to a descriptor.
///
/// Source: oci-registry 2.2 to 2.4. A digest that was asked for is proven by the bytes or repeated
/// by the header; a tag's digest is the registry's word, and becomes what is verified and run.
/// Pure.

#include <optional>
#include <string_view>

#include "adapters/http/message.hpp"
#include "base/result.hpp"
#include "oci/digest.hpp"
#include "ports/registry.hpp"

namespace countersign::registry {

/// The four types an image may have, in one header.
inline constexpr std::string_view kImageAccept =
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.docker.distribution.manifest.v2+json";

/// Nothing if a HEAD answer of 200 says too little, and a GET must follow.
/// Errors: `kRegistryMisbehaved`, "DIGEST_MISMATCH" or "BAD_RESPONSE".
[[nodiscard]] std::optional<Result<ports::Subject>> judge_head(
    const std::optional<oci::Digest>& wanted, const http::Response& response);

/// A GET answer of 200. Without `wanted` the digest is the SHA-256 of the body.
/// Errors: `kRegistryMisbehaved`, "DIGEST_MISMATCH", "BAD_RESPONSE", "SCHEMA1_REFUSED" or
/// "TOO_LARGE".
Result<ports::Subject> judge_get(const std::optional<oci::Digest>& wanted,
                                 const http::Response& response);

/// True for types that say nothing, or none at all: the document must then say it.
[[nodiscard]] bool is_generic_type(std::string_view essence) noexcept;

/// The Content-Type without parameters; empty if absent.
/// Errors: `kRegistryMisbehaved`, "BAD_RESPONSE" if it stands twice with different values.
Result<std::string> content_type(const http::Response& response);

}  // namespace countersign::registry
