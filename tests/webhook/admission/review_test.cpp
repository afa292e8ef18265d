// The envelope: what is refused, what is answered with a problem, what is read of the request.
#include "admission/review.hpp"

#include <gmock/gmock.h>

#include "support/matchers.hpp"
#include "webhook/admission/pipeline.hpp"

namespace countersign::admission {
namespace {

using countersign::testing::FailsSaying;
using countersign::testing::FailsWith;
using countersign::testing::IsOk;
using testing::answered;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Json;
using testing::pod_with;

const Json kPod = pod_with("unsigned.example/cart:1");

Result<Review> read(std::string_view body) { return ReviewReader().read(body); }
Review read_value(const Json& review) { return read(review.dump()).value(); }

/// A problem, as "outcome code reason: message"; "" if there is none.
std::string problem_of(const Json& review) {
  const Review got = read_value(review);
  if (!got.problem) return "";
  EXPECT_THAT(got.images, IsEmpty());
  EXPECT_FALSE(got.skip);
  EXPECT_EQ(got.uid, review["request"]["uid"].get<std::string>());
  return std::string(code(got.problem->outcome())) + " " + std::string(got.problem->reason().id()) +
         ": " + got.problem->message();
}

TEST(ReviewReader, ReadsAPod) {
  const Review review = read_value(kPod);
  EXPECT_EQ(review.api_version, ApiVersion::kV1);
  EXPECT_EQ(review.uid, "0df28fbd-5f5f-11e8-bc74-36e6bb280816");
  EXPECT_EQ(review.operation, Operation::kCreate);
  EXPECT_EQ(review.sub_resource, "");
  EXPECT_EQ(review.group, "");
  EXPECT_EQ(review.version, "v1");
  EXPECT_EQ(review.kind, "Pod");
  EXPECT_EQ(review.resource, "things");
  EXPECT_EQ(review.namespace_name, "shop");
  EXPECT_EQ(review.object_name, "web");
  EXPECT_EQ(review.username, "admin");
  EXPECT_FALSE(review.dry_run);
  EXPECT_FALSE(review.user_is_node);
  EXPECT_FALSE(review.skip);
  EXPECT_FALSE(review.problem);
  EXPECT_THAT(testing::images_of(review),
              ElementsAre("spec.containers[0].image app unsigned.example/cart:1"));
}

struct RefusedCase {
  std::string name;
  std::string body;
  std::string want;
};
class Refused : public ::testing::TestWithParam<RefusedCase> {};

// shows: K-4 K-5 K-6 K-7 K-9 K-10 K-12 K-14
TEST_P(Refused, WithoutAnAnswer) {
  EXPECT_THAT(read(GetParam().body),
              FailsSaying(Outcome::kMalformedReview, "not an AdmissionReview: " + GetParam().want));
}

std::string with(const std::string& pointer, const Json& value) {
  Json review = kPod;
  review[Json::json_pointer(pointer)] = value;
  return review.dump();
}
std::string without(std::string_view parent, const char* key) {
  Json review = kPod;
  review[Json::json_pointer(std::string(parent))].erase(key);
  return review.dump();
}
/// The review's text with `extra` right after its first '{', or after that of the request.
std::string inserted(std::string_view extra, bool in_request) {
  std::string text = kPod.dump();
  const std::size_t at = in_request ? text.find("\"request\":{") + 11 : 1;
  return text.insert(at, extra);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Refused,
    ::testing::Values(
        RefusedCase{
            "Version2", with("/apiVersion", "admission.k8s.io/v2"),
            "apiVersion \"admission.k8s.io/v2\" is not served, want \"admission.k8s.io/v1\""},
        RefusedCase{"NoVersion", without("", "apiVersion"),
                    "want apiVersion \"admission.k8s.io/v1\""},
        RefusedCase{"VersionNumber", with("/apiVersion", 1),
                    "want apiVersion \"admission.k8s.io/v1\""},
        RefusedCase{"KindFoo", with("/kind", "Foo"), "want kind \"AdmissionReview\""},
        RefusedCase{"NoKind", without("", "kind"), "want kind \"AdmissionReview\""},
        RefusedCase{"NoRequest", without("", "request"), "want a request"},
        RefusedCase{"NullRequest", with("/request", nullptr), "want a request"},
        RefusedCase{"ListRequest", with("/request", Json::array()), "want a request"},
        RefusedCase{"NoUid", without("/request", "uid"), "want a request.uid of 1 to 256 bytes"},
        RefusedCase{"EmptyUid", with("/request/uid", ""), "want a request.uid of 1 to 256 bytes"},
        RefusedCase{"NumberUid", with("/request/uid", 7), "want a request.uid of 1 to 256 bytes"},
        RefusedCase{"NullUid", with("/request/uid", nullptr),
                    "want a request.uid of 1 to 256 bytes"},
        RefusedCase{"LongUid", with("/request/uid", std::string(257, 'u')),
                    "want a request.uid of 1 to 256 bytes"},
        RefusedCase{"DuplicateRequest", inserted("\"request\":{\"uid\":\"other\"},", false),
                    "duplicate key \"request\""},
        RefusedCase{"DuplicateNullRequest", inserted("\"request\":null,", false),
                    "duplicate key \"request\""},
        RefusedCase{"DuplicateEscapedRequest", inserted("\"r\\u0065quest\":null,", false),
                    "duplicate key \"request\""},
        RefusedCase{"DuplicateUnknown", inserted("\"x\":1,\"x\":2,", false), "duplicate key \"x\""},
        RefusedCase{"DuplicateUid", inserted("\"uid\":\"other\",", true),
                    "request: duplicate key \"uid\""},
        RefusedCase{"List", "[]", "want a JSON object"},
        RefusedCase{"String", "\"x\"", "want a JSON object"},
        RefusedCase{"Null", "null", "want a JSON object"},
        RefusedCase{"Number", "-0", "want a JSON object"},
        RefusedCase{"Empty", "", "the body is empty"},
        RefusedCase{"Blank", " \n\t", "the body is empty"},
        RefusedCase{"Truncated", kPod.dump().substr(0, 200), "the JSON ends inside a string"},
        RefusedCase{"ByteOrderMark", "\xEF\xBB\xBF" + kPod.dump(),
                    "the body starts with a byte-order mark"},
        RefusedCase{"Utf16", std::string("{\0}\0", 4), "not valid JSON"},
        RefusedCase{
            "BadUtf8",
            with("/request/uid", "UID").replace(kPod.dump().find("0df28fbd"), 3, "\xFF\xFE\xFD"),
            "not valid UTF-8"},
        RefusedCase{"Trailing", kPod.dump() + "x", "not valid JSON"},
        RefusedCase{"TrailingObject", kPod.dump() + "{}", "not valid JSON"},
        RefusedCase{"TrailingNul", kPod.dump() + std::string(1, '\0'), "not valid JSON"},
        RefusedCase{"TrailingComma", "{\"kind\":\"AdmissionReview\",}", "not valid JSON"},
        RefusedCase{"LoneSurrogate", inserted("\"x\":\"\\udc00\",", true),
                    "a JSON string is malformed"},
        RefusedCase{"RawNewline", inserted("\"x\":\"\n\",", true), "a JSON string is malformed"},
        RefusedCase{"HugeNumber", inserted("\"x\":1e999,", true),
                    "a JSON number is malformed or out of range"},
        RefusedCase{"HalfAtom", inserted("\"x\":tru,", true), "not valid JSON"},
        RefusedCase{"MixedBrackets", inserted("\"x\":[1,2},", true), "not valid JSON"}),
    [](const auto& each) { return each.param.name; });

// shows: K-13
TEST(ReviewReader, RefusesDeepNesting) {
  const auto nested = [](std::size_t depth) {
    return inserted("\"x\":" + std::string(depth, '[') + std::string(depth, ']') + ",", false);
  };
  EXPECT_THAT(read(nested(500)), IsOk());
  EXPECT_THAT(read(nested(512)), FailsSaying(Outcome::kMalformedReview,
                                             "not an AdmissionReview: nested deeper than 512"));
  EXPECT_THAT(read(nested(100'000)), FailsSaying(Outcome::kMalformedReview,
                                                 "not an AdmissionReview: nested deeper than 512"));
  EXPECT_THAT(read(std::string(100'000, '[')), FailsWith(Outcome::kMalformedReview, "json"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_THAT(read(objects), FailsWith(Outcome::kMalformedReview, "json"));
}

TEST(ReviewReader, RefusesMoreThanItsLimit) {
  const std::string body(ReviewReader::kMaxBytes + 1, ' ');
  EXPECT_THAT(read(body), FailsWith(Outcome::kMalformedReview, "too-large"));
}

// shows: K-22
TEST(ReviewReader, ReadsSixMebibytes) {
  constexpr std::size_t kThreeMebibytes = std::size_t{3} * 1024 * 1024;
  Json before = kPod;
  before["request"]["object"]["metadata"]["annotations"] = {
      {"note", std::string(kThreeMebibytes, 'n')}};
  Json after = before;
  after["request"]["object"]["spec"]["containers"][0]["image"] = "unsigned.example/cart:2";
  ReviewReader reader;
  const std::string body = testing::update(before, after).dump();
  ASSERT_GT(body.size(), 2 * kThreeMebibytes);
  EXPECT_THAT(testing::images_of(reader.read(body).value()),
              ElementsAre("spec.containers[0].image app unsigned.example/cart:2"));
  // And small ones after it.
  EXPECT_EQ(reader.read(kPod.dump()).value().images.size(), 1U);
}

// shows: K-11
TEST(ReviewReader, AllowsWhiteSpaceAround) {
  EXPECT_THAT(read(kPod.dump() + "\n"), IsOk());
  EXPECT_THAT(read(" \r\n\t" + kPod.dump(2) + " \n \n"), IsOk());
}

// shows: K-3
TEST(ReviewReader, ReadsV1Beta1) {
  Json review = kPod;
  review["apiVersion"] = "admission.k8s.io/v1beta1";
  const auto got = answered(review);
  EXPECT_EQ(got.json["apiVersion"], "admission.k8s.io/v1beta1");
  EXPECT_EQ(got.json["kind"], "AdmissionReview");
  EXPECT_FALSE(got.allowed());
  EXPECT_THAT(got.failed(), ElementsAre("spec.containers[0].image"));
}

// shows: K-15
TEST(ReviewReader, IgnoresUnknownFieldsEverywhere) {
  Json review = kPod;
  const std::vector<std::string> places = {"",
                                           "/request",
                                           "/request/kind",
                                           "/request/resource",
                                           "/request/userInfo",
                                           "/request/object",
                                           "/request/object/metadata",
                                           "/request/object/spec",
                                           "/request/object/spec/containers/0"};
  for (const auto& place : places) {
    review[Json::json_pointer(place + "/image")] = "evil.example/x";
    review[Json::json_pointer(place + "/unknown")] = {{"containers", {1, 2}}, {"image", 7}};
    review[Json::json_pointer(place + "/Image")] = Json::array();
  }
  review["request"]["object"]["spec"]["containers"][0]["image"] = "unsigned.example/cart:1";
  EXPECT_THAT(testing::images_of(read_value(review)),
              ElementsAre("spec.containers[0].image app unsigned.example/cart:1"));
}

TEST(ReviewReader, TakesTheUidAsItIs) {
  Json review = kPod;
  for (const std::string& uid :
       {std::string("\"\\u00e9\n"), std::string("\xC3\xA9\xF0\x9F\x98\x80"), std::string("a\0b", 3),
        std::string(256, 'u'), std::string("<script>\x7F")}) {
    review["request"]["uid"] = uid;
    EXPECT_EQ(read_value(review).uid, uid);
  }
}

struct ProblemCase {
  std::string name;
  std::string pointer;
  Json value;
  std::string want;
};
class Problems : public ::testing::TestWithParam<ProblemCase> {};

// shows: K-60 K-81 K-99
TEST_P(Problems, AreAnswered) {
  Json review = kPod;
  review[Json::json_pointer(GetParam().pointer)] = GetParam().value;
  EXPECT_EQ(problem_of(review), "CS302 " + GetParam().want);
  const auto got = answered(review);
  EXPECT_FALSE(got.allowed());
  EXPECT_EQ(got.response()["status"]["code"], 403);
  EXPECT_THAT(got.message(), HasSubstr("CS302 unsupported-object: request"));
  EXPECT_THAT(got.plan.references, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, Problems,
    ::testing::Values(
        ProblemCase{"OperationFoo", "/request/operation", "FOO",
                    "operation: request.operation: want CREATE, UPDATE, DELETE or CONNECT"},
        ProblemCase{"OperationLowerCase", "/request/operation", "create",
                    "operation: request.operation: want CREATE, UPDATE, DELETE or CONNECT"},
        ProblemCase{"OperationNull", "/request/operation", nullptr,
                    "operation: request.operation: want CREATE, UPDATE, DELETE or CONNECT"},
        ProblemCase{"OperationNumber", "/request/operation", 1,
                    "type: request.operation: want a string"},
        ProblemCase{"SubResourceNumber", "/request/subResource", 1,
                    "type: request.subResource: want a string"},
        ProblemCase{"NamespaceList", "/request/namespace", Json::array(),
                    "type: request.namespace: want a string"},
        ProblemCase{"NameObject", "/request/name", Json::object(),
                    "type: request.name: want a string"},
        ProblemCase{"DryRunText", "/request/dryRun", "true",
                    "type: request.dryRun: want true or false"},
        ProblemCase{"KindText", "/request/kind", "Pod", "type: request.kind: want an object"},
        ProblemCase{"KindNull", "/request/kind", nullptr,
                    "kind: request.kind: want group, version and kind"},
        ProblemCase{"KindEmpty", "/request/kind/kind", "", "kind: request.kind.kind: want a kind"},
        ProblemCase{"GroupNumber", "/request/kind/group", 3,
                    "type: request.kind.group: want a string"},
        ProblemCase{"VersionNull", "/request/kind/version", nullptr,
                    "api-version: request.object: apiVersion \"v1\" is not the request's group and "
                    "version"},
        ProblemCase{"ResourceText", "/request/resource", "pods",
                    "type: request.resource: want an object"},
        ProblemCase{"UserText", "/request/userInfo", "admin",
                    "type: request.userInfo: want an object"},
        ProblemCase{"UsernameNumber", "/request/userInfo/username", 0,
                    "type: request.userInfo.username: want a string"},
        ProblemCase{"GroupsText", "/request/userInfo/groups", "system:nodes",
                    "type: request.userInfo.groups: want a list"},
        ProblemCase{"GroupsNumbers",
                    "/request/userInfo/groups",
                    {1, 2},
                    "type: request.userInfo.groups: want strings"},
        ProblemCase{"ObjectNull", "/request/object", nullptr,
                    "object: request.object: want an object"},
        ProblemCase{"ObjectText", "/request/object", "x", "type: request.object: want an object"},
        ProblemCase{"ObjectOfAnotherKind", "/request/object/kind", "Deployment",
                    "kind: request.object: kind \"Deployment\" is not the request's \"Pod\""},
        ProblemCase{"ObjectWithoutKind", "/request/object/kind", nullptr,
                    "kind: request.object: kind \"\" is not the request's \"Pod\""},
        ProblemCase{"RequestOfAnotherKind", "/request/kind/kind", "PodTemplate",
                    "kind: request.object: kind \"Pod\" is not the request's \"PodTemplate\""},
        ProblemCase{"ObjectOfAnotherGroup", "/request/object/apiVersion", "apps/v1",
                    "api-version: request.object: apiVersion \"apps/v1\" is not the request's "
                    "group and version"},
        ProblemCase{"WorkloadInDisguise", "/request/kind/kind", "ConfigMap",
                    "kind: request.object: kind \"Pod\" is not the request's \"ConfigMap\""},
        ProblemCase{"MetadataList", "/request/object/metadata", Json::array(),
                    "type: request.object.metadata: want an object"},
        ProblemCase{"NamesNumber", "/request/object/metadata/name", 1,
                    "type: request.object.metadata.name: want a string"},
        ProblemCase{"PodWithoutSpec", "/request/object/spec", nullptr,
                    "object: request.object: a Pod without spec"},
        ProblemCase{"SpecText", "/request/object/spec", "x",
                    "type: request.object.spec: want an object"},
        ProblemCase{"ContainersObject", "/request/object/spec/containers", Json::object(),
                    "type: request.object.spec.containers: want a list"},
        ProblemCase{"ContainersText", "/request/object/spec/initContainers", "x",
                    "type: request.object.spec.initContainers: want a list"},
        ProblemCase{"ContainerText", "/request/object/spec/containers/1", "nginx",
                    "type: request.object.spec.containers[1]: want an object"},
        ProblemCase{"ContainerNull", "/request/object/spec/containers/1", nullptr,
                    "type: request.object.spec.containers[1]: want an object"},
        ProblemCase{"ImageNumber", "/request/object/spec/containers/0/image", 7,
                    "type: request.object.spec.containers[0].image: want a string"},
        ProblemCase{"ImageObject",
                    "/request/object/spec/containers/0/image",
                    {{"reference", "x"}},
                    "type: request.object.spec.containers[0].image: want a string"},
        ProblemCase{"ContainerNameList", "/request/object/spec/containers/0/name", Json::array(),
                    "type: request.object.spec.containers[0].name: want a string"},
        ProblemCase{"EphemeralNumber", "/request/object/spec/ephemeralContainers", 1,
                    "type: request.object.spec.ephemeralContainers: want a list"},
        ProblemCase{"VolumesText", "/request/object/spec/volumes", "x",
                    "type: request.object.spec.volumes: want a list"},
        ProblemCase{"VolumeImageText",
                    "/request/object/spec/volumes",
                    {{{"name", "v"}, {"image", "x"}}},
                    "type: request.object.spec.volumes[0].image: want an object"},
        ProblemCase{"VolumeReferenceNumber",
                    "/request/object/spec/volumes",
                    {{{"name", "v"}, {"image", {{"reference", 1}}}}},
                    "type: request.object.spec.volumes[0].image: want a string"},
        ProblemCase{"UnknownGroup", "/request/kind/group", "argoproj.io",
                    "unknown-kind: request.kind: no reader for Pod of group \"argoproj.io\""},
        ProblemCase{
            "RemovedGroup",
            "/request/kind",
            {{"group", "extensions"}, {"version", "v1beta1"}, {"kind", "Deployment"}},
            "unknown-kind: request.kind: no reader for Deployment of group \"extensions\""}),
    [](const auto& each) { return each.param.name; });

// shows: K-14
TEST(ReviewReader, RefusesDuplicateKeysInEveryObjectItReads) {
  // Each object gets a member that is not otherwise looked at, twice; and one that is.
  const std::vector<std::pair<std::string, std::string>> places = {
      {R"("request":{)", "request"},
      {R"("request":{"dryRun")", ""},
      {R"("object":{)", "request.object"},
      {R"("spec":{)", "request.object.spec"},
      {R"("metadata":{)", "request.object.metadata"},
      {R"([{"image")", ""},
      {R"("userInfo":{)", "request.userInfo"},
      {R"("kind":{)", "request.kind"},
      {R"("resource":{)", "request.resource"}};
  for (const auto& [where, path] : places) {
    if (path.empty()) continue;
    std::string text = kPod.dump();
    const std::size_t at = text.find(where);
    ASSERT_NE(at, std::string::npos) << where;
    text.insert(at + where.size(), R"("zz":1,"zz":null,)");
    const auto review = read(text);
    ASSERT_THAT(review, IsOk());
    ASSERT_TRUE(review->problem) << where;
    EXPECT_EQ(review->problem->message(), path + ": duplicate key \"zz\"");
  }
  std::string text = kPod.dump();
  text.replace(text.find(R"("image":)"), 8, R"("image":"signed.example/x","image":)");
  EXPECT_EQ(read(text).value().problem->message(),
            "request.object.spec.containers[0]: duplicate key \"image\"");
}

TEST(ReviewReader, RefusesDuplicatesAmongManyKeys) {
  // More keys than are compared one by one.
  std::string many = "{";
  for (int i = 0; i < 3000; ++i)
    many += "\"key" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  std::string text = kPod.dump();
  const std::size_t at = text.find("\"metadata\":{");
  const auto reading = [&](const std::string& extra) {
    std::string copy = text;
    return read(copy.insert(at + 12, many.substr(1) + extra)).value();
  };
  EXPECT_FALSE(reading("").problem);
  EXPECT_EQ(reading("\"key0\":1,").problem->message(),
            "request.object.metadata: duplicate key \"key0\"");
  EXPECT_EQ(reading("\"key2999\":1,").problem->message(),
            "request.object.metadata: duplicate key \"key2999\"");
  EXPECT_EQ(reading("\"name\":\"x\",").problem->message(),
            "request.object.metadata: duplicate key \"name\"");
}

TEST(ReviewReader, KeepsAReviewAfterTheNextRead) {
  ReviewReader reader;
  auto first = reader.read(kPod.dump()).value();
  Json other = pod_with("other.example/other:9");
  other["request"]["uid"] = "another";
  const auto second = reader.read(other.dump()).value();
  const Review moved = std::move(first);
  EXPECT_EQ(moved.uid, "0df28fbd-5f5f-11e8-bc74-36e6bb280816");
  EXPECT_EQ(moved.images[0].reference, "unsigned.example/cart:1");
  EXPECT_EQ(second.images[0].reference, "other.example/other:9");
}

TEST(ReviewReader, ReadsInPlaceWithSpareCapacity) {
  std::string body = kPod.dump();
  const std::size_t size = body.size();
  body.resize(size + ReviewReader::kPadding, '}');
  ReviewReader reader;
  const auto in_place =
      reader.read(std::string_view(body).substr(0, size), ReviewReader::kPadding).value();
  const auto copied = reader.read(std::string_view(body).substr(0, size)).value();
  EXPECT_EQ(testing::images_of(in_place), testing::images_of(copied));
  EXPECT_EQ(in_place.uid, copied.uid);
}

TEST(ReviewReader, CanBeMoved) {
  ReviewReader first;
  ASSERT_THAT(first.read(kPod.dump()), IsOk());
  ReviewReader second = std::move(first);
  EXPECT_THAT(second.read(kPod.dump()), IsOk());
}

TEST(Review, DeniesByDefault) {
  const auto got = answered(Review(), Rules());
  EXPECT_FALSE(got.allowed());
  EXPECT_EQ(got.response()["status"]["code"], 503);
}

// shows: K-52
TEST(ReviewReader, ReadsACreationWithoutOldObject) {
  Json review = kPod;
  review["request"]["oldObject"] = nullptr;
  review["request"]["options"] = Json::object();
  EXPECT_EQ(problem_of(review), "");
  review["request"].erase("oldObject");
  review["request"].erase("options");
  EXPECT_EQ(problem_of(review), "");
}

// shows: K-53
TEST(ReviewReader, FallsBackToTheGeneratedName) {
  Json review = kPod;
  review["request"].erase("name");
  review["request"]["object"]["metadata"] = {{"generateName", "web-"}};
  EXPECT_EQ(read_value(review).object_name, "web-");
  EXPECT_THAT(answered(review).message(), HasSubstr("Pod shop/web-: "));
  review["request"]["object"]["metadata"]["name"] = "web-x7k2p";
  EXPECT_EQ(read_value(review).object_name, "web-x7k2p");
}

// shows: K-54 K-55
TEST(ReviewReader, PrefersTheRequestsNamespace) {
  Json review = kPod;
  review["request"]["object"]["metadata"].erase("namespace");
  EXPECT_EQ(read_value(review).namespace_name, "shop");
  review["request"]["object"]["metadata"]["namespace"] = "kube-system";
  EXPECT_EQ(read_value(review).namespace_name, "shop");
  const auto exempt = testing::rules_of(
      Action::kEnforce, {testing::rule("system", {"kube-system"}, {}, Action::kSkip)});
  EXPECT_FALSE(answered(review, exempt).allowed());
  review["request"].erase("namespace");
  EXPECT_EQ(read_value(review).namespace_name, "kube-system");
}

// shows: K-57
TEST(ReviewReader, TakesAMissingDryRunForFalse) {
  Json review = kPod;
  review["request"].erase("dryRun");
  EXPECT_FALSE(read_value(review).dry_run);
  review["request"]["dryRun"] = nullptr;
  EXPECT_FALSE(read_value(review).dry_run);
}

TEST(ReviewReader, JudgesDryRunsAlike) {
  Json review = kPod;
  const auto real = answered(review);
  review["request"]["dryRun"] = true;
  const auto dry = answered(review);
  EXPECT_TRUE(dry.review.dry_run);
  EXPECT_EQ(dry.text, real.text);
}

// shows: K-82
TEST(ReviewReader, ReadsUsersWithoutGroups) {
  Json review = kPod;
  review["request"]["userInfo"] = {{"username", "admin"}};
  EXPECT_EQ(problem_of(review), "");
  review["request"]["userInfo"] = {{"username", "admin"}, {"groups", nullptr}, {"extra", nullptr}};
  EXPECT_EQ(problem_of(review), "");
  review["request"].erase("userInfo");
  EXPECT_EQ(problem_of(review), "");
}

struct SkipCase {
  std::string name;
  Json changes;  // merged into the request
  SkipReason want;
};
class QuickExits : public ::testing::TestWithParam<SkipCase> {};

// shows: K-58 K-59 K-73 K-74 K-75 K-78 K-79 K-110
TEST_P(QuickExits, AllowWithoutLookups) {
  Json review = kPod;
  review["request"].merge_patch(GetParam().changes);
  const auto got = answered(review);
  EXPECT_TRUE(got.allowed());
  EXPECT_THAT(got.plan.references, IsEmpty());
  EXPECT_EQ(got.review.skip, GetParam().want);
  EXPECT_EQ(got.decision.skip, GetParam().want);
  EXPECT_EQ(got.annotation("verdict"), "skip");
}

Json kind_of(std::string_view group, std::string_view kind) {
  return {{"group", group}, {"version", "v1"}, {"kind", kind}};
}

Json of_kind(const std::string& group, std::string_view kind) {
  const std::string api_version = group.empty() ? "v1" : group + "/v1";
  return {{"kind", kind_of(group, kind)},
          {"object", {{"kind", kind}, {"apiVersion", api_version}, {"spec", nullptr}}}};
}

INSTANTIATE_TEST_SUITE_P(
    Table, QuickExits,
    ::testing::Values(
        SkipCase{"Delete", {{"operation", "DELETE"}, {"object", nullptr}}, SkipReason::kOperation},
        SkipCase{"Exec",
                 {{"operation", "CONNECT"},
                  {"subResource", "exec"},
                  {"kind", kind_of("", "PodExecOptions")},
                  {"object", {{"kind", "PodExecOptions"}, {"apiVersion", "v1"}}}},
                 SkipReason::kOperation},
        SkipCase{"PodStatus",
                 {{"operation", "UPDATE"}, {"subResource", "status"}},
                 SkipReason::kSubResource},
        SkipCase{"DeploymentStatus",
                 {{"operation", "UPDATE"},
                  {"subResource", "status"},
                  {"kind", kind_of("apps", "Deployment")}},
                 SkipReason::kSubResource},
        SkipCase{
            "Scale",
            {{"operation", "UPDATE"},
             {"subResource", "scale"},
             {"kind", kind_of("autoscaling", "Scale")},
             {"object",
              {{"kind", "Scale"}, {"apiVersion", "autoscaling/v1"}, {"spec", {{"replicas", 5}}}}}},
            SkipReason::kSubResource},
        SkipCase{"Resize",
                 {{"operation", "UPDATE"}, {"subResource", "resize"}},
                 SkipReason::kSubResource},
        SkipCase{"Binding",
                 {{"subResource", "binding"}, {"kind", kind_of("", "Binding")}},
                 SkipReason::kSubResource},
        SkipCase{"Eviction",
                 {{"subResource", "eviction"}, {"kind", kind_of("policy", "Eviction")}},
                 SkipReason::kSubResource},
        SkipCase{"ConfigMap", of_kind("", "ConfigMap"), SkipReason::kKind},
        SkipCase{"Service", of_kind("", "Service"), SkipReason::kKind},
        SkipCase{"ScaleAlone", of_kind("autoscaling", "Scale"), SkipReason::kKind},
        SkipCase{"BindingAlone", of_kind("", "Binding"), SkipReason::kKind},
        SkipCase{"ClusterRole", of_kind("rbac.authorization.k8s.io", "ClusterRole"),
                 SkipReason::kKind}),
    [](const auto& each) { return each.param.name; });

TEST(ReviewReader, WantsAPodBehindEphemeralContainers) {
  Json review = kPod;
  review["request"]["subResource"] = "ephemeralcontainers";
  EXPECT_EQ(problem_of(review), "");
  review["request"]["kind"]["kind"] = "EphemeralContainers";
  EXPECT_EQ(problem_of(review),
            "CS302 kind: request.kind: ephemeralcontainers is a subresource of Pods");
}

// shows: K-110
TEST(ReviewReader, LeavesUnknownKindsToTheRules) {
  Json review = testing::review_of("argoproj.io", "Rollout", "/spec/template/spec",
                                   {{"containers", Json::array()}});
  auto denied = answered(review);
  EXPECT_FALSE(denied.allowed());
  EXPECT_EQ(
      denied.message(),
      "Rollout shop/web: CS302 unsupported-object: request.kind: no reader for Rollout of group "
      "\"argoproj.io\"; register the webhook for the kinds that it knows");
  auto allowed = answered(review, testing::rules_of(Action::kEnforce, {}, UnknownKinds::kAllow));
  EXPECT_TRUE(allowed.allowed());
  EXPECT_EQ(allowed.decision.skip, SkipReason::kKind);
  // Only the kind is let pass: a Deployment that cannot be read stays denied.
  Json broken = testing::deployment_review({{"containers", "x"}});
  EXPECT_FALSE(
      answered(broken, testing::rules_of(Action::kEnforce, {}, UnknownKinds::kAllow)).allowed());
}

// shows: K-80
TEST(ReviewReader, GoesByTheConvertedKind) {
  Json review = testing::deployment_review(
      {{"containers", Json::array({testing::container("app", "unsigned.example/cart:1")})}});
  review["request"]["requestKind"] = {
      {"group", "extensions"}, {"version", "v1beta1"}, {"kind", "Deployment"}};
  review["request"]["requestResource"] = {
      {"group", "extensions"}, {"version", "v1beta1"}, {"resource", "deployments"}};
  EXPECT_THAT(answered(review).failed(), ElementsAre("spec.template.spec.containers[0].image"));
}

TEST(Names, AreThoseOfTheProtocol) {
  EXPECT_EQ(name(ApiVersion::kV1Beta1), "admission.k8s.io/v1beta1");
  EXPECT_EQ(name(Operation::kConnect), "CONNECT");
  EXPECT_EQ(name(Operation::kUnknown), "");
  EXPECT_EQ(name(SkipReason::kNoImages), "no-images");
  EXPECT_EQ(name(SkipReason::kSubResource), "subresource");
  EXPECT_EQ(noun(ImageList::kEphemeralContainers), "ephemeral container");
}

}  // namespace
}  // namespace countersign::admission
