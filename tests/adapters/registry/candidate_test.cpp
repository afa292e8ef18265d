#include "adapters/registry/candidate.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/registry/pure_support.hpp"
#include "support/matchers.hpp"

namespace countersign::registry {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr auto kMisbehaved = Outcome::kRegistryMisbehaved;

const ports::Subject kSubjectOf{
    .digest = sha256(kSubject), .media_type = kManifestType, .size = kSubject.size()};
const std::string kEnvelope = "envelope";

std::string layer(std::string_view type = "application/jose+json", std::string extra = {}) {
  return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}{}}})", type,
                     sha256(kEnvelope).to_string(), kEnvelope.size(), extra);
}
std::string subject_member(const std::string& digest = sha256(kSubject).to_string()) {
  return fmt::format(R"("subject":{{"mediaType":"application/other","digest":"{}","size":1}})",
                     digest);
}
std::string manifest(const std::string& types, const std::string& subject,
                     const std::string& layers) {
  return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}",{}{}"layers":[{}]}})", kManifestType,
                     types, subject.empty() ? "" : subject + ",", layers);
}
const std::string kNewForm =
    R"("artifactType":"application/vnd.cncf.notary.signature","config":{"mediaType":"application/vnd.oci.empty.v1+json"},)";

oci::Descriptor listed(std::string_view content, std::string type = kManifestType,
                       std::uint64_t size = 1) {
  return {.media_type = std::move(type),
          .digest = sha256(content),
          .size = size,
          .artifact_type = kNotary,
          .chain_thumbprints = {},
          .data = {},
          .platform = {},
          .ref_name = {}};
}
std::string envelope_type(const std::string& content) {
  const auto envelope = envelope_of(listed(content), kSubjectOf, content);
  return envelope ? envelope->media_type : std::string(envelope.error().reason().id());
}

// shows: R-95 R-98 R-99 R-100 N-25 N-26 N-27
TEST(EnvelopeOf, TakesBothFormsOfSignature) {
  EXPECT_EQ(envelope_type(manifest(kNewForm, subject_member(), layer())), "application/jose+json");
  EXPECT_EQ(envelope_type(manifest(kNewForm, subject_member(), layer("application/cose"))),
            "application/cose");
  EXPECT_EQ(
      envelope_type(manifest(R"("config":{"mediaType":"application/vnd.cncf.notary.signature"},)",
                             subject_member(), layer())),
      "application/jose+json");
  EXPECT_EQ(
      envelope_type(manifest(
          R"("artifactType":"application/vnd.cncf.notary.signature","config":{"mediaType":"application/vnd.oci.image.config.v1+json"},)",
          subject_member(), layer())),
      "application/jose+json");
}

// shows: R-52 N-30
TEST(EnvelopeOf, TakesArtifactManifests) {
  const std::string type = "application/vnd.oci.artifact.manifest.v1+json";
  const std::string content =
      fmt::format(R"({{"mediaType":"{}","artifactType":"{}",{},"blobs":[{}]}})", type, kNotary,
                  subject_member(), layer());
  EXPECT_THAT(envelope_of(listed(content, type), kSubjectOf, content), IsOk());
}

