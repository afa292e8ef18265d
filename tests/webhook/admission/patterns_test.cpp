#include "admission/patterns.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "support/matchers.hpp"

namespace countersign::admission {
namespace {

using countersign::testing::FailsSaying;

struct MatchCase {
  std::string pattern;
  std::string text;
  bool want;
};
class ImageMatches : public ::testing::TestWithParam<MatchCase> {};
class NamespaceMatches : public ::testing::TestWithParam<MatchCase> {};

TEST_P(ImageMatches, AsAnchoredComponents) {
  const auto& [pattern, text, want] = GetParam();
  EXPECT_EQ(ImagePattern::parse(pattern).value().matches(text), want) << pattern << " " << text;
}
TEST_P(NamespaceMatches, AsAnchoredGlob) {
  const auto& [pattern, text, want] = GetParam();
  EXPECT_EQ(NamespacePattern::parse(pattern).value().matches(text), want) << pattern << " " << text;
}

INSTANTIATE_TEST_SUITE_P(
    Table, ImageMatches,
    ::testing::Values(MatchCase{"shop.example/cart", "shop.example/cart", true},
                      MatchCase{"shop.example/cart", "shop.example/cart2", false},
                      MatchCase{"shop.example/cart", "xshop.example/cart", false},
                      MatchCase{"shop.example/cart", "evil.example/shop.example/cart", false},
                      MatchCase{"shop.example/cart", "shop.example/cart/x", false},
                      MatchCase{"shop.example/*", "shop.example/cart", true},
                      MatchCase{"shop.example/*", "shop.example/team/cart", false},
                      MatchCase{"shop.example/*/*", "shop.example/team/cart", true},
                      MatchCase{"shop.example/te*/*", "shop.example/team/cart", true},
                      MatchCase{"shop.example/*-prod/*", "shop.example/eu-prod/cart", true},
                      MatchCase{"shop.example/*-prod/*", "shop.example/eu-prod-x/cart", false},
                      MatchCase{"shop.example/a*b*c", "shop.example/abbc", true},
                      MatchCase{"shop.example/a*b*c", "shop.example/ab/c", false},
                      MatchCase{"shop.example/**", "shop.example/cart", true},
                      MatchCase{"shop.example/**", "shop.example/a/b/c/d", true},
                      MatchCase{"shop.example/**", "shop.example.evil/cart", false},
                      MatchCase{"shop.example/team/**", "shop.example/team/cart", true},
                      MatchCase{"shop.example/team/**", "shop.example/team", false},
                      MatchCase{"shop.example/team/**", "shop.example/team2/cart", false},
                      MatchCase{"shop.example/**/cart", "shop.example/cart", true},
                      MatchCase{"shop.example/**/cart", "shop.example/a/b/cart", true},
                      MatchCase{"shop.example/**/cart", "shop.example/a/b/cart/x", false},
                      MatchCase{"shop.example/**/cart/**", "shop.example/a/cart/b/cart/c", true},
                      MatchCase{"shop.example/**/cart/*", "shop.example/cart/cart/x", true},
                      MatchCase{"shop.example/**/a/**/b", "shop.example/x/a/b", true},
                      MatchCase{"shop.example/**/a/**/b", "shop.example/x/b/a", false},
                      MatchCase{"**", "docker.io/library/nginx", true},
                      MatchCase{"**/nginx", "docker.io/library/nginx", true},
                      MatchCase{"**/nginx", "docker.io/library/nginx-evil", false},
                      MatchCase{"**/library/*", "docker.io/library/nginx", true},
                      MatchCase{"*.azurecr.io/**", "shop.azurecr.io/team/cart", true},
                      MatchCase{"*.azurecr.io/**", "azurecr.io/team/cart", false},
                      MatchCase{"*.azurecr.io/**", "shop.azurecr.io.evil.example/cart", false},
                      MatchCase{"*.azurecr.io/**", "evil.example/x.azurecr.io/cart", false},
                      MatchCase{"*/cart", "localhost:5000/cart", true},
                      MatchCase{"127.0.0.1:5000/**", "127.0.0.1:5000/cart", true},
                      MatchCase{"127.0.0.1:5000/**", "127.0.0.1:5001/cart", false},
                      MatchCase{"127.0.0.1:*/**", "127.0.0.1:5001/cart", true},
                      MatchCase{"[::1]:5000/**", "[::1]:5000/x/y", true},
                      MatchCase{"[::1]/**", "[::1]/x/y", true},
                      MatchCase{"docker.io/library/*", "docker.io/library/nginx", true},
                      MatchCase{"docker.io/**", "docker.io/library/nginx", true},
                      MatchCase{"localhost/x", "localhost/x", true},
                      MatchCase{"shop.example/**", "", false}));

INSTANTIATE_TEST_SUITE_P(
    Table, NamespaceMatches,
    ::testing::Values(MatchCase{"shop", "shop", true}, MatchCase{"shop", "shop2", false},
                      MatchCase{"shop", "", false}, MatchCase{"shop-*", "shop-eu", true},
                      MatchCase{"shop-*", "shop-", true}, MatchCase{"shop-*", "xshop-eu", false},
                      MatchCase{"*-prod", "shop-prod", true},
                      MatchCase{"*-prod", "shop-prod2", false}, MatchCase{"*", "any", true},
                      MatchCase{"a*b*c", "axxbyyc", true}, MatchCase{"a*b*c", "axxc", false}));

struct RefusedCase {
  std::string pattern;
  std::string want;
};
class ImageRefused : public ::testing::TestWithParam<RefusedCase> {};
class NamespaceRefused : public ::testing::TestWithParam<RefusedCase> {};

TEST_P(ImageRefused, WithASuggestion) {
  EXPECT_THAT(ImagePattern::parse(GetParam().pattern),
              FailsSaying(Outcome::kInternalError,
                          "image pattern \"" + GetParam().pattern + "\": " + GetParam().want));
}
TEST_P(NamespaceRefused, WithASuggestion) {
  EXPECT_THAT(NamespacePattern::parse(GetParam().pattern),
              FailsSaying(Outcome::kInternalError,
                          "namespace pattern \"" + GetParam().pattern + "\": " + GetParam().want));
}

INSTANTIATE_TEST_SUITE_P(
    Table, ImageRefused,
    ::testing::Values(
        RefusedCase{"", "empty; write \"**\" for all images"},
        RefusedCase{"*", "matches no image; write \"**\" for all"},
        RefusedCase{"nginx", "names no registry; write \"docker.io/library/nginx\""},
        RefusedCase{"library/nginx", "names no registry; write \"docker.io/library/nginx\""},
        RefusedCase{"docker.io/nginx",
                    "Docker Hub names have two parts; write \"docker.io/library/nginx\""},
        RefusedCase{
            "docker.io/*",
            "Docker Hub names have two parts; write \"docker.io/library/*\" or \"docker.io/**\""},
        RefusedCase{"registry-1.docker.io/library/nginx",
                    "Docker Hub is called docker.io; write \"docker.io/library/nginx\""},
        RefusedCase{"index.docker.io/library/nginx",
                    "Docker Hub is called docker.io; write \"docker.io/library/nginx\""},
        RefusedCase{"shop.example", "names no repository; write \"shop.example/**\""},
        RefusedCase{"*.azurecr.io", "names no repository; write \"*.azurecr.io/**\""},
        RefusedCase{"https://shop.example/**", "not a URL; write \"shop.example/**\""},
        RefusedCase{"Shop.example/**", "matched in lower case; write \"shop.example/**\""},
        RefusedCase{"shop.example/Cart", "matched in lower case; write \"shop.example/cart\""},
        RefusedCase{"shop.example/cart:2.0",
                    "patterns have no tag and no digest; write \"shop.example/cart\""},
        RefusedCase{"127.0.0.1:5000/cart:2.0",
                    "patterns have no tag and no digest; write \"127.0.0.1:5000/cart\""},
        RefusedCase{"shop.example/cart@sha256:0",
                    "patterns have no tag and no digest; write \"shop.example/cart\""},
        RefusedCase{"shop.example:x/cart",
                    "a port is a number; patterns have no tag and no digest"},
        RefusedCase{"shop.example/", "empty path component (\"//\" or \"/\" at an end)"},
        RefusedCase{"/cart", "empty path component (\"//\" or \"/\" at an end)"},
        RefusedCase{"shop.example//cart", "empty path component (\"//\" or \"/\" at an end)"},
        RefusedCase{"shop.example/cart**",
                    "\"**\" must stand alone between slashes; write \"*\" within a component, or "
                    "\"cart/**\""},
        RefusedCase{"shop.example**",
                    "\"**\" must stand alone between slashes; write \"*\" within a component, or "
                    "\"shop.example/**\""},
        RefusedCase{
            "shop.example/ca?t",
            "\"ca?t\" is not part of a repository name; only \"*\" and \"**\" are wildcards"},
        RefusedCase{
            "shop.example/(a|b)",
            "\"(a|b)\" is not part of a repository name; only \"*\" and \"**\" are wildcards"},
        RefusedCase{"shop_x.example/cart", "\"shop_x.example\" is not a registry host"},
        RefusedCase{"shop.example/caf\u00e9",
                    "\"caf\u00e9\" is not part of a repository name; only \"*\" and \"**\" are "
                    "wildcards"}));

INSTANTIATE_TEST_SUITE_P(
    Table, NamespaceRefused,
    ::testing::Values(
        RefusedCase{"", "empty; write \"*\" for all namespaces"},
        RefusedCase{"Shop", "names of namespaces are lower case; write \"shop\""},
        RefusedCase{"**", "write \"*\" instead of \"**\""},
        RefusedCase{"team/shop", "only letters, digits, \"-\" and the wildcard \"*\" are allowed"},
        RefusedCase{"shop?", "only letters, digits, \"-\" and the wildcard \"*\" are allowed"},
        RefusedCase{"^shop$", "only letters, digits, \"-\" and the wildcard \"*\" are allowed"}));

TEST(Patterns, AreLimitedInLength) {
  EXPECT_FALSE(ImagePattern::parse("shop.example/" + std::string(500, 'a')));
  EXPECT_FALSE(NamespacePattern::parse(std::string(513, 'a')));
}

TEST(Patterns, DoNotBacktrackExponentially) {
  std::string stars = "shop.example/";
  for (int i = 0; i < 100; ++i) stars += "a*";
  std::string deep = "shop.example/";
  for (int i = 0; i < 60; ++i) deep += "**/a/";
  const auto glob = ImagePattern::parse(stars + "b").value();
  const auto path = ImagePattern::parse(deep + "b").value();
  std::string components = "shop.example";
  for (int i = 0; i < 120; ++i) components += "/a";
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(glob.matches("shop.example/" + std::string(242, 'a')));
    EXPECT_FALSE(path.matches(components));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace countersign::admission
