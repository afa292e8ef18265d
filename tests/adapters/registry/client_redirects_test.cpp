// Where a client follows a registry to, and what it takes along.
#include <gtest/gtest.h>

#include "adapters/registry/client_fixture.hpp"

namespace countersign::registry {
namespace {

// shows: R-182 R-183 R-184 R-190
TEST_F(RegistryClientTest, TakesNothingAlongToAnotherOrigin) {
  with_tokens();
  put(blob_, redirect_to("https://r.io/elsewhere"));
  put("GET https://r.io/elsewhere", redirect_to("https://r.io:8443/blob?sig=SECRET"));
  transport_.on("GET https://r.io:8443/blob?sig=SECRET", redirect_to("https://r.io/back"));
  transport_.on("GET https://r.io/back", answer(200, envelope_));
  EXPECT_THAT(run_everything(), IsOk());
  std::vector<std::string> last;
  for (const auto& each : transport_.asked)
    last.push_back(each.url.to_string() + " " + FakeTransport::authorization(each));
  last.erase(last.begin(), last.end() - 3);
  EXPECT_EQ(last,
            (std::vector<std::string>{"https://r.io/elsewhere Bearer T1",
                                      "https://r.io:8443/blob?sig=SECRET ", "https://r.io/back "}));
  EXPECT_EQ(transport_.asked.back().route.purpose, http::Purpose::kRedirect);
}

// shows: R-192
TEST_F(RegistryClientTest, FollowsManifestsToARegionalHost) {
  transport_.on(head_, redirect_to("https://eu.r.io/v2/team/app/manifests/v1"));
  transport_.on("HEAD https://eu.r.io/v2/team/app/manifests/v1",
                answer(200, "",
                       {{"docker-content-digest", sha256(image_).to_string()},
                        {"content-length", "9"},
                        {"content-type", kManifestType}}));
  EXPECT_THAT(resolve(), IsOk());
}

// shows: R-122
TEST_F(RegistryClientTest, AnswersNoChallengeOfARedirectTarget) {
  with_password();
  transport_.on(head_, redirect_to("https://evil.io/x"));
  transport_.on("HEAD https://evil.io/x",
                answer(401, "", {{"www-authenticate", R"(Basic realm="r.io")"}}));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"));
  for (const auto& each : transport_.asked) EXPECT_EQ(FakeTransport::authorization(each), "");
}

class BadRedirects : public RegistryClientTest,
                     public ::testing::WithParamInterface<const char*> {};
TEST_P(BadRedirects, AreNotFollowed) {
  transport_.on(head_, redirect_to(GetParam()));
  const auto subject = resolve();
  EXPECT_THAT(subject, FailsWith(Outcome::kRegistryMisbehaved, "BAD_RESPONSE")) << GetParam();
  EXPECT_EQ(subject.error().message().find("SECRET"), std::string::npos);
  EXPECT_EQ(transport_.asked.size(), 1U);
}
// shows: R-185 R-187
INSTANTIATE_TEST_SUITE_P(Table, BadRedirects,
                         ::testing::Values("http://r.io/x", "file:///etc/passwd", "gopher://r.io/",
                                           "https://user:SECRET@r.io/x", "", "https://0x7f.1/",
                                           "https://r.io/v2/team/app/manifests/v1",
                                           "https://r.io/#f"));

// shows: R-189 R-191
TEST_F(RegistryClientTest, FollowsThreeRedirectsAndNoMore) {
  transport_.on(head_, redirect_to("https://a.io/1"));
  transport_.on("HEAD https://a.io/1", redirect_to("https://a.io/2", 301));
  transport_.on("HEAD https://a.io/2", redirect_to("https://a.io/3", 303));
  transport_.on("HEAD https://a.io/3", redirect_to("https://a.io/4"));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryMisbehaved, "BAD_RESPONSE"));
  EXPECT_EQ(transport_.asked.size(), 4U);
  for (const auto& each : transport_.asked) EXPECT_EQ(each.method, http::Method::kHead);

  auto two = redirect_to("https://a.io/1");
  two.headers.emplace_back("location", "https://b.io/");
  transport_.on(head_, two);
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryMisbehaved, "BAD_RESPONSE"));
}

}  // namespace
}  // namespace countersign::registry