// shows: R-94 R-96 R-97 R-104 N-28 N-29 N-32 N-33 N-39 N-44
TEST(EnvelopeOf, RefusesWhatIsNoSignatureOfThisSubject) {
  const std::string good = manifest(kNewForm, subject_member(), layer());
  EXPECT_THAT(envelope_of(listed(good), kSubjectOf, good + " "),
              FailsWith(kMisbehaved, "DIGEST_MISMATCH"));
  EXPECT_EQ(envelope_type(manifest(kNewForm, "", layer())), "NOT_A_SIGNATURE");
  EXPECT_EQ(envelope_type(manifest(kNewForm, subject_member(kOther), layer())), "NOT_A_SIGNATURE");
  EXPECT_EQ(
      envelope_type(manifest(kNewForm, subject_member(sha512(kSubject).to_string()), layer())),
      "NOT_A_SIGNATURE");
  EXPECT_EQ(envelope_type(manifest(R"("artifactType":"sbom/x",)", subject_member(), layer())),
            "NOT_A_SIGNATURE");
  EXPECT_EQ(
      envelope_type(manifest(
          R"("artifactType":"sbom/x","config":{"mediaType":"application/vnd.cncf.notary.signature"},)",
          subject_member(), layer())),
      "NOT_A_SIGNATURE");
  EXPECT_EQ(envelope_type(manifest("", subject_member(), layer())), "NOT_A_SIGNATURE");
  EXPECT_EQ(envelope_type(manifest(kNewForm, subject_member(), "")), "ST-5");
  EXPECT_EQ(envelope_type(manifest(kNewForm, subject_member(), layer() + "," + layer())), "ST-5");
  EXPECT_EQ(envelope_type(manifest(kNewForm, subject_member(), layer("application/octet-stream"))),
            "ST-6");
  EXPECT_EQ(
      envelope_type(manifest(kNewForm, subject_member(), layer("application/jose+json; x=y"))),
      "ST-6");
  const auto sized = [&](std::uint64_t size) {
    return envelope_type(
        manifest(kNewForm, subject_member(),
                 fmt::format(R"({{"mediaType":"application/cose","digest":"{}","size":{}}})",
                             kOther, size)));
  };
  EXPECT_EQ(sized(std::uint64_t{40} * 1024 * 1024), "TOO_LARGE");
  EXPECT_EQ(sized(kMaxEnvelopeBytes + 1), "TOO_LARGE");
  EXPECT_EQ(sized(kMaxEnvelopeBytes), "application/cose");
  EXPECT_EQ(sized(0), "ST-8");
  EXPECT_EQ(envelope_type("{"), "BAD_RESPONSE");
  EXPECT_EQ(envelope_type(R"({"mediaType":"application/vnd.oci.image.index.v1+json"})"),
            "BAD_RESPONSE");
}

// shows: R-107 N-31
TEST(CheckListed, RefusesBeforeAnythingIsFetched) {
  EXPECT_THAT(check_listed(listed("x"), kSubjectOf), IsOk());
  EXPECT_THAT(check_listed(listed("x", kIndexType), kSubjectOf),
              FailsWith(Outcome::kSignatureInvalid, "NOT_A_SIGNATURE"));
  EXPECT_THAT(
      check_listed(listed("x", "application/vnd.cncf.oras.artifact.manifest.v1+json"), kSubjectOf),
      FailsWith(Outcome::kSignatureInvalid, "NOT_A_SIGNATURE"));
  EXPECT_THAT(check_listed(listed(kSubject), kSubjectOf),
              FailsWith(Outcome::kSignatureInvalid, "NOT_A_SIGNATURE"));
  EXPECT_THAT(check_listed(listed("x", kManifestType, 5000000), kSubjectOf),
              FailsWith(kMisbehaved, "TOO_LARGE"));
}

oci::Descriptor envelope_descriptor(std::string data, std::uint64_t size = kEnvelope.size()) {
  auto descriptor = listed(kEnvelope, "application/jose+json", size);
  descriptor.data = std::move(data);
  return descriptor;
}

// shows: R-102
TEST(InlineEnvelope, CountsOnlyWithItsDigestAndSize) {
  const std::string right = to_base64(as_bytes(kEnvelope));
  EXPECT_TRUE(inline_envelope(envelope_descriptor(right)));
  EXPECT_FALSE(inline_envelope(envelope_descriptor("")));
  EXPECT_FALSE(inline_envelope(envelope_descriptor(right, 9)));
  EXPECT_FALSE(inline_envelope(envelope_descriptor(to_base64(as_bytes("Envelope")))));
  EXPECT_FALSE(inline_envelope(envelope_descriptor("not base64!")));
}

// shows: N-40 N-41
TEST(CheckContent, ComparesSizeAndDigest) {
  const auto descriptor = envelope_descriptor("");
  EXPECT_THAT(check_content(descriptor, kEnvelope), IsOk());
  EXPECT_THAT(check_content(descriptor, "envelop"), FailsWith(kMisbehaved, "DIGEST_MISMATCH"));
  EXPECT_THAT(check_content(descriptor, "envelope!"), FailsWith(kMisbehaved, "DIGEST_MISMATCH"));
  EXPECT_THAT(check_content(descriptor, "Envelope"), FailsWith(kMisbehaved, "DIGEST_MISMATCH"));
}

}  // namespace
}  // namespace countersign::registry
