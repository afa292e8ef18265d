#include "admission/reference_memo.hpp"

#include <gtest/gtest.h>

namespace countersign::admission {
namespace {

TEST(ReferenceMemo, GivesWhatTheParserGives) {
  ReferenceMemo memo;
  for (int round = 0; round < 2; ++round) {
    const ParsedImage& image = memo.parse("nginx:1.27");
    EXPECT_EQ(image.text, "nginx:1.27");
    EXPECT_EQ(image.name, "docker.io/library/nginx");
    ASSERT_TRUE(image.reference);
    EXPECT_EQ(image.reference->to_string(), "docker.io/library/nginx:1.27");
    EXPECT_EQ(memo.parse("NGINX").reference.error().reason().id(), "uppercase");
    EXPECT_EQ(memo.parse("NGINX").name, "");
    EXPECT_EQ(memo.parse("").reference.error().reason().id(), "format");
    EXPECT_EQ(memo.parse("sha256:" + std::string(64, 'a')).reference.error().reason().id(),
              "image-id");
    EXPECT_EQ(memo.parse("abcdef0").reference.error().reason().id(), "image-id");
  }
}

TEST(ReferenceMemo, FindsTheSameObjectAgain) {
  ReferenceMemo memo;
  const ParsedImage* const first = &memo.parse("ghcr.io/acme/two:1");
  EXPECT_EQ(&memo.parse("ghcr.io/acme/two:1"), first);
}

/// Far more texts than there are slots: each slot is taken over many times, also by texts that
/// begin or end alike.
TEST(ReferenceMemo, NeverGivesAnotherImages) {
  ReferenceMemo memo;
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < 20 * ReferenceMemo::kSlots; ++i) {
      const std::string name = "r.example/app" + std::to_string(i);
      EXPECT_EQ(memo.parse(name + ":v1").name, name);
    }
  }
}

TEST(ReferenceMemo, KeepsNoLongTexts) {
  ReferenceMemo memo;
  const auto of_bytes = [](std::size_t bytes, char last) {
    std::string text = "r.example/a:";
    text.resize(bytes - 1, 't');
    return text + last;
  };
  const ParsedImage* const kept = &memo.parse(of_bytes(ReferenceMemo::kMaxKeptBytes / 2, 'a'));
  for (const std::size_t bytes : {ReferenceMemo::kMaxKeptBytes, ReferenceMemo::kMaxKeptBytes + 1}) {
    const std::string a = of_bytes(bytes, 'a');
    const std::string b = of_bytes(bytes, 'b');
    EXPECT_EQ(memo.parse(a).text, a);
    EXPECT_EQ(memo.parse(b).text, b);
    EXPECT_EQ(memo.parse(a).text, a);
  }
  EXPECT_EQ(&memo.parse(kept->text), kept);
}

}  // namespace
}  // namespace countersign::admission
