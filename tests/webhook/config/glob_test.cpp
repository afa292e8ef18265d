#include "config/glob.hpp"

#include <gtest/gtest.h>

#include <string>

namespace countersign::config {
namespace {

TEST(Glob, Matches) {
  EXPECT_TRUE(glob_matches("*", ""));
  EXPECT_TRUE(glob_matches("*", "a.pem"));
  EXPECT_TRUE(glob_matches("*.pem", "a.pem"));
  EXPECT_TRUE(glob_matches("*.pem", ".pem"));
  EXPECT_TRUE(glob_matches("a?c", "abc"));
  EXPECT_TRUE(glob_matches("a*b*c", "axxbyyc"));
  EXPECT_TRUE(glob_matches("*a*", "banana"));
  EXPECT_TRUE(glob_matches("", ""));
}

TEST(Glob, DoesNotMatch) {
  EXPECT_FALSE(glob_matches("*.pem", "a.pem.bak"));
  EXPECT_FALSE(glob_matches("*.pem", "a.PEM"));
  EXPECT_FALSE(glob_matches("a?c", "ac"));
  EXPECT_FALSE(glob_matches("a*b*c", "acb"));
  EXPECT_FALSE(glob_matches("", "a"));
  EXPECT_FALSE(glob_matches("?", ""));
}

TEST(Glob, IsNotSlowedDownByStars) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "a*";
  EXPECT_FALSE(glob_matches(pattern + "b", std::string(5000, 'a')));
}

}  // namespace
}  // namespace countersign::config
