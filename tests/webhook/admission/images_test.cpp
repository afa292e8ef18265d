// Where images stand, kind by kind.
#include <gmock/gmock.h>

#include "admission/review.hpp"
#include "webhook/admission/pipeline.hpp"

namespace countersign::admission {
namespace {

using testing::answered;
using testing::container;
using testing::deployment_review;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Json;
using testing::pod_review;
using testing::pod_with;
using testing::review_of;
using testing::rule;
using testing::rules_of;

std::vector<std::string> images_of(const Json& review) {
  return testing::images_of(ReviewReader().read(review.dump()).value());
}

struct KindCase {
  std::string group;
  std::string kind;
  std::string pointer;
  std::string path;
};
class Kinds : public ::testing::TestWithParam<KindCase> {};

const Json kOneUnsigned = {
    {"containers", Json::array({container("app", "signed.example/app:1")})},
    {"initContainers", Json::array({container("init", "unsigned.example/init:1")})}};

// shows: K-83 K-84 K-85 K-86 K-87 K-88 K-89 K-90 K-91
TEST_P(Kinds, DenyAnUnsignedInitContainer) {
  const auto& [group, kind, pointer, path] = GetParam();
  const auto got = answered(review_of(group, kind, pointer, kOneUnsigned));
  EXPECT_FALSE(got.allowed());
  EXPECT_THAT(got.failed(), ElementsAre(path + ".initContainers[0].image"));
  EXPECT_THAT(got.message(),
              HasSubstr(kind + " shop/web: init container \"init\" unsigned.example/init:1 "));
  EXPECT_EQ(got.plan.references.size(), 2U);
}

INSTANTIATE_TEST_SUITE_P(
    Table, Kinds,
    ::testing::Values(KindCase{"", "Pod", "/spec", "spec"},
                      KindCase{"apps", "Deployment", "/spec/template/spec", "spec.template.spec"},
                      KindCase{"apps", "ReplicaSet", "/spec/template/spec", "spec.template.spec"},
                      KindCase{"apps", "StatefulSet", "/spec/template/spec", "spec.template.spec"},
                      KindCase{"apps", "DaemonSet", "/spec/template/spec", "spec.template.spec"},
                      KindCase{"batch", "Job", "/spec/template/spec", "spec.template.spec"},
                      KindCase{"batch", "CronJob", "/spec/jobTemplate/spec/template/spec",
                               "spec.jobTemplate.spec.template.spec"},
                      KindCase{"", "ReplicationController", "/spec/template/spec",
                               "spec.template.spec"},
                      KindCase{"", "PodTemplate", "/template/spec", "template.spec"}),
    [](const auto& each) { return each.param.kind; });

TEST_P(Kinds, AreReadInAnyVersion) {
  const auto& [group, kind, pointer, path] = GetParam();
  Json review = review_of(group, kind, pointer, kOneUnsigned);
  review["request"]["kind"]["version"] = "v9";
  review["request"]["object"]["apiVersion"] = group.empty() ? "v9" : group + "/v9";
  EXPECT_EQ(images_of(review).size(), 2U);
}

// shows: K-92
TEST(Images, AreNoneWithoutTemplate) {
  Json review = review_of("", "ReplicationController", "/spec", {{"replicas", 1}});
  EXPECT_THAT(images_of(review), IsEmpty());
  EXPECT_TRUE(answered(review).allowed());
  review["request"]["object"]["spec"]["template"] = nullptr;
  EXPECT_TRUE(answered(review).allowed());
  review["request"]["object"]["spec"]["template"] = {{"spec", nullptr}};
  const auto got = answered(review);
  EXPECT_TRUE(got.allowed());
  EXPECT_EQ(got.decision.skip, SkipReason::kNoImages);
}

// shows: K-93
TEST(Images, IncludeSidecars) {
  Json sidecar = container("mesh", "unsigned.example/mesh:1");
  sidecar["restartPolicy"] = "Always";
  Json spec = {{"containers", Json::array({container("app", "signed.example/app:1")})},
               {"initContainers", Json::array({sidecar})}};
  EXPECT_THAT(answered(pod_review(spec)).failed(), ElementsAre("spec.initContainers[0].image"));
}

// shows: K-94
TEST(Images, IncludeImageVolumes) {
  Json spec = {{"containers", Json::array({container("app", "signed.example/app:1")})},
               {"volumes", Json::array({{{"name", "tmp"}, {"emptyDir", Json::object()}},
                                        {{"name", "model"},
                                         {"image",
                                          {{"reference", "unsigned.example/model:1"},
                                           {"pullPolicy", "IfNotPresent"}}}}})}};
  const auto got = answered(pod_review(spec));
  EXPECT_THAT(got.failed(), ElementsAre("spec.volumes[1].image.reference"));
  EXPECT_THAT(got.message(), HasSubstr("volume \"model\" unsigned.example/model:1 "));
}

// shows: K-95
TEST(Images, MayBeEmptyInTheVolumesOfTemplates) {
  for (const Json& image :
       {Json{{"reference", ""}}, Json{{"pullPolicy", "Always"}}, Json{{"reference", nullptr}}}) {
    const Json spec = {{"volumes", Json::array({{{"name", "model"}, {"image", image}}})}};
    EXPECT_THAT(images_of(deployment_review(spec)), IsEmpty());
    EXPECT_TRUE(answered(deployment_review(spec)).allowed());
    const auto got = answered(pod_review(spec));
    EXPECT_FALSE(got.allowed());
    EXPECT_THAT(got.failed(), ElementsAre("spec.volumes[0].image.reference"));
    EXPECT_THAT(got.message(), HasSubstr("CS112 invalid-reference: no image is named"));
  }
  const Json none = {{"volumes", Json::array({{{"name", "model"}, {"image", nullptr}}})}};
  EXPECT_THAT(images_of(pod_review(none)), IsEmpty());
}

// shows: K-96 K-97
TEST(Images, AreNotEveryKeyOfThatName) {
  Json app = container("app", "signed.example/app:1");
  app["env"] = {{{"name", "image"}, {"value", "evil.example/x"}}};
  Json review = pod_review(
      Json{{"containers", Json::array({app})},
           {"volumes",
            Json::array({{{"name", "ceph"}, {"rbd", {{"image", "foo"}, {"monitors", {"m"}}}}},
                         {{"name", "csi"}, {"csi", {{"volumeAttributes", {{"image", "foo"}}}}}}})},
           {"image", "evil.example/y"}});
  review["request"]["object"]["metadata"]["annotations"] = {{"image", "evil.example/z"}};
  review["request"]["object"]["image"] = "evil.example/w";
  EXPECT_THAT(images_of(review), ElementsAre("spec.containers[0].image app signed.example/app:1"));
  EXPECT_TRUE(answered(review).allowed());
}

// shows: K-98 K-101
TEST(Images, AreNoneInListsThatAreNull) {
  const Json nulls = {{"containers", nullptr},
                      {"initContainers", nullptr},
                      {"ephemeralContainers", nullptr},
                      {"volumes", nullptr}};
  for (const Json& spec : {nulls, Json::object(), Json{{"containers", Json::array()}}}) {
    for (const Json& review : {pod_review(spec), deployment_review(spec)}) {
      EXPECT_THAT(images_of(review), IsEmpty());
      const auto got = answered(review);
      EXPECT_TRUE(got.allowed());
      EXPECT_EQ(got.decision.skip, SkipReason::kNoImages);
    }
  }
}

// shows: K-102
TEST(Images, ThatAreMissingAreDenied) {
  for (const Json& without : {Json{{"name", "app"}}, Json{{"name", "app"}, {"image", nullptr}},
                              Json{{"name", "app"}, {"image", ""}}}) {
    for (const Json& review : {pod_review(Json{{"containers", Json::array({without})}}),
                               deployment_review(Json{{"containers", Json::array({without})}})}) {
      const auto got = answered(review);
      EXPECT_FALSE(got.allowed());
      EXPECT_EQ(got.response()["status"]["code"], 403);
      EXPECT_THAT(
          got.message(),
          HasSubstr("container \"app\" (no image): CS112 invalid-reference: no image is named"));
    }
  }
}

TEST(Images, AreListedInTheOrderOfTheirLists) {
  const Json spec = {
      {"volumes", Json::array({{{"name", "v"}, {"image", {{"reference", "r.example/v"}}}}})},
      {"ephemeralContainers", Json::array({container("e", "r.example/e")})},
      {"containers", Json::array({container("a", "r.example/a"), container("b", "r.example/b")})},
      {"initContainers", Json::array({container("i", "r.example/i")})}};
  EXPECT_THAT(images_of(pod_review(spec)),
              ElementsAre("spec.initContainers[0].image i r.example/i",
                          "spec.containers[0].image a r.example/a",
                          "spec.containers[1].image b r.example/b",
                          "spec.ephemeralContainers[0].image e r.example/e",
                          "spec.volumes[0].image.reference v r.example/v"));
}

TEST(Images, AreLimitedInNumber) {
  Json containers = Json::array();
  for (std::size_t i = 0; i < ReviewReader::kMaxImages; ++i) {
    containers.push_back(container("c" + std::to_string(i), "signed.example/app:1"));
  }
  EXPECT_EQ(images_of(pod_review(Json{{"containers", containers}})).size(),
            ReviewReader::kMaxImages);
  containers.push_back(container("more", "signed.example/app:1"));
  const auto got = answered(pod_review(Json{{"containers", containers}}));
  EXPECT_FALSE(got.allowed());
  EXPECT_THAT(got.message(),
              HasSubstr("CS302 unsupported-object: request.object: more than 1024 images"));
  // Nor is it a way around a rule that names images, where the default admits.
  const Rules by_image =
      rules_of(Action::kAudit, {rule("shop", {}, {"unsigned.example/**"}, Action::kEnforce)});
  EXPECT_FALSE(answered(pod_review(Json{{"containers", containers}}), by_image).allowed());
}

/// A Pod as the kubelet of node "n1" mirrors it.
Json mirror_pod() {
  Json review = testing::pod_with("unsigned.example/static:1");
  review["request"]["userInfo"] = {{"username", "system:node:n1"},
                                   {"groups", {"system:nodes", "system:authenticated"}}};
  review["request"]["object"]["spec"]["nodeName"] = "n1";
  auto& metadata = review["request"]["object"]["metadata"];
  metadata["annotations"] = {{"kubernetes.io/config.mirror", "0123abc"}};
  metadata["ownerReferences"] = {
      {{"apiVersion", "v1"}, {"kind", "Node"}, {"name", "n1"}, {"controller", true}}};
  return review;
}

// shows: K-114
TEST(MirrorPods, AreSkipped) {
  const auto got = answered(mirror_pod());
  EXPECT_TRUE(got.allowed());
  EXPECT_EQ(got.decision.skip, SkipReason::kMirrorPod);
  EXPECT_THAT(got.plan.references, IsEmpty());
}

struct NoMirrorCase {
  std::string name;
  std::string pointer;
  Json value;
};
class NoMirrorPods : public ::testing::TestWithParam<NoMirrorCase> {};

// shows: K-115 K-116
TEST_P(NoMirrorPods, AreVerified) {
  Json review = mirror_pod();
  review[Json::json_pointer(GetParam().pointer)] = GetParam().value;
  const auto got = answered(review);
  EXPECT_FALSE(got.allowed());
  EXPECT_EQ(got.plan.references.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Table, NoMirrorPods,
    ::testing::Values(
        NoMirrorCase{"NormalUser",
                     "/request/userInfo",
                     {{"username", "jane"}, {"groups", {"system:authenticated"}}}},
        NoMirrorCase{"NoNodesGroup", "/request/userInfo/groups", {"system:authenticated"}},
        NoMirrorCase{"GroupOfAnotherName", "/request/userInfo/groups", {"system:nodes2"}},
        NoMirrorCase{"UserOfAnotherName", "/request/userInfo/username", "system:nodex:n1"},
        NoMirrorCase{"UserWithoutNode", "/request/userInfo/username", "system:node:"},
        NoMirrorCase{"UserOfAnotherNode", "/request/userInfo/username", "system:node:n2"},
        NoMirrorCase{"NoAnnotation", "/request/object/metadata/annotations", Json::object()},
        NoMirrorCase{"NullAnnotations", "/request/object/metadata/annotations", nullptr},
        NoMirrorCase{"NullAnnotation",
                     "/request/object/metadata/annotations/kubernetes.io~1config.mirror", nullptr},
        NoMirrorCase{"NoOwner", "/request/object/metadata/ownerReferences", nullptr},
        NoMirrorCase{"OwnerOfAnotherName", "/request/object/metadata/ownerReferences/0/name", "n2"},
        NoMirrorCase{"OwnerOfAnotherKind", "/request/object/metadata/ownerReferences/0/kind",
                     "ReplicaSet"},
        NoMirrorCase{"OnAnotherNode", "/request/object/spec/nodeName", "n2"},
        NoMirrorCase{"OnNoNode", "/request/object/spec/nodeName", nullptr},
        NoMirrorCase{"Ephemeral", "/request/subResource", "ephemeralcontainers"},
        NoMirrorCase{"Update", "/request/operation", "UPDATE"}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace countersign::admission
