#include "oci/manifest.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "base/text.hpp"
#include "oci/media_type.hpp"

namespace countersign::oci {
namespace {

constexpr Outcome kBad = Outcome::kRegistryMisbehaved;
constexpr Reason kBadResponse{"BAD_RESPONSE"};
constexpr JsonLimits kLimits{.max_bytes = kMaxManifestBytes, .max_depth = 32};
constexpr JsonLimits kSignatureLimits{.max_bytes = kMaxSignatureManifestBytes,
                                      .max_depth = 32,
                                      .max_values = kMaxSignatureManifestValues};

/// A member of an optional object of strings; empty if absent or of another type.
std::string string_in(const Json& object, std::string_view member, std::string_view name) {
  const auto holder = object.find(member);
  if (holder == object.end() || !holder->is_object()) return {};
  const auto value = holder->find(name);
  return value != holder->end() && value->is_string() ? value->get<std::string>() : std::string();
}

Result<Descriptor> read_descriptor(const Json& json, const std::string& path) {
  const JsonReader reader(json, path, kBad, kBadResponse);
  COUNTERSIGN_CHECK(reader.check_object());
  COUNTERSIGN_TRY(std::string media_type, reader.required_string("mediaType"));
  COUNTERSIGN_TRY(const std::string digest_text, reader.required_string("digest"));
  auto digest = Digest::parse(digest_text);
  if (!digest) return reader.error("digest", digest.error().message());
  COUNTERSIGN_TRY(const std::uint64_t size, reader.required_size("size"));
  COUNTERSIGN_TRY(std::optional<std::string> artifact_type, reader.optional_string("artifactType"));
  Descriptor descriptor{
      .media_type = std::move(media_type),
      .digest = *std::move(digest),
      .size = size,
      .artifact_type = std::move(artifact_type).value_or(""),
      .chain_thumbprints =
          string_in(json, "annotations", "io.cncf.notary.x509chain.thumbprint#S256"),
      .data = {},
      .platform = {},
      .ref_name = string_in(json, "annotations", "org.opencontainers.image.ref.name")};
  if (const Json* data = reader.find("data"); data != nullptr && data->is_string()) {
    descriptor.data = data->get<std::string>();
  }
  const std::string os = string_in(json, "platform", "os");
  const std::string architecture = string_in(json, "platform", "architecture");
  if (!os.empty() || !architecture.empty()) descriptor.platform = os + "/" + architecture;
  return descriptor;
}

/// Refusals that every manifest document shares (oci-registry 2.4, steps 5 to 7).
Status check_document(const JsonReader& reader) {
  COUNTERSIGN_CHECK(reader.check_object());
  if (const Json* version = reader.find("schemaVersion"); version != nullptr && *version == 1) {
    return Error(kBad, "SCHEMA1_REFUSED", "Docker schema 1 manifests are not supported");
  }
  const bool index = reader.find("manifests") != nullptr;
  const bool manifest = reader.find("layers") != nullptr || reader.find("config") != nullptr ||
                        reader.find("fsLayers") != nullptr;
  if (index && manifest)
    return Error(kBad, kBadResponse, "document is an index and a manifest at once");
  return ok();
}

}  // namespace

bool SignatureManifest::is_notary_signature() const {
  if (!artifact_type.empty()) return artifact_type == media_type::kNotarySignature;
  return config_media_type == media_type::kNotarySignature;
}

Result<std::string> declared_media_type(std::string_view json) {
  COUNTERSIGN_TRY(const Json document, parse_json(json, kLimits, kBad, kBadResponse));
  const JsonReader reader(document, "", kBad, kBadResponse);
  COUNTERSIGN_CHECK(check_document(reader));
  COUNTERSIGN_TRY(std::optional<std::string> type, reader.optional_string("mediaType"));
  return std::move(type).value_or("");
}

Result<SignatureManifest> parse_signature_manifest(std::string_view json,
                                                   std::string_view media_type) {
  const bool artifact = media_type == media_type::kOciArtifactManifest;
  if (!artifact && media_type != media_type::kOciManifest) {
    return Error(
        kBad, kBadResponse,
        fmt::format("a signature cannot be of media type \"{}\"", printable(media_type, 128)));
  }
  COUNTERSIGN_TRY(const Json document, parse_json(json, kSignatureLimits, kBad, kBadResponse));
  const JsonReader reader(document, "", kBad, kBadResponse);
  COUNTERSIGN_CHECK(check_document(reader));
  COUNTERSIGN_TRY(const std::optional<std::string> declared, reader.optional_string("mediaType"));
  if (declared && *declared != media_type) {
    return reader.error("mediaType",
                        fmt::format("\"{}\" is not the type that was announced, \"{}\"",
                                    printable(*declared, 128), printable(media_type, 128)));
  }
  SignatureManifest manifest;
  COUNTERSIGN_TRY(std::optional<std::string> artifact_type, reader.optional_string("artifactType"));
  manifest.artifact_type = std::move(artifact_type).value_or("");
  COUNTERSIGN_TRY(const Json* config, reader.optional_object("config"));
  if (config != nullptr && !artifact) {
    const JsonReader config_reader(*config, "config", kBad, kBadResponse);
    COUNTERSIGN_TRY(manifest.config_media_type, config_reader.required_string("mediaType"));
  }
  const std::string_view list = artifact ? "blobs" : "layers";
  COUNTERSIGN_TRY(const Json* layers, reader.optional_array(list));
  if (layers != nullptr) {
    for (std::size_t i = 0; i < layers->size(); ++i) {
      COUNTERSIGN_TRY(Descriptor layer,
                      read_descriptor((*layers)[i], fmt::format("{}[{}]", list, i)));
      manifest.layers.push_back(std::move(layer));
    }
  }
  COUNTERSIGN_TRY(const Json* subject, reader.optional_object("subject"));
  if (subject != nullptr) {
    const JsonReader subject_reader(*subject, "subject", kBad, kBadResponse);
    COUNTERSIGN_TRY(const std::string digest_text, subject_reader.required_string("digest"));
    auto digest = Digest::parse(digest_text);
    if (!digest) return subject_reader.error("digest", digest.error().message());
    manifest.subject = *std::move(digest);
  }
  return manifest;
}

Result<Index> parse_index(std::string_view json) {
  COUNTERSIGN_TRY(const Json document, parse_json(json, kLimits, kBad, kBadResponse));
  const JsonReader reader(document, "", kBad, kBadResponse);
  COUNTERSIGN_CHECK(check_document(reader));
  const Json* version = reader.find("schemaVersion");
  if (version == nullptr || *version != 2) return reader.error("schemaVersion", "want 2");
  if (!document.contains("manifests")) return reader.error("manifests", "missing");
  COUNTERSIGN_TRY(const Json* manifests, reader.optional_array("manifests"));
  Index index;
  index.filters_applied =
      !string_in(document, "annotations", "org.opencontainers.referrers.filtersApplied").empty();
  if (manifests == nullptr) return index;
  for (std::size_t i = 0; i < manifests->size(); ++i) {
    auto descriptor = read_descriptor((*manifests)[i], fmt::format("manifests[{}]", i));
    if (descriptor) {
      index.manifests.push_back(*std::move(descriptor));
    } else {
      ++index.malformed_entries;
    }
  }
  return index;
}

}  // namespace countersign::oci
