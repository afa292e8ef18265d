#include "adapters/registry/resolve.hpp"

#include <gtest/gtest.h>

#include "adapters/registry/pure_support.hpp"
#include "support/matchers.hpp"

namespace countersign::registry {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr auto kMisbehaved = Outcome::kRegistryMisbehaved;

http::Response head(Headers extra = {}, std::string length = "100",
                    std::string type = kManifestType) {
  if (!length.empty()) extra.emplace_back("content-length", std::move(length));
  if (!type.empty()) extra.emplace_back("content-type", std::move(type));
  return answer(200, "", std::move(extra));
}
std::pair<std::string, std::string> digest_header(const std::string& value) {
  return {"docker-content-digest", value};
}

/// "digest size" or "GET" or the error's reason.
std::string judged_head(const std::optional<oci::Digest>& wanted, const http::Response& response) {
  const auto subject = judge_head(wanted, response);
  if (!subject) return "GET";
  if (!*subject) return std::string(subject->error().reason().id());
  return (*subject)->digest.to_string() + " " + std::to_string((*subject)->size);
}

// shows: R-19 R-29
TEST(JudgeHead, TakesACompleteAnswer) {
  const std::string digest = sha256(kBody).to_string();
  EXPECT_EQ(judged_head({}, head({digest_header(digest)})), digest + " 100");
  EXPECT_EQ(
      judged_head({}, head({digest_header(digest)}, "100", kManifestType + "; charset=utf-8")),
      digest + " 100");
  EXPECT_EQ(judged_head(sha256(kBody), head()), digest + " 100") << "the request names it";
}

// shows: R-21 R-22 R-23 R-24 R-26
TEST(JudgeHead, AsksAgainWhereItSaysTooLittle) {
  const std::string digest = sha256(kBody).to_string();
  EXPECT_EQ(judged_head({}, head()), "GET");
  EXPECT_EQ(judged_head({}, head({digest_header("sha256:abc")})), "GET");
  EXPECT_EQ(judged_head({}, head({digest_header("md5:" + std::string(32, 'a'))})), "GET");
  EXPECT_EQ(judged_head({}, head({digest_header(digest), digest_header(kOther)})), "GET");
  EXPECT_EQ(judged_head({}, head({digest_header(digest)}, "0")), "GET");
  EXPECT_EQ(judged_head({}, head({digest_header(digest)}, "")), "GET");
  EXPECT_EQ(judged_head({}, head({digest_header(digest)}, "-1")), "GET");
  EXPECT_EQ(judged_head({}, head({digest_header(digest)}, "1e3")), "GET");
  EXPECT_EQ(judged_head({}, head({digest_header(digest)}, "5242880")), "GET");
  EXPECT_EQ(judged_head({}, head({digest_header(digest), {"content-encoding", "gzip"}})), "GET");
  EXPECT_EQ(judged_head({}, head({digest_header(digest)}, "100", "text/html")), "GET");
  EXPECT_EQ(judged_head({}, head({digest_header(digest)}, "100", "")), "GET");
}

// shows: R-34 R-35 N-8
TEST(JudgeHead, ComparesOnlyDigestsOfOneAlgorithm) {
  const oci::Digest wanted = sha256(kBody);
  EXPECT_EQ(judged_head(wanted, head({digest_header(wanted.to_string())})),
            wanted.to_string() + " 100");
  EXPECT_EQ(judged_head(wanted, head({digest_header(kOther)})), "DIGEST_MISMATCH");
  EXPECT_EQ(judged_head(wanted, head({digest_header(sha512("x").to_string())})),
            wanted.to_string() + " 100");
}

TEST(JudgeHead, RefusesTwoContentTypes) {
  EXPECT_EQ(judged_head(sha256(kBody), head({{"content-type", "text/html"}})), "BAD_RESPONSE");
}

TEST(JudgeGet, HashesTheBytes) {
  const auto subject = judge_get({}, get(kBody));
  ASSERT_THAT(subject, IsOk());
  EXPECT_EQ(subject->digest, sha256(kBody));
  EXPECT_EQ(subject->size, kBody.size());
  EXPECT_EQ(subject->media_type, kManifestType);
}

// shows: R-11
TEST(JudgeGet, HashesWithTheAlgorithmThatWasAskedFor) {
  const auto subject = judge_get(sha512(kBody), get(kBody));
  ASSERT_THAT(subject, IsOk());
  EXPECT_EQ(subject->digest, sha512(kBody));
  EXPECT_THAT(judge_get(sha512("other"), get(kBody)), FailsWith(kMisbehaved, "DIGEST_MISMATCH"));
}

// shows: R-36 R-37
TEST(JudgeGet, BelievesTheBytesAndNoHeader) {
  EXPECT_THAT(judge_get(oci::Digest::parse(kOther).value(),
                        get(kBody, kManifestType, {digest_header(kOther)})),
              FailsWith(kMisbehaved, "DIGEST_MISMATCH"));
  EXPECT_THAT(judge_get({}, get(kBody, kManifestType, {digest_header(kOther)})),
              FailsWith(kMisbehaved, "DIGEST_MISMATCH"));
  EXPECT_THAT(judge_get({}, get(kBody, kManifestType, {digest_header("nonsense")})),
              FailsWith(kMisbehaved, "BAD_RESPONSE"));
  EXPECT_THAT(judge_get({}, get(kBody, kManifestType,
                                {digest_header(sha256(kBody).to_string()), digest_header(kOther)})),
              FailsWith(kMisbehaved, "BAD_RESPONSE"));
}

// shows: R-27 R-28
TEST(JudgeGet, ReadsTheTypeFromTheDocumentWhereTheHeaderIsVague) {
  for (const char* vague :
       {"", "application/json", "text/plain", "application/octet-stream", "binary/octet-stream"}) {
    const auto subject = judge_get({}, get(kBody, vague));
    ASSERT_THAT(subject, IsOk()) << vague;
    EXPECT_EQ(subject->media_type, kManifestType);
    EXPECT_THAT(judge_get({}, get(R"({"schemaVersion":2,"layers":[]})", vague)),
                FailsWith(kMisbehaved, "BAD_RESPONSE"));
  }
}

struct BadDocument {
  std::string name;
  std::string body;
  std::string type;
  std::string reason;
};
class JudgeGetRefuses : public ::testing::TestWithParam<BadDocument> {};
TEST_P(JudgeGetRefuses, BadDocuments) {
  EXPECT_THAT(judge_get({}, get(GetParam().body, GetParam().type)),
              FailsWith(kMisbehaved, GetParam().reason));
}
// shows: R-44 R-47 R-48 R-49
INSTANTIATE_TEST_SUITE_P(
    Table, JudgeGetRefuses,
    ::testing::Values(
        BadDocument{"Empty", "", kManifestType, "BAD_RESPONSE"},
        BadDocument{"Html", "<html>", "text/html", "BAD_RESPONSE"},
        BadDocument{"HtmlAsManifest", "<html>", kManifestType, "BAD_RESPONSE"},
        BadDocument{"OtherType", kBody, kIndexType, "BAD_RESPONSE"},
        BadDocument{"NotAnImage", R"({"schemaVersion":2})",
                    "application/vnd.oci.image.config.v1+json", "BAD_RESPONSE"},
        BadDocument{"Schema1", "{}", "application/vnd.docker.distribution.manifest.v1+json",
                    "SCHEMA1_REFUSED"},
        BadDocument{"Schema1Signed", "{}",
                    "application/vnd.docker.distribution.manifest.v1+prettyjws", "SCHEMA1_REFUSED"},
        BadDocument{"Schema1Body", R"({"schemaVersion":1})", kManifestType, "SCHEMA1_REFUSED"},
        BadDocument{"Ambiguous", R"({"schemaVersion":2,"manifests":[],"layers":[]})", kIndexType,
                    "BAD_RESPONSE"},
        BadDocument{"AmbiguousConfig", R"({"schemaVersion":2,"manifests":[],"config":{}})",
                    kIndexType, "BAD_RESPONSE"},
        BadDocument{"TwoTypes", R"({"mediaType":"a","mediaType":"b"})", kManifestType,
                    "BAD_RESPONSE"},
        BadDocument{"Trailing", kBody + "x", kManifestType, "BAD_RESPONSE"},
        BadDocument{"Deep", std::string(10000, '['), kManifestType, "BAD_RESPONSE"},
        BadDocument{"Utf8", "{\"mediaType\":\"\xff\"}", kManifestType, "BAD_RESPONSE"},
        BadDocument{"Array", "[]", kManifestType, "BAD_RESPONSE"},
        BadDocument{"DockerWithoutType", R"({"schemaVersion":2,"layers":[]})",
                    "application/vnd.docker.distribution.manifest.v2+json", "BAD_RESPONSE"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace countersign::registry
