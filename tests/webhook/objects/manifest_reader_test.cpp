#include "objects/manifest_reader.hpp"

#include <gtest/gtest.h>

#include "admission/review.hpp"
#include "support/matchers.hpp"

namespace countersign::objects {
namespace {

using countersign::testing::FailsSaying;
using countersign::testing::IsOk;

std::vector<std::string> images_of(std::string_view yaml) {
  const auto objects = read_manifests(yaml, "file.yaml", "default");
  EXPECT_THAT(objects, IsOk());
  std::vector<std::string> images;
  if (!objects) return images;
  for (const ManifestObject& object : *objects) {
    admission::ReviewReader reader;
    const auto review = reader.read(object.review);
    EXPECT_THAT(review, IsOk());
    if (!review) continue;
    EXPECT_FALSE(review->problem) << review->problem->message();
    for (const admission::Image& image : review->images) {
      images.push_back(image.path() + " " + std::string(image.reference));
    }
  }
  return images;
}

TEST(ManifestReader, ReadsStreamsAndLists) {
  EXPECT_EQ(images_of("apiVersion: v1\n"
                      "kind: Pod\n"
                      "metadata: {name: a}\n"
                      "spec: {containers: [{name: c, image: nginx}], initContainers: [{name: i, "
                      "image: 'busybox:1'}]}\n"
                      "---\n"
                      "---\n"
                      "apiVersion: v1\n"
                      "kind: List\n"
                      "items:\n"
                      "- apiVersion: apps/v1\n"
                      "  kind: Deployment\n"
                      "  metadata: {name: d}\n"
                      "  spec: {template: {spec: {containers: [{name: c, image: redis}]}}}\n"
                      "- {apiVersion: v1, kind: ConfigMap, metadata: {name: m}}\n"),
            (std::vector<std::string>{"spec.initContainers[0].image busybox:1",
                                      "spec.containers[0].image nginx",
                                      "spec.template.spec.containers[0].image redis"}));
}

TEST(ManifestReader, ReadsJsonAsTheYamlThatItIs) {
  EXPECT_EQ(
      images_of(
          R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"nginx"}]}})"),
      (std::vector<std::string>{"spec.containers[0].image nginx"}));
}

TEST(ManifestReader, AnAliasIsFollowed) {
  EXPECT_EQ(images_of("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
                      "spec:\n  containers:\n  - &first {name: c, image: nginx}\n  "
                      "initContainers:\n  - *first\n"),
            (std::vector<std::string>{"spec.initContainers[0].image nginx",
                                      "spec.containers[0].image nginx"}));
}

TEST(ManifestReader, AMergeIsOverriddenByWhatFollowsIt) {
  EXPECT_EQ(images_of("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
                      "x: &x {name: c, image: !!str nginx}\n"
                      "spec:\n  containers:\n  - {<<: *x, image: redis}\n  - {<<: [*x]}\n"),
            (std::vector<std::string>{"spec.containers[0].image redis",
                                      "spec.containers[1].image nginx"}));
}

TEST(ManifestReader, AQuotedNumberStaysText) {
  const auto objects =
      read_manifests("apiVersion: v1\nkind: Pod\nmetadata: {name: \"1\"}\nspec: {}\n", "f", "ns");
  ASSERT_THAT(objects, IsOk());
  EXPECT_NE(objects->front().review.find(R"("name":"1")"), std::string::npos);
  EXPECT_NE(objects->front().review.find(R"("namespace":"ns")"), std::string::npos);
}

