#include "adapters/registry/referrers.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/registry/pure_support.hpp"
#include "support/matchers.hpp"

namespace countersign::registry {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr auto kMisbehaved = Outcome::kRegistryMisbehaved;

std::string entry(std::string_view content, std::string artifact_type = kNotary,
                  std::string type = kManifestType) {
  return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{},"artifactType":"{}"}})", type,
                     sha256(content).to_string(), content.size(), artifact_type);
}
std::string index_of(const std::string& entries) {
  return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}})", kIndexType,
                     entries);
}
std::string kind_of(const http::Response& response) {
  switch (judge_api_answer("GET x", response).kind) {
    case ApiAnswer::Kind::kList:
      return "list";
    case ApiAnswer::Kind::kNone:
      return "none";
    case ApiAnswer::Kind::kOdd:
      return "odd";
    case ApiAnswer::Kind::kNoRepository:
      return "no repository";
    case ApiAnswer::Kind::kDenied:
      return "denied";
    case ApiAnswer::Kind::kBroken:
      return "broken";
  }
  return "";
}

// shows: R-57 R-58 R-59 R-60 R-62 R-63 R-64 R-65 N-10
TEST(JudgeApiAnswer, FollowsTheDecisionTable) {
  EXPECT_EQ(kind_of(get(index_of(""), kIndexType)), "list");
  EXPECT_EQ(kind_of(get(index_of(""), kIndexType + "; charset=utf-8")), "list");
  EXPECT_EQ(kind_of(get(R"({"schemaVersion":2,"manifests":null})", kIndexType)), "list");
  EXPECT_EQ(kind_of(get(index_of(""), "application/json")), "list");
  EXPECT_EQ(kind_of(get("{}", "application/json")), "odd");
  EXPECT_EQ(kind_of(get("<html>", "text/html")), "odd");
  EXPECT_EQ(kind_of(get(index_of(""), "")), "odd");
  EXPECT_EQ(kind_of(get("[]", kIndexType)), "broken");
  EXPECT_EQ(kind_of(get("{", kIndexType)), "broken");
  EXPECT_EQ(kind_of(get("", kIndexType)), "broken");
  EXPECT_EQ(kind_of(get(R"({"schemaVersion":2})", kIndexType)), "broken");
  EXPECT_EQ(kind_of(get(R"({"schemaVersion":3,"manifests":[]})", kIndexType)), "broken");
  EXPECT_EQ(kind_of(get(R"({"schemaVersion":2,"manifests":{}})", kIndexType)), "broken");
  for (const long status : {405, 501}) EXPECT_EQ(kind_of(answer(status)), "none") << status;
  for (const long status : {400, 404, 406, 303, 307})
    EXPECT_EQ(kind_of(answer(status)), "odd") << status;
  const std::string unsupported = R"({"errors":[{"code":"UNSUPPORTED"}]})";
  EXPECT_EQ(kind_of(answer(400, unsupported)), "none");
  EXPECT_EQ(kind_of(answer(406, unsupported)), "odd");
  EXPECT_EQ(kind_of(answer(404, unsupported)), "none");
  EXPECT_EQ(kind_of(answer(404, "404 page not found\n")), "none");
  EXPECT_EQ(kind_of(answer(404, "default backend - 404")), "odd");
  EXPECT_EQ(kind_of(answer(404, "", {{"docker-distribution-api-version", "registry/2.0"}})),
            "none");
  EXPECT_EQ(kind_of(answer(404, R"({"errors":[{"code":"NAME_UNKNOWN"}]})")), "no repository");
  EXPECT_EQ(kind_of(answer(403, "blocked by firewall")), "odd");
  for (const char* code : {"DENIED", "UNAUTHORIZED", "FORBIDDEN"}) {
    EXPECT_EQ(kind_of(answer(403, fmt::format(R"({{"errors":[{{"code":"{}"}}]}})", code))),
              "denied");
  }
  EXPECT_EQ(kind_of(answer(204)), "broken");
}

TEST(JudgeApiAnswer, KnowsWhetherTheServerFiltered) {
  EXPECT_TRUE(judge_api_answer(
                  "x", get(index_of(""), kIndexType, {{"oci-filters-applied", "x, artifacttype"}}))
                  .filtered);
  EXPECT_FALSE(
      judge_api_answer("x", get(index_of(""), kIndexType, {{"oci-filters-applied", "none"}}))
          .filtered);
}

std::vector<std::string> candidates_of(const std::string& entries) {
  CandidateList list(sha256(kSubject));
  const auto index = oci::parse_index(index_of(entries));
  EXPECT_TRUE(list.add(*index));
  std::vector<std::string> digests;
  for (const oci::Descriptor& each : std::move(list).take())
    digests.push_back(each.digest.to_string());
  return digests;
}

// shows: R-54 R-55 R-70 R-90 N-16 N-17 N-20
TEST(CandidateList, TakesNotarySignaturesOnceAndThenWhatDoesNotSay) {
  const auto got = candidates_of(
      entry("a", "") + "," + entry("b") + "," + entry("b") + "," + entry("c", "sbom/x") + "," +
      entry("d", "application/vnd.oci.empty.v1+json") + "," + entry("e", "", kIndexType));
  EXPECT_EQ(got, (std::vector{sha256("b").to_string(), sha256("a").to_string(),
                              sha256("d").to_string()}));
}

