// Broken, hostile and nonsensical bodies: an error or a denial, never a value that admits.
#include <gmock/gmock.h>

#include <functional>
#include <random>

#include "admission/review.hpp"
#include "base/text.hpp"
#include "webhook/admission/pipeline.hpp"

namespace countersign::admission {
namespace {

using testing::answered;
using testing::Json;

/// Refused, or answered in well-formed JSON to a uid. Returns whether an image was admitted that
/// nobody verified; the subresources that we leave alone are no matter of images.
bool admits_an_image(ReviewReader& reader, std::string_view body) {
  auto review = reader.read(body);
  if (!review) {
    EXPECT_EQ(review.error().outcome(), Outcome::kMalformedReview);
    EXPECT_TRUE(is_valid_utf8(review.error().message()));
    return false;
  }
  EXPECT_FALSE(review->uid.empty());
  const auto got = answered(std::move(*review), Rules());
  EXPECT_EQ(got.response()["uid"], got.review.uid);
  if (!got.allowed()) return false;
  EXPECT_FALSE(got.review.problem);
  EXPECT_EQ(got.decision.effect, Effect::kSkip);
  return got.review.skip != SkipReason::kSubResource &&
         !std::ranges::all_of(got.review.images, &Image::unchanged);
}

class BrokenRecordings : public ::testing::TestWithParam<std::string> {};

TEST_P(BrokenRecordings, CutAnywhereAreRefused) {
  std::string body = testing::recorded(GetParam());
  while (body.ends_with('\n')) body.pop_back();
  ASSERT_FALSE(body.empty());
  ReviewReader reader;
  for (std::size_t length = 0; length < body.size(); ++length) {
    // Its own allocation: reading beyond the end would be noticed.
    const std::vector<char> exact(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(length));
    const auto review = reader.read({exact.data(), exact.size()});
    ASSERT_FALSE(review) << length;
    ASSERT_EQ(review.error().outcome(), Outcome::kMalformedReview) << length;
  }
}

// None of the recorded images is signed by anyone whom we trust.
TEST_P(BrokenRecordings, WithFlippedBytesAdmitNoImage) {
  const std::string body = testing::recorded(GetParam());
  std::minstd_rand random(42);  // NOLINT(cert-msc51-cpp): the same flips each time
  ReviewReader reader;
  for (int round = 0; round < 4000; ++round) {
    std::string flipped = body;
    const auto flips = 1 + random() % 3;
    for (unsigned i = 0; i < flips; ++i) {
      flipped[random() % flipped.size()] ^= static_cast<char>(1U << (random() % 8));
    }
    EXPECT_FALSE(admits_an_image(reader, flipped)) << flipped;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, BrokenRecordings,
                         ::testing::Values("01-Pod-main-CREATE.json",
                                           "04-Deployment-main-CREATE.json",
                                           "12-Pod-ephemeralcontainers-UPDATE.json",
                                           "30-Pod-main-CREATE.json"),
                         [](const auto& each) { return "Number" + each.param.substr(0, 2); });

/// Each value of a document replaced by others of every type.
void replace_everywhere(Json& document, Json& node, const std::function<void(const Json&)>& check) {
  static const std::vector<Json> kValues = {nullptr, true,          0,    -1.5,          "",
                                            "x",     Json::array(), {{}}, Json::object()};
  for (const Json& value : kValues) {
    const Json kept = node;
    node = value;
    check(document);
    node = kept;
  }
  if (node.is_structured()) {
    for (auto& child : node) replace_everywhere(document, child, check);
  }
}

// Everything in its turn becomes something else.
TEST(BadInput, OfWrongTypesAdmitsNoImage) {
  Json review = testing::pod_with("unsigned.example/cart:1");
  review["request"]["object"]["spec"]["volumes"] = {
      {{"name", "v"}, {"image", {{"reference", "unsigned.example/v:1"}}}}};
  review["request"]["subResource"] = "ephemeralcontainers";
  review["request"]["operation"] = "UPDATE";
  ReviewReader reader;
  replace_everywhere(review, review, [&](const Json& changed) {
    EXPECT_FALSE(admits_an_image(reader, changed.dump())) << changed;
  });
}

TEST(BadInput, OfManyKeysIsReadInTime) {
  // 200,000 different keys in the container; sorted once, not compared each with each.
  std::string keys;
  for (int i = 0; i < 200'000; ++i) keys += "\"" + std::to_string(i) + "\":0,";
  std::string body = testing::pod_with("unsigned.example/cart:1").dump();
  body.insert(body.find("{\"image\"") + 1, keys);
  ReviewReader reader;
  EXPECT_FALSE(admits_an_image(reader, body));
  body.insert(body.find("{\"0\"") + 1, "\"199999\":1,");
  const auto review = reader.read(body).value();
  ASSERT_TRUE(review.problem);
  EXPECT_EQ(review.problem->message(),
            "request.object.spec.containers[0]: duplicate key \"199999\"");
}

TEST(BadInput, OfManyStructuralCharactersIsRefused) {
  ReviewReader reader;
  const std::vector<std::string> pieces = {"[", "{", "{\"a\":", "\"", "\\", "[[],", "1,", ":", ","};
  for (const std::string& piece : pieces) {
    std::string body;
    while (body.size() < 600'000) body += piece;
    EXPECT_FALSE(admits_an_image(reader, body));
  }
}

}  // namespace
}  // namespace countersign::admission
