// From answers to descriptors, candidates and envelopes.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/registry/candidate.hpp"
#include "adapters/registry/pure_support.hpp"
#include "adapters/registry/referrers.hpp"
#include "adapters/registry/resolve.hpp"
#include "support/matchers.hpp"

namespace countersign::registry {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr auto kMisbehaved = Outcome::kRegistryMisbehaved;
const std::string kManifestType = "application/vnd.oci.image.manifest.v1+json";
const std::string kIndexType = "application/vnd.oci.image.index.v1+json";
const std::string kNotary = "application/vnd.cncf.notary.signature";
const std::string kBody =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]})";

oci::Digest sha256(std::string_view text) {
  return oci::Digest::of(crypto::HashAlgorithm::kSha256, as_bytes(text));
}
oci::Digest sha512(std::string_view text) {
  return oci::Digest::of(crypto::HashAlgorithm::kSha512, as_bytes(text));
}
const std::string kOther = "sha256:" + std::string(64, '0');

using Headers = std::vector<std::pair<std::string, std::string>>;

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

http::Response get(std::string body, std::string type = kManifestType, Headers extra = {}) {
  if (!type.empty()) extra.emplace_back("content-type", std::move(type));
  return answer(200, std::move(body), std::move(extra));
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

// ---- referrers

const std::string kSubject = R"({"schemaVersion":2,"layers":[1]})";

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

// ---- candidates

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