struct Bad {
  std::string name;
  std::string text;
  std::string want;
};
class ManifestReaderRejects : public ::testing::TestWithParam<Bad> {};
TEST_P(ManifestReaderRejects, WithAMessage) {
  EXPECT_THAT(read_manifests(GetParam().text, "f.yaml", "default"),
              countersign::testing::FailsSaying(Outcome::kMalformedReview, GetParam().want));
}
INSTANTIATE_TEST_SUITE_P(
    Table, ManifestReaderRejects,
    ::testing::Values(
        Bad{"NoKind", "apiVersion: v1\n", "f.yaml: apiVersion and kind are missing"},
        Bad{"NoObject", "- a\n- b\n", "f.yaml: want a Kubernetes object"},
        Bad{"Duplicate", "apiVersion: v1\nkind: Pod\nkind: Job\n",
            "f.yaml: key \"kind\" stands twice in one mapping"},
        Bad{"Syntax", "a: [1\n", "f.yaml:2:1: end of sequence flow not found"},
        Bad{"NotUtf8", "a: \xff\n", "f.yaml: not valid UTF-8"},
        Bad{"Nothing", "---\n---\n", "f.yaml: no Kubernetes object in it"},
        Bad{"EmptyList", "apiVersion: v1\nkind: List\nitems: []\n",
            "f.yaml: no Kubernetes object in it"},
        Bad{"NullList", "apiVersion: v1\nkind: PodList\nitems: null\n",
            "f.yaml: no Kubernetes object in it"},
        Bad{"NoItems", "apiVersion: v1\nkind: List\n", "f.yaml: a List without items"},
        Bad{"ItemsOfAnyKind", "apiVersion: v1\nkind: ConfigMap\nitems: [{apiVersion: v1}]\n",
            "f.yaml: items[0]: apiVersion and kind are missing"},
        Bad{"BinaryKey", "apiVersion: v1\nkind: Pod\nspec:\n  !!binary aW1hZ2U=: x\n",
            "f.yaml: line 4: the tag tag:yaml.org,2002:binary is not supported"},
        Bad{"BinaryValue", "apiVersion: v1\nkind: !!binary UG9k\n",
            "f.yaml: line 2: the tag tag:yaml.org,2002:binary is not supported"},
        Bad{"TaggedMapping", "apiVersion: v1\nkind: Pod\nspec: !x {a: 1}\n",
            "f.yaml: line 3: the tag !x is not supported"},
        Bad{"LineSeparator", "apiVersion: v1\n# a\xE2\x80\xA8kind: Pod\n",
            "f.yaml: line 2: a Unicode line separator, which kubectl takes for a "
            "line's end"},
        Bad{"NextLine", "apiVersion: v1\n# a\xC2\x85kind: Pod\n",
            "f.yaml: line 2: a Unicode line separator, which kubectl takes for a "
            "line's end"},
        Bad{"CarriageReturn", "apiVersion: v1\n# a\rkind: Pod\n",
            "f.yaml: line 2: a control character"},
        Bad{"MergeAfterTheKey", "apiVersion: v1\nkind: Pod\nx: &x {a: 1}\nspec: {a: 2, <<: *x}\n",
            "f.yaml: key \"a\" stands before a merge that has it, too: put the merge "
            "first"},
        Bad{"TwoMerges", "apiVersion: v1\nkind: Pod\nx: &x {a: 1}\nspec: {<<: *x, <<: *x}\n",
            "f.yaml: two merge keys in one mapping"},
        Bad{"BadItem", "apiVersion: v1\nkind: List\nitems: [1]\n",
            "f.yaml: items[0]: want a Kubernetes object"}),
    [](const auto& each) { return each.param.name; });

TEST(ManifestReader, NestedAliasesDoNotExplode) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j > 0 ? ", " : "") + last;
    bomb += "]\n";
  }
  EXPECT_THAT(
      read_manifests(bomb, "f.yaml", "default"),
      countersign::testing::FailsSaying(Outcome::kMalformedReview, "f.yaml: too many values"));
}

/// A Pod whose annotations repeat `text` `times` times, by aliases.
std::string pod_with_aliases(const std::string& text, int times) {
  std::string pod =
      "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    a: &a " + text + "\n";
  for (int i = 1; i < times; ++i) pod += "    b" + std::to_string(i) + ": *a\n";
  return pod;
}

