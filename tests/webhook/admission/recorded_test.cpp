// The reviews that a real API server sent.
#include <gmock/gmock.h>

#include "admission/review.hpp"
#include "support/matchers.hpp"
#include "webhook/admission/pipeline.hpp"

namespace countersign::admission {
namespace {

using countersign::testing::IsOk;

struct RecordedCase {
  std::string file;
  std::vector<std::string> images;
  std::optional<SkipReason> skip = std::nullopt;
};

class Recorded : public ::testing::TestWithParam<RecordedCase> {};

const std::string kNoContent =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const std::string kInit =
    "spec.initContainers[0].image init registry.example.com:5000/team/init:v1";
const std::string kSidecar =
    "spec.initContainers[1].image sidecar registry.example.com/team/side@" + kNoContent;
const std::string kTwo = "spec.containers[1].image two ghcr.io/acme/two:1.2.3@" + kNoContent;
const std::string kTemplate = "spec.template.spec.containers[0].image ";

TEST_P(Recorded, GivesTheImages) {
  const std::string body = testing::recorded(GetParam().file);
  ASSERT_FALSE(body.empty()) << "no " << GetParam().file;
  const auto review = ReviewReader().read(body);
  ASSERT_THAT(review, IsOk());
  ASSERT_FALSE(review->problem) << review->problem->message();
  EXPECT_EQ(review->skip, GetParam().skip);
  EXPECT_EQ(testing::images_of(*review), GetParam().images);
  EXPECT_EQ(review->namespace_name, "shop");
  EXPECT_EQ(review->username, "admin");
  EXPECT_EQ(review->dry_run, GetParam().file.starts_with("15"));
  EXPECT_FALSE(review->deleting);
  EXPECT_EQ(review->uid, testing::Json::parse(body)["request"]["uid"].get<std::string>());
}

INSTANTIATE_TEST_SUITE_P(
    Table, Recorded,
    ::testing::Values(
        RecordedCase{"01-Pod-main-CREATE.json",
                     {kInit, kSidecar, "spec.containers[0].image app nginx", kTwo}},
        RecordedCase{"02-ReplicationController-main-CREATE.json",
                     {kTemplate + "c docker.io/library/busybox:1.36"}},
        RecordedCase{"03-PodTemplate-main-CREATE.json",
                     {"template.spec.containers[0].image c quay.io/a/b:c"}},
        RecordedCase{"04-Deployment-main-CREATE.json",
                     {"spec.template.spec.initContainers[0].image i mcr.microsoft.com/x/y:1",
                      kTemplate + "c myregistry.azurecr.io/shop/cart:2.0"}},
        RecordedCase{"05-StatefulSet-main-CREATE.json", {kTemplate + "c localhost:5000/db"}},
        RecordedCase{"06-DaemonSet-main-CREATE.json", {kTemplate + "c a/b"}},
        RecordedCase{"07-ReplicaSet-main-CREATE.json", {kTemplate + "c [::1]:5000/x/y:z"}},
        RecordedCase{"08-Job-main-CREATE.json", {kTemplate + "c docker.io/job:1"}},
        RecordedCase{
            "09-CronJob-main-CREATE.json",
            {"spec.jobTemplate.spec.template.spec.containers[0].image c index.docker.io/cron:1"}},
        RecordedCase{"10-Pod-main-UPDATE.json",
                     {kInit + " unchanged", kSidecar + " unchanged",
                      "spec.containers[0].image app nginx:1.27", kTwo + " unchanged"}},
        RecordedCase{"11-Pod-main-UPDATE.json",
                     {kInit + " unchanged", kSidecar + " unchanged",
                      "spec.containers[0].image app nginx:1.27 unchanged", kTwo + " unchanged"},
                     SkipReason::kUnchanged},
        RecordedCase{"12-Pod-ephemeralcontainers-UPDATE.json",
                     {kInit + " unchanged", kSidecar + " unchanged",
                      "spec.containers[0].image app nginx:1.27 unchanged", kTwo + " unchanged",
                      "spec.ephemeralContainers[0].image dbg busybox:debug"}},
        RecordedCase{
            "13-Deployment-main-UPDATE.json",
            {"spec.template.spec.initContainers[0].image i mcr.microsoft.com/x/y:1 unchanged",
             kTemplate + "c myregistry.azurecr.io/shop/cart:2.1"}},
        RecordedCase{"14-Scale-scale-UPDATE.json", {}, SkipReason::kSubResource},
        RecordedCase{"15-Pod-main-CREATE.json", {"spec.containers[0].image c x.example/y:1"}},
        RecordedCase{"16-Pod-main-DELETE.json", {}, SkipReason::kOperation},
        RecordedCase{"17-Pod-main-DELETE.json", {}, SkipReason::kOperation},
        RecordedCase{"30-Pod-main-CREATE.json",
                     {"spec.containers[0].image c x.example/y:1",
                      "spec.volumes[0].image.reference m quay.io/models/llm:v1"}}),
    [](const auto& each) { return "Number" + each.param.file.substr(0, 2); });

TEST_P(Recorded, IsAnsweredWithItsUid) {
  const auto got =
      testing::answered(ReviewReader().read(testing::recorded(GetParam().file)).value(), {});
  EXPECT_EQ(got.response()["uid"], got.review.uid);
  EXPECT_EQ(got.allowed(), got.decision.effect == Effect::kSkip);
}

}  // namespace
}  // namespace countersign::admission
