#include "admission/plan.hpp"

#include <gmock/gmock.h>

#include "webhook/admission/pipeline.hpp"

namespace countersign::admission {
namespace {

using testing::answered;
using testing::container;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Json;
using testing::pod_review;
using testing::pod_with;
using testing::rule;
using testing::rules_of;
using ::testing::StartsWith;

std::vector<std::string> references_of(const Plan& plan) {
  std::vector<std::string> out;
  for (const auto& reference : plan.references) out.push_back(reference.text());
  return out;
}

// shows: K-100
TEST(Plan, VerifiesOnceAndReportsAll) {
  const Json app = container("app", "unsigned.example/cart:1");
  Json spec = {
      {"containers", Json::array({app, container("b", "unsigned.example/cart:1")})},
      {"initContainers", Json::array({container("c", "unsigned.example/cart:1")})},
      {"ephemeralContainers", Json::array({container("d", "unsigned.example/cart:1")})},
      {"volumes",
       Json::array({{{"name", "v"}, {"image", {{"reference", "unsigned.example/cart:1"}}}}})}};
  const auto got = answered(pod_review(spec));
  EXPECT_THAT(references_of(got.plan), ElementsAre("unsigned.example/cart:1"));
  EXPECT_THAT(got.failed(),
              ElementsAre("spec.initContainers[0].image", "spec.containers[0].image",
                          "spec.containers[1].image", "spec.ephemeralContainers[0].image",
                          "spec.volumes[0].image.reference"));
}

TEST(Plan, KeepsDistinctReferencesApart) {
  const Json spec = {{"containers", Json::array({container("a", "signed.example/x:1"),
                                                 container("b", "signed.example/x"),
                                                 container("c", "signed.example/x:1")})}};
  const auto got = answered(pod_review(spec));
  EXPECT_THAT(references_of(got.plan), ElementsAre("signed.example/x:1", "signed.example/x"));
  EXPECT_EQ(got.plan.images[2].at, 0U);
}

TEST(Plan, CarriesWhatTheRuleAsksFor) {
  Rule built = rule("built", {}, {"signed.example/built/**"}, Action::kEnforce);
  built.user_metadata = {{"io.build", "17"}};
  const Rules rules = rules_of(Action::kEnforce, {built});
  const Json spec = {{"containers", Json::array({container("a", "signed.example/built/x:1"),
                                                 container("b", "signed.example/other:1"),
                                                 container("c", "signed.example/built/x:1")})}};
  const auto got = answered(ReviewReader().read(pod_review(spec).dump()).value(), rules);
  ASSERT_EQ(got.plan.required.size(), 2U);
  EXPECT_EQ(*got.plan.required[0], built.user_metadata);
  EXPECT_TRUE(got.plan.required[1]->empty());
}

struct NameCase {
  std::string image;
  std::string name;
};
class Normalised : public ::testing::TestWithParam<NameCase> {};

// shows: K-103 K-104
TEST_P(Normalised, IsWhatRulesSee) {
  const auto& [image, name] = GetParam();
  const auto got = answered(pod_with(image),
                            rules_of(Action::kEnforce, {rule("this", {}, {name}, Action::kSkip)}));
  EXPECT_TRUE(got.allowed()) << image;
  EXPECT_EQ(got.annotation("rule"), "this");
}

INSTANTIATE_TEST_SUITE_P(
    Table, Normalised,
    ::testing::Values(NameCase{"nginx", "docker.io/library/nginx"},
                      NameCase{"docker.io/nginx", "docker.io/library/nginx"},
                      NameCase{"index.docker.io/library/nginx", "docker.io/library/nginx"},
                      NameCase{"foo/bar:1", "docker.io/foo/bar"},
                      NameCase{"localhost/x", "localhost/x"}, NameCase{"r:5000/x", "r:5000/x"},
                      NameCase{"Shop.Example/x", "shop.example/x"}));

const std::string kHex(64, 'a');

struct InvalidCase {
  std::string name;
  std::string image;
  std::string want;
};
class Invalid : public ::testing::TestWithParam<InvalidCase> {};

constexpr const char* kImageId =
    "an image ID names what a node happens to hold, not an image in a registry";

// shows: K-106 K-107 K-108 K-109
TEST_P(Invalid, IsDeniedWithoutNetwork) {
  // A rule for all images does not help: it matches no invalid one.
  const auto got = answered(pod_with(GetParam().image),
                            rules_of(Action::kEnforce, {rule("all", {}, {"**"}, Action::kSkip)}));
  EXPECT_FALSE(got.allowed());
  EXPECT_THAT(got.plan.references, IsEmpty());
  EXPECT_EQ(got.response()["status"]["code"], 403);
  EXPECT_EQ(got.response()["status"]["details"]["causes"][0]["reason"], "CS112");
  EXPECT_THAT(got.message(), HasSubstr("CS112 invalid-reference: " + GetParam().want));
}

INSTANTIATE_TEST_SUITE_P(
    Table, Invalid,
    ::testing::Values(
        InvalidCase{"ImageId", "sha256:" + kHex, kImageId},
        InvalidCase{"ImageIdBegins", "sha256:0123abc", kImageId},
        InvalidCase{"Hex64", kHex, kImageId}, InvalidCase{"Hex7", "deadbee", kImageId},
        InvalidCase{"Hex12", "0123456789ab", kImageId},
        InvalidCase{"UpperCasePath", "r.example/Shop/cart", "the repository must be lower case"},
        InvalidCase{"LongTag", "r.example/x:" + std::string(129, 't'), "not a tag"},
        InvalidCase{"TrailingSpace", "r.example/x ", "only visible ASCII characters are allowed"},
        InvalidCase{"ShortDigest", "r.example/x@sha256:short", "not a digest"},
        InvalidCase{"Url", "https://r.example/x", ""},
        InvalidCase{"NonAsciiHost", "r\u00e9gistry.example/x",
                    "only visible ASCII characters are allowed"},
        InvalidCase{"CyrillicHost", "sh\u043ep.example/x",
                    "only visible ASCII characters are allowed"},
        InvalidCase{"Newline", "r.example/x\nevil", "only visible ASCII characters are allowed"},
        InvalidCase{"Nul", std::string("r.example/x\0y", 13),
                    "only visible ASCII characters are allowed"}),
    [](const auto& each) { return each.param.name; });

// shows: K-109
TEST(Plan, ComparesLookalikesAsBytes) {
  const Rules rules =
      rules_of(Action::kEnforce, {rule("shop", {}, {"shop.example/**"}, Action::kSkip)});
  EXPECT_TRUE(answered(pod_with("shop.example/x"), rules).allowed());
  EXPECT_FALSE(answered(pod_with("xn--shp-fmc.example/x"), rules).allowed());
}

// shows: K-113
TEST(Plan, SkipsExemptNamespaces) {
  const Rules rules = rules_of(Action::kEnforce, {rule("system", {"shop"}, {}, Action::kSkip)});
  const auto got = answered(pod_with("unsigned.example/x"), rules);
  EXPECT_TRUE(got.allowed());
  EXPECT_EQ(got.decision.skip, SkipReason::kNamespace);
  EXPECT_EQ(name(*got.decision.skip), "namespace");
  EXPECT_THAT(got.plan.references, IsEmpty());
  // Even what cannot be read.
  Json broken = pod_with("unsigned.example/x");
  broken["request"]["object"]["spec"] = 1;
  const auto skipped = answered(broken, rules);
  EXPECT_TRUE(skipped.allowed());
  EXPECT_EQ(skipped.decision.skip, SkipReason::kNamespace);
}

// shows: K-117
TEST(Plan, DoesNotTrustOwners) {
  Json review = pod_with("unsigned.example/x");
  review["request"]["object"]["metadata"]["ownerReferences"] = {{{"apiVersion", "apps/v1"},
                                                                 {"kind", "ReplicaSet"},
                                                                 {"name", "approved"},
                                                                 {"controller", true}}};
  EXPECT_FALSE(answered(review).allowed());
}

// shows: K-118
TEST(Plan, DoesNotTrustControllers) {
  Json review = pod_with("unsigned.example/x");
  review["request"]["userInfo"] = {
      {"username", "system:serviceaccount:kube-system:replicaset-controller"},
      {"groups",
       {"system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"}}};
  EXPECT_FALSE(answered(review).allowed());
}

TEST(Plan, AppliesARuleToEachImage) {
  const Rules rules =
      rules_of(Action::kEnforce, {rule("mcr", {}, {"mcr.microsoft.com/**"}, Action::kSkip),
                                  rule("trial", {}, {"unsigned.example/trial"}, Action::kAudit)});
  const Json spec = {{"containers", Json::array({container("a", "mcr.microsoft.com/x"),
                                                 container("b", "signed.example/x"),
                                                 container("c", "unsigned.example/trial:1")})}};
  const auto got = answered(pod_review(spec), rules);
  EXPECT_TRUE(got.allowed());
  EXPECT_THAT(references_of(got.plan), ElementsAre("signed.example/x", "unsigned.example/trial:1"));
  EXPECT_EQ(got.annotation("rule"), "mcr,default,trial");
  EXPECT_EQ(got.annotation("verdict"), "would-deny");
  EXPECT_THAT(
      got.annotation("images"),
      StartsWith(
          "mcr.microsoft.com/x CS001 rule; signed.example/x CS000 verified sha256:ab12cd34"));
}

TEST(Plan, JudgesProblemsByRulesForNamespacesOnly) {
  Json broken = pod_with("x");
  broken["request"]["operation"] = "FOO";
  const Rules rules = rules_of(Action::kEnforce, {rule("images", {"shop"}, {"**"}, Action::kSkip),
                                                  rule("trial", {"sh*"}, {}, Action::kAudit)});
  const auto got = answered(broken, rules);
  EXPECT_TRUE(got.allowed());
  EXPECT_EQ(got.annotation("verdict"), "would-deny");
  EXPECT_EQ(got.annotation("rule"), "trial");
}

TEST(Plan, JudgesWhatNamesNoReadableNamespaceByTheStrictestRule) {
  Json broken = pod_with("x");
  broken["request"]["namespace"] = 7;
  const Rules rules = rules_of(Action::kAudit, {rule("shop", {"shop"}, {}, Action::kEnforce)});
  const auto got = answered(broken, rules);
  EXPECT_FALSE(got.allowed());
  EXPECT_EQ(got.annotation("rule"), "shop");
}

}  // namespace
}  // namespace countersign::admission