TEST(ManifestReader, RepeatsTextByAliasesUpToALimit) {
  const std::string mebibyte(std::size_t{1024} * 1024, 'x');
  EXPECT_THAT(read_manifests(pod_with_aliases(mebibyte, 63), "f.yaml", "default"),
              countersign::testing::IsOk());
  EXPECT_THAT(
      read_manifests(pod_with_aliases(mebibyte, 65), "f.yaml", "default"),
      countersign::testing::FailsSaying(Outcome::kMalformedReview, "f.yaml: too much text"));
  std::string two = pod_with_aliases(mebibyte, 40);
  two += "---\n" + two;
  EXPECT_THAT(read_manifests(two, "f.yaml", "default"),
              countersign::testing::FailsSaying(Outcome::kMalformedReview,
                                                "f.yaml: document 2: too much text"));
}

TEST(ManifestReader, TakesNoLargerFiles) {
  std::string text = "apiVersion: v1\nkind: Pod\n# ";
  text.resize(kMaxManifestFileBytes, 'x');
  EXPECT_THAT(read_manifests(text, "f.yaml", "default"), countersign::testing::IsOk());
  text += 'x';
  EXPECT_THAT(
      read_manifests(text, "f.yaml", "default"),
      countersign::testing::FailsSaying(Outcome::kMalformedReview, "f.yaml: larger than 16 MiB"));
}

// The YAML library delivers empty documents for ever when something stands after a document that
// belongs to none.
TEST(ManifestReader, WhatBelongsToNoDocumentIsRefused) {
  const std::string pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";
  for (const std::string text : {"{a: b},", "[a],", "\"a\",", "{a: b}]", "{a: b}}, {c: d}"}) {
    const auto objects = read_manifests(text, "f.yaml", "default");
    ASSERT_FALSE(objects) << text;
    EXPECT_TRUE(objects.error().message().starts_with("f.yaml:1:")) << objects.error().message();
  }
  EXPECT_THAT(read_manifests(pod + "---\n{a: b},\n", "f.yaml", "default"),
              FailsSaying(Outcome::kMalformedReview,
                          "f.yaml:5:7: this belongs to no document; remove it, or begin one with "
                          "\"---\""));
}

/// The library keeps all of a flow collection until it knows that it is no key.
TEST(ManifestReader, ReadsAheadOnlySoFar) {
  std::string flow = "[";
  for (int i = 0; i < 1'000'000; ++i) flow += "a,";
  EXPECT_THAT(read_manifests(flow + "a]\n", "f.yaml", "default"),
              FailsSaying(Outcome::kMalformedReview,
                          "f.yaml:1:1: a \"[\" or \"{\" after here holds too much in one piece; "
                          "write it as a block, one value a line"));
  // Text that is long and full of separators is no collection.
  std::string text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata:\n  a: '";
  for (int i = 0; i < 190'000; ++i) text += "[a";
  EXPECT_THAT(read_manifests(text + "'\n", "f.yaml", "default"), IsOk());
}

TEST(ManifestReader, ALineOfJsonMayBeLong) {
  std::string list = R"({"apiVersion":"v1","kind":"List","items":[)";
  for (int i = 0; i < 20'000; ++i) {
    list += (i > 0 ? "," : "") +
            std::string(R"({"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","labels":)") +
            R"({"b":"c","d":"e"}},"spec":{"containers":[{"name":"c","image":"nginx"}]}})";
  }
  const auto objects = read_manifests(list + "]}", "f.json", "default");
  ASSERT_THAT(objects, IsOk());
  EXPECT_EQ(objects->size(), 20'000U);
}

TEST(ManifestReader, AnAliasOfItselfIsRefused) {
  EXPECT_THAT(read_manifests("apiVersion: v1\nkind: Pod\nspec: &s [*s]\n", "f.yaml", "default"),
              FailsSaying(Outcome::kMalformedReview,
                          "f.yaml: an alias of something that is not complete: it would hold "
                          "itself"));
}

}  // namespace
}  // namespace countersign::objects
