#pragma once
/// Descriptors, image manifests and indexes, as far as finding signatures needs them.
///
/// Source: oci-registry 2.4 (strict reading), 3.1 (referrers index), 3.6 (signature manifests);
/// notary-verification ST-1 to ST-5, ST-18. Left to the caller: that the bytes have the digest that
/// was asked for.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "oci/digest.hpp"

namespace countersign::oci {

inline constexpr std::size_t kMaxManifestBytes = std::size_t{4} * 1024 * 1024;
/// Of a signature; real ones have less than 2 KiB. Whoever may push writes them, and each is read.
inline constexpr std::size_t kMaxSignatureManifestBytes = std::size_t{128} * 1024;
inline constexpr std::size_t kMaxSignatureManifestValues = 4096;

struct Descriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;
  std::string artifact_type;  ///< empty if absent
  /// Only the thumbprint annotation is kept: an ordering hint, never a proof.
  std::string chain_thumbprints;
  /// Inline `data`, base64 as written; empty if absent.
  std::string data;
  /// `platform`.os/architecture[/variant]; empty if absent.
  std::string platform;
  /// `org.opencontainers.image.ref.name`; used in OCI layouts only.
  std::string ref_name;
};

/// A manifest that may be a signature: OCI image manifest or (legacy) OCI artifact manifest.
struct SignatureManifest {
  std::string artifact_type;       ///< empty if absent
  std::string config_media_type;   ///< empty if there is no config
  std::vector<Descriptor> layers;  ///< `layers` or `blobs`
  std::optional<Digest> subject;   ///< digest only: its size and type are not judged (R-95)

  /// The one rule that says whether this is a Notary Project signature (oci-registry 3.6, step 3).
  [[nodiscard]] bool is_notary_signature() const;
};

struct Index {
  std::vector<Descriptor> manifests;
  std::size_t malformed_entries = 0;  ///< left out of `manifests` (R-69)
  bool filters_applied = false;       ///< annotation of release candidates of OCI 1.1
};

/// What a document says of itself; enough to resolve a tag whose Content-Type says too little.
/// Refuses schema 1 and documents that are both index and manifest (CVE-2021-41190).
/// Errors: `kRegistryMisbehaved`, reason "BAD_RESPONSE" or "SCHEMA1_REFUSED".
Result<std::string> declared_media_type(std::string_view json);

/// `media_type` is the one that the registry or the descriptor gave. Errors: as above; of more
/// bytes or values than the limits too.
Result<SignatureManifest> parse_signature_manifest(std::string_view json,
                                                   std::string_view media_type);

/// An OCI image index, as the referrers API, the referrers tag and OCI layouts use it.
/// `"manifests": null` is empty.
Result<Index> parse_index(std::string_view json);

}  // namespace countersign::oci