// shows: R-50 R-69 N-42
TEST(CandidateList, LeavesOutMalformedEntries) {
  const std::string digest = sha256("x").to_string();
  std::string entries =
      R"({"mediaType":"m","digest":"sha256:abc","size":1},1,"x",null,[],{"mediaType":"m","digest":")" +
      digest + R"("})";
  for (const char* size : {"-1", "1e3", "1.5", "\"12\"", "9223372036854775808", "true"}) {
    entries += fmt::format(R"(,{{"mediaType":"{}","digest":"{}","size":{},"artifactType":"{}"}})",
                           kManifestType, digest, size, kNotary);
  }
  EXPECT_EQ(candidates_of(entries + "," + entry("good")), std::vector{sha256("good").to_string()});
}

// shows: R-71
TEST(CandidateList, StopsAtItsLimit) {
  std::string entries = entry("first");
  for (int i = 0; i < 1999; ++i) entries += "," + entry("junk" + std::to_string(i), "sbom/x");
  CandidateList list(sha256(kSubject));
  EXPECT_FALSE(list.add(*oci::parse_index(index_of(entries))));
  EXPECT_EQ(std::move(list).take().size(), 1U);
  std::string maybes = entry("m0", "");
  for (int i = 1; i < 40; ++i) maybes += "," + entry("m" + std::to_string(i), "");
  EXPECT_EQ(candidates_of(maybes).size(), kMaxMaybes);
}

TEST(CandidateList, TakesTheLikeliestOfThoseThatDoNotSay) {
  std::string maybes = entry("m0", "");
  for (int i = 1; i < 40; ++i) maybes += "," + entry("m" + std::to_string(i), "");
  std::string likely = entry("likely", "");
  likely.insert(likely.size() - 1,
                R"(,"annotations":{"io.cncf.notary.x509chain.thumbprint#S256":"[\"ab\"]"})");
  CandidateList list(sha256(kSubject));
  ASSERT_TRUE(list.add(*oci::parse_index(index_of(maybes))));
  ASSERT_TRUE(list.add(*oci::parse_index(index_of(likely))));
  EXPECT_TRUE(list.leaves_out());
  const auto taken = std::move(list).take();
  ASSERT_EQ(taken.size(), kMaxMaybes);
  EXPECT_EQ(taken.front().digest, sha256("likely"));
}

TEST(CandidateList, NeverHoldsTheSubject) { EXPECT_TRUE(candidates_of(entry(kSubject)).empty()); }

// shows: R-84
TEST(ReferrersTag, IsCutAsTheSpecificationSays) {
  EXPECT_EQ(referrers_tag(sha256("x")), "sha256-" + std::string(sha256("x").hex()));
  EXPECT_EQ(referrers_tag(sha512("x")), "sha512-" + std::string(sha512("x").hex().substr(0, 64)));
}

std::string tag_answer(const http::Response& response) {
  const auto index = judge_tag_answer("GET x", sha256(kSubject), response);
  if (!index) return std::string(index.error().reason().id());
  return *index ? std::to_string((*index)->manifests.size()) : "none";
}

// shows: R-88 R-89
TEST(JudgeTagAnswer, KnowsNoneFromBroken) {
  EXPECT_EQ(tag_answer(get(index_of(entry("a")), kIndexType)), "1");
  EXPECT_EQ(tag_answer(get(index_of(entry("a")), "application/json")), "1");
  EXPECT_EQ(tag_answer(not_found()), "none");
  EXPECT_EQ(tag_answer(answer(404, "default backend - 404")), "SERVER_ERROR");
  EXPECT_EQ(tag_answer(answer(424)), "SERVER_ERROR");
  EXPECT_EQ(tag_answer(get("<html>", "text/html")), "BAD_RESPONSE");
  EXPECT_EQ(tag_answer(get("<html>", kManifestType)), "BAD_RESPONSE");
  EXPECT_EQ(tag_answer(get(kSubject, kManifestType)), "none")
      << "the registry took the tag for a digest";
  EXPECT_EQ(tag_answer(get(kSubject, kIndexType)), "none");
  EXPECT_EQ(tag_answer(get(kBody, kManifestType)), "none");
  EXPECT_EQ(tag_answer(get("{", kIndexType)), "BAD_RESPONSE");
  EXPECT_EQ(tag_answer(get("{", "")), "BAD_RESPONSE");
  EXPECT_EQ(tag_answer(answer(403)), "DENIED");
  EXPECT_EQ(tag_answer(answer(401)), "UNAUTHENTICATED");
  EXPECT_EQ(tag_answer(answer(500)), "SERVER_ERROR");
}

TEST(FurtherPages, AreListsOrErrors) {
  // shows: R-82
  EXPECT_THAT(judge_further_page("GET x", get("<html>", "text/html")),
              FailsWith(kMisbehaved, "BAD_RESPONSE"));
  EXPECT_THAT(judge_further_page("GET x", not_found()), FailsWith(kMisbehaved, "NOT_FOUND"));
  EXPECT_THAT(judge_further_page("GET x", answer(403)),
              FailsWith(Outcome::kRegistryUnauthorized, "DENIED"));
  EXPECT_THAT(judge_further_page("GET x", get(index_of(""), kIndexType)), IsOk());
}

}  // namespace
}  // namespace countersign::registry
