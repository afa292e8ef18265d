#include "oci/manifest.hpp"

#include <gtest/gtest.h>

#include "oci/media_type.hpp"
#include "support/matchers.hpp"

namespace countersign::oci {
namespace {

using countersign::testing::FailsSaying;
using countersign::testing::FailsWith;
using countersign::testing::IsOk;

constexpr auto kBad = Outcome::kRegistryMisbehaved;
const std::string kDigest = "sha256:" + std::string(64, 'a');
const std::string kLayer =
    R"({"mediaType":"application/jose+json","digest":")" + kDigest + R"(","size":3})";

TEST(ParseSignatureManifest, ReadsWhatMatters) {
  const auto manifest = parse_signature_manifest(
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"application/vnd.cncf.notary.signature","config":{"mediaType":"application/vnd.oci.empty.v1+json"},"layers":[)" +
          kLayer + R"(],"subject":{"digest":")" + kDigest + R"("}})",
      media_type::kOciManifest);
  ASSERT_THAT(manifest, IsOk());
  EXPECT_TRUE(manifest->is_notary_signature());
  EXPECT_EQ(manifest->layers.size(), 1U);
  EXPECT_EQ(manifest->subject->to_string(), kDigest);
}

struct BadManifest {
  std::string name;
  std::string json;
  std::string want;
};
class BadManifests : public ::testing::TestWithParam<BadManifest> {};
TEST_P(BadManifests, AreRefusedWithThePlace) {
  EXPECT_THAT(parse_signature_manifest(GetParam().json, media_type::kOciManifest),
              FailsSaying(kBad, GetParam().want));
}
INSTANTIATE_TEST_SUITE_P(
    Table, BadManifests,
    ::testing::Values(
        BadManifest{"Array", "[]", "document: want an object"},
        BadManifest{"NoObject", "5", "document: want an object"},
        BadManifest{"LayersText", R"({"layers":"x"})", "layers: want an array"},
        BadManifest{"LayerNumber", R"({"layers":[1]})", "layers[0]: want an object"},
        BadManifest{"LayerWithoutType", R"({"layers":[{}]})", "layers[0].mediaType: missing"},
        BadManifest{"SizeText",
                    R"({"layers":[{"mediaType":"m","digest":")" + kDigest + R"(","size":"3"}]})",
                    "layers[0].size: want a non-negative integer"},
        BadManifest{"SizeNegative",
                    R"({"layers":[{"mediaType":"m","digest":")" + kDigest + R"(","size":-3}]})",
                    "layers[0].size: want a non-negative integer"},
        BadManifest{"SubjectText", R"({"subject":"x"})", "subject: want an object"},
        BadManifest{"SubjectWithoutDigest", R"({"subject":{}})", "subject.digest: missing"},
        BadManifest{"ConfigText", R"({"config":"x"})", "config: want an object"},
        BadManifest{"ConfigWithoutType", R"({"config":{}})", "config.mediaType: missing"},
        BadManifest{"ArtifactTypeNumber", R"({"artifactType":1})", "artifactType: want a string"},
        BadManifest{"Both", R"({"layers":[],"manifests":[]})",
                    "document is an index and a manifest at once"}),
    [](const auto& each) { return each.param.name; });

TEST(ParseSignatureManifest, RefusesOtherTypes) {
  EXPECT_THAT(parse_signature_manifest("{}", media_type::kOciIndex),
              FailsWith(kBad, "BAD_RESPONSE"));
  EXPECT_THAT(parse_signature_manifest(R"({"mediaType":"application/vnd.oci.image.index.v1+json"})",
                                       media_type::kOciManifest),
              FailsWith(kBad, "BAD_RESPONSE"));
  EXPECT_THAT(parse_signature_manifest(R"({"schemaVersion":1})", media_type::kOciManifest),
              FailsWith(kBad, "SCHEMA1_REFUSED"));
}

// shows: R-57 R-69
TEST(ParseIndex, LeavesOutMalformedEntriesOnly) {
  const auto index = parse_index(R"({"schemaVersion":2,"manifests":[1,{},)" + kLayer + "]}");
  ASSERT_THAT(index, IsOk());
  EXPECT_EQ(index->manifests.size(), 1U);
  EXPECT_EQ(index->malformed_entries, 2U);
  EXPECT_THAT(parse_index(R"({"schemaVersion":2,"manifests":null})"), IsOk());
  for (const char* bad :
       {"[]", "{}", R"({"schemaVersion":2})", R"({"schemaVersion":2,"manifests":{}})",
        R"({"schemaVersion":2,"manifests":"x"})", R"({"schemaVersion":"2","manifests":[]})",
        R"({"schemaVersion":2,"manifests":[],"layers":[]})", ""}) {
    EXPECT_THAT(parse_index(bad), FailsWith(kBad, "BAD_RESPONSE")) << bad;
  }
}

TEST(MediaType, EssenceIsWhatStandsBeforeParameters) {
  for (const char* text : {"application/json", " Application/JSON ",
                           "application/json; charset=utf-8", "APPLICATION/JSON\t;v=1"}) {
    EXPECT_EQ(media_type::essence(text), "application/json") << text;
    EXPECT_TRUE(media_type::has_essence(text, "application/json")) << text;
  }
  for (const char* text :
       {"", "application/jsonx", "application/jso", "text/json", ";application/json"})
    EXPECT_FALSE(media_type::has_essence(text, "application/json")) << text;
}

}  // namespace
}  // namespace countersign::oci
