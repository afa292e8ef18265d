#include "config/patterns.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"

namespace countersign::config {
namespace {

struct Case {
  std::string pattern;
  std::string want;  // "ok", or what the message says after the pattern
};

std::string shown(const Status& status, const std::string& pattern) {
  if (status) return "ok";
  const std::string quoted = "\"" + pattern + "\" ";
  EXPECT_TRUE(status.error().message().starts_with(quoted)) << status.error().message();
  return status.error().message().substr(quoted.size());
}

class ImagePatterns : public ::testing::TestWithParam<Case> {};
TEST_P(ImagePatterns, AcceptedOrRefused) {
  EXPECT_EQ(shown(check_image_pattern(GetParam().pattern), GetParam().pattern), GetParam().want);
}
const std::string kDecorated =
    "can never match, as patterns are compared without scheme, tag and digest; did you mean ";
const std::string kShort = "can never match, as names begin with their registry; did you mean ";
INSTANTIATE_TEST_SUITE_P(
    Table, ImagePatterns,
    ::testing::Values(
        Case{"**", "ok"}, Case{"mcr.microsoft.com/**", "ok"}, Case{"shop.azurecr.io/team/*", "ok"},
        Case{"*.azurecr.io/**", "ok"}, Case{"**/nginx", "ok"}, Case{"*/library/nginx", "ok"},
        Case{"127.0.0.1:5000/**", "ok"}, Case{"registry:5000/a/**/b", "ok"},
        Case{"[::1]:5000/a", "ok"}, Case{"localhost/a", "ok"},
        Case{"docker.io/library/nginx", "ok"}, Case{"docker.io/**", "ok"},
        Case{"docker.io/*/nginx", "ok"}, Case{"a.io/web-*", "ok"}, Case{"", "is empty"},
        Case{"nginx", kShort + "\"docker.io/library/nginx\"?"},
        Case{"shop/*", kShort + "\"docker.io/shop/*\"?"},
        Case{"*",
             "can never match, as it is one component and names have two; did you mean \"**\"?"},
        Case{"ghcr.io", "can never match, as it names no repository; did you mean \"ghcr.io/**\"?"},
        Case{"*.azurecr.io",
             "can never match, as it names no repository; did you mean \"*.azurecr.io/**\"?"},
        Case{"docker.io/nginx",
             "can never match, as Docker Hub's names have two components; did you mean "
             "\"docker.io/library/nginx\"?"},
        Case{"docker.io/*",
             "can never match, as Docker Hub's names have two components; did you mean "
             "\"docker.io/**\"?"},
        Case{
            "index.docker.io/**",
            "can never match, as that registry is named docker.io; did you mean \"docker.io/**\"?"},
        Case{"a.io/b:1.2", kDecorated + "\"a.io/b\"?"},
        Case{"a.io:80/b:*", kDecorated + "\"a.io:80/b\"?"},
        Case{"a.io/b@sha256:*", kDecorated + "\"a.io/b\"?"},
        Case{"https://a.io/**", kDecorated + "\"a.io/**\"?"},
        Case{"Shop.io/App",
             "can never match, as names are compared in lower case; did you mean \"shop.io/app\"?"},
        Case{"a.io//b", "has an empty path component"},
        Case{"/a.io/b", "has an empty path component"},
        Case{"a.io/b/", "has an empty path component"},
        Case{"a.io/b**", "has \"**\" beside other text; it stands for whole components"},
        Case{"***", "has \"**\" beside other text; it stands for whole components"},
        Case{"a.io/b c", "holds a character that no image name has"},
        Case{"a.io/{b,c}", "holds a character that no image name has"},
        Case{"!a.io/b", "holds a character that no image name has"},
        Case{"a.io/b?", "holds a character that no image name has"}));

TEST(ImagePatterns, AreBounded) {
  const auto status = check_image_pattern("a.io/" + std::string(508, 'x'));
  ASSERT_FALSE(status);
  EXPECT_TRUE(status.error().message().ends_with("is longer than 512 bytes"));
}

class NamespacePatterns : public ::testing::TestWithParam<Case> {};
TEST_P(NamespacePatterns, AcceptedOrRefused) {
  EXPECT_EQ(shown(check_namespace_pattern(GetParam().pattern), GetParam().pattern),
            GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Table, NamespacePatterns,
    ::testing::Values(
        Case{"kube-system", "ok"}, Case{"*", "ok"}, Case{"team-*", "ok"}, Case{"*-dev", "ok"},
        Case{"a*b*c", "ok"}, Case{"1", "ok"}, Case{"", "is empty"},
        Case{"**", "has \"**\"; in a namespace one \"*\" is any text"},
        Case{"Team", "can never match, as namespaces are in lower case; did you mean \"team\"?"},
        Case{"a.b", "holds a character that no namespace has"},
        Case{"a/b", "holds a character that no namespace has"},
        Case{"team-?", "holds a character that no namespace has"},
        Case{"-a", "can never match, as namespaces neither begin nor end with \"-\""},
        Case{"a-", "can never match, as namespaces neither begin nor end with \"-\""},
        Case{std::string(64, 'a'), "can never match, as namespaces have at most 63 characters"}));

}  // namespace
}  // namespace countersign::config
