// Any bytes as the manifest of a listed signature; behind an 'E', edits of a good one; an 'A'
// before either makes it an artifact manifest. An envelope is taken only from a manifest with the
// digest that was listed, of this image, with one layer of a signature's type and a size within the
// limit; and it is what the manifest says.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/registry/candidate.hpp"
#include "fuzz/edited.hpp"
#include "fuzz/json_reading.hpp"
#include "fuzz/memory.hpp"
#include "fuzz/require.hpp"
#include "oci/media_type.hpp"

namespace {

namespace cs = countersign;
namespace media_type = cs::oci::media_type;
using cs::fuzz::require;
using cs::fuzz::text_in;
using cs::oci::Descriptor;
using cs::oci::Digest;

Digest digest_of(std::string_view bytes) {
  return Digest::of(cs::crypto::HashAlgorithm::kSha256, cs::as_bytes(bytes));
}

const cs::ports::Subject& subject() {
  static const cs::ports::Subject subject{
      .digest = *Digest::parse("sha256:" + std::string(64, '5')),
      .media_type = std::string(media_type::kOciManifest),
      .size = 7};
  return subject;
}

/// The layer has its envelope, "envelope", in itself.
std::string good_manifest(bool artifact) {
  return R"({"schemaVersion":2,"mediaType":")" +
         std::string(artifact ? media_type::kOciArtifactManifest : media_type::kOciManifest) +
         R"(","artifactType":"application/vnd.cncf.notary.signature",)" +
         (artifact ? ""
                   : R"("config":{"mediaType":"application/vnd.oci.empty.v1+json","size":2},)") +
         (artifact ? R"("blobs":[)" : R"("layers":[)") +
         R"({"mediaType":"application/jose+json","size":8,"data":"ZW52ZWxvcGU=","digest":")" +
         digest_of("envelope").to_string() +
         R"("}],"subject":{"mediaType":"application/x","size":7,"digest":")" +
         subject().digest.to_string() + R"("}})";
}

/// The rule of oci-registry 3.6 once more, on the lenient reading.
void require_as_written(std::string_view text, const Descriptor& candidate,
                        const Descriptor& envelope) {
  const bool artifact = candidate.media_type == media_type::kOciArtifactManifest;
  const auto json = cs::fuzz::lenient_json(text);
  require(json.is_object());
  if (json.contains("mediaType") && !json.at("mediaType").is_null())
    require(json.at("mediaType") == candidate.media_type);
  const std::string type = text_in(json, "artifactType");
  const bool by_config = !artifact && type.empty() && json.contains("config") &&
                         text_in(json.at("config"), "mediaType") == media_type::kNotarySignature;
  require(type == media_type::kNotarySignature || by_config);
  require(text_in(json.at("subject"), "digest") == subject().digest.to_string());
  const auto& layers = json.at(artifact ? "blobs" : "layers");
  require(layers.is_array() && layers.size() == 1);
  require(text_in(layers[0], "mediaType") == envelope.media_type);
  require(text_in(layers[0], "digest") == envelope.digest.to_string());
  require(layers[0].at("size") == envelope.size && text_in(layers[0], "data") == envelope.data);
}

void require_envelope(const Descriptor& envelope) {
  require(envelope.media_type == media_type::kJws || envelope.media_type == media_type::kCose);
  require(envelope.size > 0 && envelope.size <= cs::registry::kMaxEnvelopeBytes);
  const auto bytes = cs::registry::inline_envelope(envelope);
  if (!bytes) return;
  require(bytes->size() == envelope.size);
  require(Digest::of(envelope.digest.algorithm(), *bytes) == envelope.digest);
  require(cs::registry::check_content(envelope, cs::as_text(*bytes)).has_value());
  require(!cs::registry::check_content(envelope, std::string(cs::as_text(*bytes)) + "x"));
}

void require_refused(const cs::Error& error) {
  cs::fuzz::require_showable(error);
  const cs::Outcome outcome = error.outcome();
  require(outcome == cs::Outcome::kRegistryMisbehaved || outcome == cs::Outcome::kSignatureInvalid);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  const bool artifact = input.starts_with('A');
  if (artifact) input.remove_prefix(1);
  std::string text(input);
  if (input.starts_with('E')) {
    const std::string good = good_manifest(artifact);
    const auto bytes = cs::as_bytes(good);
    text = cs::as_text(
        cs::fuzz::edited(cs::Bytes(bytes.begin(), bytes.end()), cs::as_bytes(input.substr(1))));
  }
  const Descriptor candidate{.media_type = std::string(artifact ? media_type::kOciArtifactManifest
                                                                : media_type::kOciManifest),
                             .digest = digest_of(text),
                             .size = text.size(),
                             .artifact_type = std::string(media_type::kNotarySignature),
                             .chain_thumbprints = {},
                             .data = {},
                             .platform = {},
                             .ref_name = {}};
  std::optional<cs::Result<Descriptor>> envelope;
  const std::size_t cost =
      cs::fuzz::peak_of([&] { envelope = cs::registry::envelope_of(candidate, subject(), text); });
  require(cost <= 100 * text.size() + 16384);
  const auto other = cs::registry::envelope_of(candidate, subject(), text + " ");
  require(!other && other.error().reason() == cs::Reason("DIGEST_MISMATCH"));
  if (!*envelope) {
    require_refused(envelope->error());
    return 0;
  }
  require_as_written(text, candidate, **envelope);
  require_envelope(**envelope);
  // For any other image it is no signature.
  cs::ports::Subject another = subject();
  another.digest = digest_of("another");
  const auto stolen = cs::registry::envelope_of(candidate, another, text);
  require(!stolen && stolen.error().reason() == cs::ports::kNotASignature);
  return 0;
}
