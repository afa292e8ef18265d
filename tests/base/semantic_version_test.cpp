#include "base/semantic_version.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace countersign {
namespace {

TEST(SemanticVersion, RefusesWhatIsNone) {
  const std::vector<std::string> wrong = {
      "",
      "1",
      "1.0",
      "1.0.0.0",
      "v1.0.0",
      " 1.0.0",
      "1.0.0 ",
      "01.0.0",
      "1.00.0",
      "1.0.-1",
      "1..0",
      ".1.0",
      "1.0.",
      "+1.0.0",
      "1.0.0-",
      "1.0.0+",
      "1.0.0-a..b",
      "1.0.0-01",
      "1.0.0-a_b",
      "1.0.0+a+b",
      "1.0.0-\xC3\xA9",
      "1.0.x",
      "1,0,0",
      std::string("1.0.0\0", 6),
      "1.0." + std::string(SemanticVersion::kMaxBytes, '1'),
  };
  for (const std::string& text : wrong) EXPECT_FALSE(SemanticVersion::parse(text)) << text;
}

/// Each is older than the next; item 11 of the specification and numbers beyond any machine word.
TEST(SemanticVersion, OrdersByPrecedence) {
  const std::vector<std::string> ascending = {
      "0.0.0-0",
      "0.0.0",
      "0.0.9",
      "1.0.0-1",
      "1.0.0-2",
      "1.0.0-11",
      "1.0.0-A",
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.1a",
      "1.0.0-alpha.b",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0-rc.1",
      "1.0.0",
      "1.0.9",
      "1.0.10",
      "1.2.0",
      "1.10.0",
      "9.0.0",
      "10.0.0",
      "18446744073709551615.0.0",
      "18446744073709551616.0.0",
  };
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      const auto a = SemanticVersion::parse(ascending[i]);
      const auto b = SemanticVersion::parse(ascending[j]);
      ASSERT_TRUE(a && b) << ascending[i] << " " << ascending[j];
      EXPECT_EQ(*a < *b, i < j) << ascending[i] << " " << ascending[j];
      EXPECT_EQ(*a == *b, i == j) << ascending[i] << " " << ascending[j];
    }
  }
}

TEST(SemanticVersion, TakesNoAccountOfBuildMetadata) {
  EXPECT_EQ(*SemanticVersion::parse("1.0.0+001.a-b"), *SemanticVersion::parse("1.0.0"));
  EXPECT_EQ(*SemanticVersion::parse("1.0.0-rc.1+x"), *SemanticVersion::parse("1.0.0-rc.1+y"));
}

}  // namespace
}  // namespace countersign
