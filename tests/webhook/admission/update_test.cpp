// What an update makes us verify, and what not.
#include <gmock/gmock.h>

#include "admission/review.hpp"
#include "support/matchers.hpp"
#include "webhook/admission/pipeline.hpp"

namespace countersign::admission {
namespace {

using testing::answered;
using testing::container;
using testing::deployment_review;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Json;
using testing::pod_review;
using testing::pod_with;
using testing::update;

Json lists(const Json& containers, const Json& init_containers = Json::array()) {
  return {{"containers", containers}, {"initContainers", init_containers}};
}

const Json kTwo = lists(Json::array(
    {container("app", "unsigned.example/a:1"), container("log", "unsigned.example/b:1")}));

// shows: K-61
TEST(Update, OfLabelsIsAllowed) {
  Json after = pod_review(kTwo);
  after["request"]["object"]["metadata"]["labels"] = {{"app", "web"}};
  const auto got = answered(update(pod_review(kTwo), after));
  EXPECT_TRUE(got.allowed());
  EXPECT_EQ(got.decision.skip, SkipReason::kUnchanged);
  EXPECT_EQ(name(*got.decision.skip), "unchanged");
  EXPECT_THAT(got.plan.references, IsEmpty());
}

// shows: K-62
TEST(Update, OfOneImageListsOnlyThat) {
  const Json after = lists(Json::array(
      {container("app", "unsigned.example/a:1"), container("log", "unsigned.example/b:2")}));
  const auto got = answered(update(pod_review(kTwo), pod_review(after)));
  EXPECT_FALSE(got.allowed());
  EXPECT_THAT(got.failed(), ElementsAre("spec.containers[1].image"));
  EXPECT_EQ(got.plan.references.size(), 1U);
  EXPECT_THAT(testing::images_of(got.review),
              ElementsAre("spec.containers[0].image app unsigned.example/a:1 unchanged",
                          "spec.containers[1].image log unsigned.example/b:2"));
}

// shows: K-63
TEST(Update, OfAnInitContainerIsVerified) {
  const Json before = lists(Json::array({container("app", "signed.example/a:1")}),
                            Json::array({container("init", "signed.example/i:1")}));
  const Json after = lists(Json::array({container("app", "signed.example/a:1")}),
                           Json::array({container("init", "unsigned.example/i:2")}));
  EXPECT_THAT(answered(update(pod_review(before), pod_review(after))).failed(),
              ElementsAre("spec.initContainers[0].image"));
}

// shows: K-64
TEST(Update, OfReplicasIsAllowed) {
  Json before = deployment_review(kTwo);
  before["request"]["object"]["spec"]["replicas"] = 1;
  Json after = before;
  after["request"]["object"]["spec"]["replicas"] = 5;
  EXPECT_TRUE(answered(update(before, after)).allowed());
}

// shows: K-68
TEST(Update, OfAReplicaSetByItsControllerNeedsNoLookup) {
  Json before = testing::review_of("apps", "ReplicaSet", "/spec/template/spec", kTwo);
  Json after = before;
  after["request"]["object"]["spec"]["replicas"] = 3;
  after["request"]["userInfo"]["username"] =
      "system:serviceaccount:kube-system:deployment-controller";
  const auto got = answered(update(before, after));
  EXPECT_TRUE(got.allowed());
  EXPECT_THAT(got.plan.references, IsEmpty());
}

// shows: K-65
TEST(Update, MayReorderContainers) {
  const Json after = lists(Json::array({kTwo["containers"][1], kTwo["containers"][0]}));
  const auto got = answered(update(deployment_review(kTwo), deployment_review(after)));
  EXPECT_TRUE(got.allowed());
  EXPECT_EQ(got.decision.skip, SkipReason::kUnchanged);
}

TEST(Update, MayNotSwapImages) {
  const Json after = lists(Json::array(
      {container("app", "unsigned.example/b:1"), container("log", "unsigned.example/a:1")}));
  EXPECT_EQ(answered(update(deployment_review(kTwo), deployment_review(after))).failed().size(),
            2U);
}

// shows: K-66
TEST(Update, OfANameIsVerified) {
  const Json after =
      lists(Json::array({container("web", "unsigned.example/a:1"), kTwo["containers"][1]}));
  EXPECT_THAT(answered(update(deployment_review(kTwo), deployment_review(after))).failed(),
              ElementsAre("spec.template.spec.containers[0].image"));
}

// shows: K-67
TEST(Update, ThatMovesAnImageToAnotherListIsVerified) {
  const Json after =
      lists(Json::array({kTwo["containers"][1]}), Json::array({kTwo["containers"][0]}));
  EXPECT_THAT(answered(update(deployment_review(kTwo), deployment_review(after))).failed(),
              ElementsAre("spec.template.spec.initContainers[0].image"));
}

constexpr const char* kWhen = "2026-11-24T06:00:00Z";

// shows: K-69
TEST(Update, OfAnObjectThatIsBeingDeletedIsAllowed) {
  Json before = pod_review(kTwo);
  before["request"]["object"]["metadata"]["deletionTimestamp"] = kWhen;
  before["request"]["object"]["metadata"]["finalizers"] = {"example.com/x"};
  Json after = before;
  after["request"]["object"]["metadata"].erase("finalizers");
  const auto got = answered(update(before, after));
  EXPECT_TRUE(got.allowed());
  EXPECT_TRUE(got.review.deleting);
  EXPECT_EQ(got.decision.skip, SkipReason::kDeleting);
}

// shows: K-70
TEST(Update, OfAnImageIsVerifiedEvenThen) {
  Json before = pod_with("unsigned.example/a:1");
  before["request"]["object"]["metadata"]["deletionTimestamp"] = kWhen;
  EXPECT_THAT(answered(update(before, pod_with("unsigned.example/a:2"))).failed(),
              ElementsAre("spec.containers[0].image"));
}

// shows: K-71
TEST(Update, IsNotFooledByTheNewObjectsDeletionTimestamp) {
  Json after = pod_with("unsigned.example/a:2");
  after["request"]["object"]["metadata"]["deletionTimestamp"] = kWhen;
  const auto got = answered(update(pod_with("unsigned.example/a:1"), after));
  EXPECT_FALSE(got.allowed());
  EXPECT_FALSE(got.review.deleting);
}

Json debugging(const Json& ephemeral) {
  Json review =
      pod_review(Json{{"containers", Json::array({container("app", "unsigned.example/a:1")})},
                      {"ephemeralContainers", ephemeral}});
  review["request"]["subResource"] = "ephemeralcontainers";
  return review;
}

// shows: K-76
TEST(Update, ThatAddsAnEphemeralContainerIsVerified) {
  const Json one = Json::array({container("debug-1", "unsigned.example/busybox:1")});
  EXPECT_THAT(answered(update(debugging(nullptr), debugging(one))).failed(),
              ElementsAre("spec.ephemeralContainers[0].image"));
}

// shows: K-77
TEST(Update, ThatAddsAnotherVerifiesOnlyThat) {
  const Json one = Json::array({container("debug-1", "unsigned.example/busybox:1")});
  Json two = one;
  two.push_back(container("debug-2", "unsigned.example/busybox:1"));
  const auto got = answered(update(debugging(one), debugging(two)));
  EXPECT_THAT(got.failed(), ElementsAre("spec.ephemeralContainers[1].image"));
  EXPECT_EQ(got.plan.references.size(), 1U);
}

TEST(Update, WithoutStoredObjectVerifiesAll) {
  Json review = pod_review(kTwo);
  review["request"]["operation"] = "UPDATE";
  EXPECT_EQ(answered(review).failed().size(), 2U);
  review["request"].erase("oldObject");
  EXPECT_EQ(answered(review).failed().size(), 2U);
}

TEST(Update, OfAStoredObjectThatCannotBeReadIsDenied) {
  for (const Json& stored :
       {Json("x"), Json::array(), Json::object(), Json{{"kind", "Pod"}, {"apiVersion", "v2"}}}) {
    Json review = update(pod_review(kTwo), pod_review(kTwo));
    review["request"]["oldObject"] = stored;
    const auto got = answered(review);
    EXPECT_FALSE(got.allowed());
    ASSERT_TRUE(got.review.problem);
    EXPECT_EQ(got.review.problem->outcome(), Outcome::kUnsupportedObject);
  }
}

TEST(Create, IgnoresAStoredObject) {
  Json review = update(pod_review(kTwo), pod_review(kTwo));
  review["request"]["operation"] = "CREATE";
  EXPECT_EQ(answered(review).failed().size(), 2U);
}

TEST(Update, SkipsUnchangedVolumesAndInvalidImages) {
  const Json spec = {
      {"containers", Json::array({container("app", "Not An Image")})},
      {"volumes",
       Json::array({{{"name", "v"}, {"image", {{"reference", "unsigned.example/v"}}}}})}};
  EXPECT_TRUE(answered(update(pod_review(spec), pod_review(spec))).allowed());
  Json after = spec;
  after["volumes"][0]["image"]["reference"] = "unsigned.example/v:2";
  EXPECT_THAT(answered(update(pod_review(spec), pod_review(after))).failed(),
              ElementsAre("spec.volumes[0].image.reference"));
}

// The same name twice, as a mutating webhook may see it: each image must have been there under that
// name.
TEST(Update, ComparesEachOfSeveralContainersOfOneName) {
  const Json before = lists(Json::array(
      {container("app", "unsigned.example/a:1"), container("app", "unsigned.example/a:2")}));
  const Json after = lists(Json::array(
      {container("app", "unsigned.example/a:2"), container("app", "unsigned.example/a:3")}));
  EXPECT_THAT(answered(update(deployment_review(before), deployment_review(after))).failed(),
              ElementsAre("spec.template.spec.containers[1].image"));
}

TEST(Update, OfManyContainersIsCompared) {
  Json before = Json::array();
  for (int i = 0; i < 1000; ++i) {
    before.push_back(container("c" + std::to_string(i), "unsigned.example/a:" + std::to_string(i)));
  }
  Json after = before;
  std::reverse(after.begin(), after.end());
  after[7]["image"] = "unsigned.example/new:1";
  EXPECT_THAT(
      answered(update(deployment_review(lists(before)), deployment_review(lists(after)))).failed(),
      ElementsAre("spec.template.spec.containers[7].image"));
}

}  // namespace
}  // namespace countersign::admission
