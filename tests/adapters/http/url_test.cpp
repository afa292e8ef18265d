#include "adapters/http/url.hpp"

#include <gtest/gtest.h>

#include "adapters/http/describe.hpp"
#include "support/matchers.hpp"

namespace countersign::http {
namespace {

using testing::FailsWith;
using testing::IsOk;

constexpr auto kBad = Outcome::kRegistryMisbehaved;

TEST(Url, ReadsSchemeHostPortPathAndQuery) {
  const auto url = Url::parse("HTTPS://Reg.Example:8443/v2/a/manifests/sha256:1?x=y");
  ASSERT_THAT(url, IsOk());
  EXPECT_TRUE(url->is_https());
  EXPECT_EQ(url->host(), "reg.example");
  EXPECT_EQ(url->port(), 8443);
  EXPECT_EQ(url->path(), "/v2/a/manifests/sha256:1");
  EXPECT_EQ(url->query(), "x=y");
  EXPECT_EQ(url->to_string(), "https://reg.example:8443/v2/a/manifests/sha256:1?x=y");
}

TEST(Url, FillsInTheSchemesPort) {
  EXPECT_EQ(Url::parse("https://a")->port(), 443);
  EXPECT_EQ(Url::parse("http://a")->port(), 80);
  EXPECT_EQ(Url::parse("https://a:443/x")->to_string(), "https://a/x");
  EXPECT_EQ(Url::parse("https://[2001:DB8::1]:5000/")->origin(), "https://[2001:db8::1]:5000");
}

class UrlRefuses : public ::testing::TestWithParam<const char*> {};
TEST_P(UrlRefuses, WhatTwoParsersCouldReadDifferently) {
  EXPECT_THAT(Url::parse(GetParam()), FailsWith(kBad, "BAD_RESPONSE"));
}
// shows: R-185 R-187
INSTANTIATE_TEST_SUITE_P(
    Table, UrlRefuses,
    ::testing::Values("", "reg.example/x", "//reg.example/x", "ftp://a/", "file:///etc/passwd",
                      "gopher://a/", "https://", "https:///x", "https:/a/x", "https://user@a/",
                      "https://user:pw@a/", "https://a@b@c/", "https://a/#f", "https://a b/",
                      "https://a/x y", "https://a\\b/", "https://a/\\b", "https://a:0/",
                      "https://a:65536/", "https://a:/", "https://a:08/", "https://a:80x/",
                      "https://0x7f.1/", "https://127.1/", "https://2130706433/",
                      "https://0177.0.0.1/", "https://256.1.1.1/", "https://1.2.3.4.5/",
                      "https://[::1/", "https://[:::::]/", "https://[fe80::1%25eth0]/",
                      "https://[::ffff:127.0.0.1]/", "https://a..b/", "https://.a/", "https://a./",
                      "https://-a/", "https://a%2eb/", "https://a/%zz", "https://a/%2",
                      "https://a/\x01", "https://\xd0\xbe.io/"));

TEST(Url, RefusesWhatIsTooLong) {
  EXPECT_THAT(Url::parse("https://a/" + std::string(Url::kMaxLength, 'x')),
              FailsWith(kBad, "BAD_RESPONSE"));
}

TEST(Url, OfTheGreatestLengthIsAcceptedAgain) {
  const auto longest = [](std::string_view begin) {
    return std::string(begin) + std::string(Url::kMaxLength - begin.size(), 'x');
  };
  const auto with_path = Url::parse(longest("https://a/?"));
  ASSERT_THAT(with_path, IsOk());
  EXPECT_THAT(Url::parse(with_path->to_string()), IsOk());
  EXPECT_THAT(Url::parse(longest("https://a?")), FailsWith(kBad, "BAD_RESPONSE"))
      << "it would be printed with the '/' that it lacks";
  const auto without = Url::parse(longest("https://a?").substr(0, Url::kMaxLength - 1));
  ASSERT_THAT(without, IsOk());
  EXPECT_EQ(without->to_string().size(), Url::kMaxLength);
  EXPECT_THAT(Url::parse(without->to_string()), IsOk());
}

struct ResolveCase {
  const char* reference;
  const char* want;  ///< empty: refused
};
class UrlResolves : public ::testing::TestWithParam<ResolveCase> {};
TEST_P(UrlResolves, AgainstItsPage) {
  const Url page = *Url::parse("https://r.io/v2/a/referrers/D?artifactType=x");
  const auto url = page.resolve(GetParam().reference);
  EXPECT_EQ(url ? url->to_string() : "", GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Table, UrlResolves,
    ::testing::Values(ResolveCase{"?p=2", "https://r.io/v2/a/referrers/D?p=2"},
                      ResolveCase{"/v2/x", "https://r.io/v2/x"},
                      ResolveCase{"E?n=1", "https://r.io/v2/a/referrers/E?n=1"},
                      ResolveCase{"../../b/x", "https://r.io/v2/b/x"},
                      ResolveCase{"/../../x", "https://r.io/x"},
                      ResolveCase{"//evil.io/x", "https://evil.io/x"},
                      ResolveCase{"http://evil.io/x", "http://evil.io/x"},
                      ResolveCase{"#f", "https://r.io/v2/a/referrers/D?artifactType=x"},
                      ResolveCase{"javascript:x", ""}, ResolveCase{"https://r.io@evil.io/", ""},
                      ResolveCase{"/a b", ""}));

TEST(Url, EncodesWhatIsAddedToItsQuery) {
  Url url = *Url::parse("https://a/t?account=x");
  url.add_query("service", "x&scope=repository:other:push#");
  EXPECT_EQ(url.to_string(),
            "https://a/t?account=x&service=x%26scope%3Drepository%3Aother%3Apush%23");
}

// shows: R-193
TEST(Url, HidesQueriesFromPeople) {
  EXPECT_EQ(Url::parse("https://a/b?sig=SECRET&n=2&artifactType=t&x")->redacted(),
            "https://a/b?sig=REDACTED&n=2&artifactType=t&REDACTED");
  EXPECT_EQ(describe(Method::kHead, *Url::parse("https://a/b?token=SECRET")),
            "HEAD https://a/b?token=REDACTED");
}

TEST(Url, KnowsItsOrigin) {
  EXPECT_TRUE(same_origin(*Url::parse("https://a/x"), *Url::parse("https://A:443/y")));
  EXPECT_FALSE(same_origin(*Url::parse("https://a/"), *Url::parse("http://a/")));
  EXPECT_FALSE(same_origin(*Url::parse("https://a/"), *Url::parse("https://a:8443/")));
  EXPECT_FALSE(same_origin(*Url::parse("https://a/"), *Url::parse("https://b/")));
}

}  // namespace
}  // namespace countersign::http
