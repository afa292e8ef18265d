#include "envelope/payload.hpp"

#include <gtest/gtest.h>

#include "support/jws_builder.hpp"
#include "support/matchers.hpp"

namespace countersign::envelope {
namespace {

using countersign::testing::FailsWith;
using countersign::testing::IsOk;

Result<TargetArtifact> target(std::string members) {
  return parse_payload(as_bytes(R"({"targetArtifact":{)" + members + "}}"));
}

TEST(Payload, NamesTheArtifact) {
  const auto artifact = target(
      R"("mediaType":"m","digest":"d","size":9223372036854775807,"annotations":{"a":"1","b":""})");
  ASSERT_THAT(artifact, IsOk());
  EXPECT_EQ(artifact->media_type, "m");
  EXPECT_EQ(artifact->digest, "d");
  EXPECT_EQ(artifact->size, 9223372036854775807U);
  EXPECT_EQ(artifact->annotations, (std::map<std::string, std::string>{{"a", "1"}, {"b", ""}}));
}

// shows: N-62 N-63 N-76
TEST(Payload, IgnoresWhatItDoesNotDefine) {
  EXPECT_THAT(target(R"("artifactType":1,"urls":["x"],"platform":{"os":"linux"},"data":null)"),
              IsOk());
  EXPECT_THAT(parse_payload(as_bytes(R"({"targetArtifact":{},"more":[{}]})")), IsOk());
  EXPECT_THAT(target(R"("annotations":{"io.cncf.notary.x":"y"})"), IsOk());
}

TEST(Payload, WhatIsAbsentIsEmpty) {
  for (const std::string_view text :
       {R"({})", R"({"targetArtifact":null})", R"({"targetArtifact":{}})",
        R"({"targetArtifact":{"mediaType":null,"digest":null,"size":null,"annotations":null}})"}) {
    const auto artifact = parse_payload(as_bytes(text));
    ASSERT_THAT(artifact, IsOk()) << text;
    EXPECT_EQ(artifact->media_type + artifact->digest, "");
    EXPECT_EQ(artifact->size, 0U);
  }
}

// shows: N-61 N-64 N-65 N-66 N-67
TEST(Payload, RefusesWhatTwoReadersCouldReadDifferently) {
  const std::string refused[] = {
      // size
      R"({"targetArtifact":{"size":"517"}})",
      R"({"targetArtifact":{"size":517.0}})",
      R"({"targetArtifact":{"size":5.17e2}})",
      R"({"targetArtifact":{"size":9223372036854775808}})",
      R"({"targetArtifact":{"size":18446744073709551616}})",
      R"({"targetArtifact":{"size":-1}})",
      R"({"targetArtifact":{"size":-0}})",
      R"({"targetArtifact":{"size":true}})",
      // duplicates
      R"({"targetArtifact":{"digest":"a","digest":"b"}})",
      R"({"targetArtifact":{"digest":"a","dig\u0065st":"b"}})",
      R"({"targetArtifact":{"annotations":{"a":"1","a":"1"}}})",
      R"({"targetArtifact":{},"targetArtifact":{}})",
      // case
      R"({"TargetArtifact":{}})",
      R"({"targetArtifact":{},"TargetArtifact":{}})",
      R"({"targetArtifact":{"MediaType":"m"}})",
      R"({"targetArtifact":{"digest":"d","DIGEST":"d"}})",
      R"({"targetArtifact":{"Size":1}})",
      R"({"targetArtifact":{"Annotations":{}}})",
      // types
      R"({"targetArtifact":[]})",
      R"({"targetArtifact":"x"})",
      R"({"targetArtifact":{"digest":1}})",
      R"({"targetArtifact":{"mediaType":{}}})",
      R"({"targetArtifact":{"annotations":[]}})",
      R"({"targetArtifact":{"annotations":{"a":1}}})",
      R"({"targetArtifact":{"annotations":{"a":null}}})",
      // not one JSON object
      R"({"targetArtifact":{}} x)",
      R"({"targetArtifact":{}}{})",
      std::string("{\"targetArtifact\":{}}\0{}", 24),
      "[]",
      "1",
      "",
      "\xEF\xBB\xBF{}",
      "{\"targetArtifact\":{\"digest\":\"\xFF\"}}",
      R"({"x":)" + std::string(64, '[') + std::string(64, ']') + "}",
  };
  for (const std::string& text : refused) {
    EXPECT_THAT(parse_payload(as_bytes(text)), FailsWith(Outcome::kSignatureInvalid, "PL-6"))
        << text;
  }
}

}  // namespace
}  // namespace countersign::envelope
