#include "adapters/registry/candidate.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "oci/media_type.hpp"
#include "ports/artifact.hpp"

namespace countersign::registry {
namespace {

namespace media_type = oci::media_type;

Error not_a_signature(std::string what) {
  return {Outcome::kSignatureInvalid, ports::kNotASignature, std::move(what)};
}
Error too_large(std::string what) {
  return {Outcome::kRegistryMisbehaved, "TOO_LARGE", std::move(what)};
}

}  // namespace

Status check_listed(const oci::Descriptor& candidate, const ports::Subject& subject) {
  if (candidate.digest == subject.digest) return not_a_signature("the list names the image itself");
  if (candidate.media_type != media_type::kOciManifest &&
      candidate.media_type != media_type::kOciArtifactManifest) {
    return not_a_signature(
        fmt::format("of media type \"{}\"", printable(candidate.media_type, 128)));
  }
  if (candidate.size > oci::kMaxSignatureManifestBytes) {
    return too_large(fmt::format("a signature manifest of {} bytes", candidate.size));
  }
  return ok();
}

Result<oci::Descriptor> envelope_of(const oci::Descriptor& candidate, const ports::Subject& subject,
                                    std::string_view manifest) {
  // The listed size is not judged: registries are known to list another one, and the digest is what
  // protects us.
  if (!candidate.digest.matches(as_bytes(manifest))) {
    return Error(Outcome::kRegistryMisbehaved, "DIGEST_MISMATCH",
                 "asked for " + candidate.digest.to_string() + ", received other bytes");
  }
  COUNTERSIGN_TRY(oci::SignatureManifest parsed,
                  oci::parse_signature_manifest(manifest, candidate.media_type));
  if (!parsed.is_notary_signature())
    return not_a_signature("its manifest is of another artifact type");
  // The list is unauthenticated: without this, a signature of one image could be listed under
  // another.
  if (!parsed.subject) return not_a_signature("its manifest names no subject");
  if (*parsed.subject != subject.digest) {
    return not_a_signature("its manifest's subject is " + parsed.subject->to_string());
  }
  if (parsed.layers.size() != 1) {
    return Error(
        Outcome::kSignatureInvalid, "ST-5",
        fmt::format("want exactly one signature envelope, found {}", parsed.layers.size()));
  }
  oci::Descriptor envelope = std::move(parsed.layers.front());
  if (envelope.media_type != media_type::kJws && envelope.media_type != media_type::kCose) {
    return Error(Outcome::kSignatureInvalid, "ST-6",
                 fmt::format("envelope of media type \"{}\"", printable(envelope.media_type, 128)));
  }
  if (envelope.size == 0) return Error(Outcome::kSignatureInvalid, "ST-8", "the envelope is empty");
  if (envelope.size > kMaxEnvelopeBytes)
    return too_large(fmt::format("an envelope of {} bytes", envelope.size));
  return envelope;
}

std::optional<Bytes> inline_envelope(const oci::Descriptor& envelope) {
  if (envelope.data.empty()) return std::nullopt;
  auto bytes = from_base64(envelope.data);
  if (!bytes || bytes->size() != envelope.size || !envelope.digest.matches(*bytes))
    return std::nullopt;
  return bytes;
}

Status check_content(const oci::Descriptor& descriptor, std::string_view content) {
  if (content.size() != descriptor.size) {
    return Error(Outcome::kRegistryMisbehaved, "DIGEST_MISMATCH",
                 fmt::format("want {} bytes of {}, received {}", descriptor.size,
                             descriptor.digest.to_string(), content.size()));
  }
  if (!descriptor.digest.matches(as_bytes(content))) {
    return Error(Outcome::kRegistryMisbehaved, "DIGEST_MISMATCH",
                 "asked for " + descriptor.digest.to_string() + ", received other bytes");
  }
  return ok();
}

}  // namespace countersign::registry
