#pragma once
/// Media types that this program reads. Source: oci-registry 2.2; notary-verification 1.1.

#include <string>
#include <string_view>

namespace countersign::oci::media_type {

inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerSchema1 =
    "application/vnd.docker.distribution.manifest.v1+json";
inline constexpr std::string_view kDockerSchema1Signed =
    "application/vnd.docker.distribution.manifest.v1+prettyjws";
/// Of a release candidate of OCI 1.1; only accepted for signatures.
inline constexpr std::string_view kOciArtifactManifest =
    "application/vnd.oci.artifact.manifest.v1+json";
inline constexpr std::string_view kOciEmpty = "application/vnd.oci.empty.v1+json";
inline constexpr std::string_view kNotarySignature = "application/vnd.cncf.notary.signature";
inline constexpr std::string_view kJws = "application/jose+json";
inline constexpr std::string_view kCose = "application/cose";

/// The four types that an image may have.
[[nodiscard]] bool is_image(std::string_view type) noexcept;
/// A Content-Type header's type: before the first ';', trimmed, lower case.
[[nodiscard]] std::string essence(std::string_view content_type);
/// Whether that is `type`, which is written in lower case.
[[nodiscard]] bool has_essence(std::string_view content_type, std::string_view type) noexcept;

}  // namespace countersign::oci::media_type
