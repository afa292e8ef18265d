// How signatures are found: the referrers API, the referrers tag, and pages.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/registry/client_fixture.hpp"

namespace countersign::registry {
namespace {

// shows: R-92
TEST_F(RegistryClientTest, LooksEverywhereBeforeItSaysUnsigned) {
  transport_.on(referrers_, answer(200, index_of({}), {{"content-type", kIndexType}}));
  transport_.on(unfiltered_, answer(200, index_of({}), {{"content-type", kIndexType}}));
  auto got = list();
  ASSERT_THAT(got, IsOk());
  EXPECT_TRUE(got->candidates.empty());
  EXPECT_FALSE(got->incomplete);
  EXPECT_EQ(transport_.count(unfiltered_), 1U);
  EXPECT_EQ(transport_.count(tag_), 1U);

  transport_.on(tag_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
  got = list();
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->candidates.size(), 1U);
  EXPECT_EQ(got->method, ports::ListingMethod::kReferrersTag);
}

// shows: R-68
TEST_F(RegistryClientTest, FindsWhatTheServersFilterHides) {
  transport_.on(referrers_,
                answer(200, index_of({}),
                       {{"content-type", kIndexType}, {"oci-filters-applied", "artifactType"}}));
  std::string entries = index_of({signature_});
  entries.replace(entries.find(kNotary), kNotary.size(), "application/vnd.oci.empty.v1+json");
  transport_.on(unfiltered_, answer(200, entries, {{"content-type", kIndexType}}));
  const auto got = list();
  ASSERT_THAT(got, IsOk());
  ASSERT_EQ(got->candidates.size(), 1U);
  EXPECT_THAT(run(context_, client().fetch_signature(reference("r.io/team/app:v1"), subject(),
                                                     got->candidates[0], soon())),
              IsOk());
}

// shows: R-92
TEST_F(RegistryClientTest, WhatMayBeASignatureHidesNoneThatSaysSo) {
  std::string sbom = index_of({"{}"});
  sbom.replace(sbom.find(kNotary), kNotary.size(), "application/vnd.oci.empty.v1+json");
  transport_.on(referrers_, answer(200, sbom, {{"content-type", kIndexType}}));
  transport_.on(unfiltered_, answer(200, sbom, {{"content-type", kIndexType}}));
  transport_.on(tag_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
  const auto got = list();
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->candidates.size(), 2U);

  transport_.on(tag_, answer(500));
  const auto cut = list();
  ASSERT_THAT(cut, IsOk());
  EXPECT_EQ(cut->candidates.size(), 1U);
  EXPECT_TRUE(cut->incomplete) << "so that it does not say unsigned";
}

// shows: R-60 R-91
TEST_F(RegistryClientTest, AsksTheTagFirstWhereThereIsNoApi) {
  transport_.on(referrers_, answer(404, "404 page not found", {{"content-type", "text/plain"}}));
  transport_.on(tag_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
  for (int i = 0; i < 3; ++i) {
    const auto got = list();
    ASSERT_THAT(got, IsOk());
    EXPECT_EQ(got->candidates.size(), 1U);
    EXPECT_EQ(got->has_rest, i > 0) << "the API was not asked";
  }
  EXPECT_EQ(transport_.count(referrers_), 1U);
  EXPECT_EQ(transport_.count(tag_), 3U);

  transport_.on(tag_, not_found());
  const auto none = list();
  ASSERT_THAT(none, IsOk());
  EXPECT_TRUE(none->candidates.empty());
  EXPECT_FALSE(none->has_rest);
  EXPECT_EQ(transport_.count(referrers_), 2U) << "before it says unsigned";
  EXPECT_EQ(none->rests_on, "");
}

TEST_F(RegistryClientTest, WhatTheTagHidesIsFoundByAskingTheRest) {
  transport_.on(referrers_, answer(405));
  transport_.on(tag_, answer(200, index_of({"{}"}), {{"content-type", kIndexType}}));
  ASSERT_THAT(list(), IsOk());
  put(referrers_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
  const auto first = list();
  ASSERT_THAT(first, IsOk());
  ASSERT_TRUE(first->has_rest);
  const auto rest =
      run(context_, client().list_rest(reference("r.io/team/app:v1"), subject(), soon()));
  ASSERT_THAT(rest, IsOk());
  ASSERT_EQ(rest->candidates.size(), 1U);
  EXPECT_EQ(rest->candidates[0].digest, sha256(signature_));
}

/// What no registry says of its referrers API.
const http::Response kOddities[] = {
    answer(404, "default backend - 404"),
    answer(200, "<html>log in", {{"content-type", "text/html"}}),
    answer(403, "<html>blocked"),
    answer(400),
    answer(406),
    redirect_to("https://github.com/-/v2/packages", 303),
};

// shows: R-58 R-62 R-63 R-64
TEST_F(RegistryClientTest, AnOddAnswerIsAskedForOnceMoreAndThenTheTagDecides) {
  for (const http::Response& odd : kOddities) {
    machinery_.reset();
    transport_.asked.clear();
    transport_.on(referrers_, odd);
    transport_.on(tag_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
    const auto found = list();
    ASSERT_THAT(found, IsOk()) << odd.status;
    EXPECT_EQ(found->candidates.size(), 1U);
    EXPECT_EQ(transport_.count(referrers_), 2U);
    transport_.on(tag_, not_found());
    const auto none = list();
    ASSERT_THAT(none, IsOk()) << odd.status;
    EXPECT_NE(none->rests_on.find(std::to_string(odd.status)), std::string::npos) << none->rests_on;
    EXPECT_EQ(transport_.count(referrers_), 4U) << "nothing is remembered";
    for (const auto& each : transport_.asked) EXPECT_EQ(each.url.host(), "r.io");
  }
}

TEST_F(RegistryClientTest, AnOddAnswerThatDoesNotStayIsNone) {
  for (const http::Response& odd : kOddities) {
    machinery_.reset();
    unsigned calls = 0;
    transport_.on(referrers_, [&](const http::Request&) -> Result<http::Response> {
      if (++calls == 1) return odd;
      return answer(200, index_of({signature_}), {{"content-type", kIndexType}});
    });
    const auto got = list();
    ASSERT_THAT(got, IsOk()) << odd.status;
    EXPECT_EQ(got->candidates.size(), 1U);
    EXPECT_EQ(got->method, ports::ListingMethod::kReferrersApi);
  }
}

// An API that gave a list is not gone because something says so once.
TEST_F(RegistryClientTest, WhoHasTheApiDoesNotLoseItByAnAnswer) {
  std::vector<http::Response> answers(std::begin(kOddities), std::end(kOddities));
  answers.push_back(not_found());
  answers.push_back(answer(404, R"({"errors":[{"code":"NAME_UNKNOWN"}]})"));
  answers.push_back(answer(405));
  for (const http::Response& each : answers) {
    machinery_.reset();
    put(referrers_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
    ASSERT_THAT(list(), IsOk());
    transport_.on(referrers_, each);
    EXPECT_THAT(list(), FailsWith(Outcome::kRegistryUnreachable, "SERVER_ERROR")) << each.status;
    put(referrers_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
    EXPECT_THAT(list(), IsOk()) << each.status;
  }
}

// shows: R-61 N-13
TEST_F(RegistryClientTest, LearnsNothingFromErrors) {
  for (const auto& response :
       {answer(404, R"({"errors":[{"code":"NAME_UNKNOWN"}]})"), answer(500)}) {
    machinery_.reset();
    transport_.asked.clear();
    transport_.on(referrers_, response);
    const auto got = list();
    EXPECT_EQ(got.has_value(), response.status == 404);
    const auto before = transport_.count(referrers_);
    (void)list().has_value();
    EXPECT_GT(transport_.count(referrers_), before);
  }
}

// shows: R-65
TEST_F(RegistryClientTest, ADenialIsNotUnsigned) {
  const auto denied = answer(403, R"({"errors":[{"code":"FORBIDDEN"}]})");
  transport_.on(referrers_, denied);
  transport_.on(tag_, not_found());
  EXPECT_THAT(list(), FailsWith(Outcome::kRegistryUnauthorized, "DENIED"));
  transport_.on(tag_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
  EXPECT_THAT(list(), IsOk());
  transport_.on(tag_, denied);
  EXPECT_THAT(list(), FailsWith(Outcome::kRegistryUnauthorized, "DENIED"));
}

// The second look, without the filter, counts as much as the first.
TEST_F(RegistryClientTest, TellsADenialOfTheSecondLookFromUnsigned) {
  transport_.on(referrers_, answer(200, index_of({}), {{"content-type", kIndexType}}));
  transport_.on(unfiltered_, answer(403, R"({"errors":[{"code":"DENIED"}]})"));
  EXPECT_THAT(list(), FailsWith(Outcome::kRegistryUnauthorized, "DENIED"));
}

http::Response page(const std::string& body, const std::string& link) {
  return answer(200, body, {{"content-type", kIndexType}, {"link", link}});
}

// shows: R-74 R-83 N-18
TEST_F(RegistryClientTest, ReadsAllPagesWithItsToken) {
  with_tokens();
  const std::string second =
      "GET https://r.io/v2/team/app/referrers/" + sha256(image_).to_string() + "?p=2";
  put(referrers_, page(index_of({}), "<https://r.io:443" + second.substr(second.find("/v2/")) +
                                         ">; rel=\"next\""));
  put(second, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
  const auto got = list();
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->candidates.size(), 1U);
  EXPECT_EQ(FakeTransport::authorization(transport_.asked.back()), "Bearer T1");
}

// shows: R-75 R-79 R-80 R-82 N-19
TEST_F(RegistryClientTest, NeverTakesPartOfAListForAllOfIt) {
  const std::string url = "https://r.io/v2/team/app/referrers/" + sha256(image_).to_string();
  struct Case {
    std::string link;
    http::Response second;
  };
  for (const Case& each :
       {Case{"<https://evil.io/x>; rel=next", {}}, Case{"</v2/_catalog>; rel=next", {}},
        Case{"<http://r.io/v2/x>; rel=next", {}}, Case{"no link", {}},
        Case{"<?artifactType=application%2Fvnd.cncf.notary.signature>; rel=next", {}},
        Case{"<?p=2>; rel=next", answer(500)}, Case{"<?p=2>; rel=next", answer(404)},
        Case{"<?p=2>; rel=next", not_found()},
        Case{"<?p=2>; rel=next", answer(200, "<html>", {{"content-type", "text/html"}})},
        Case{"<?p=2>; rel=next", page(index_of({}), "<?p=2>; rel=next")}}) {
    machinery_.reset();
    transport_.asked.clear();
    transport_.on("GET " + url + "?p=2", each.second);
    transport_.on(referrers_, page(index_of({signature_}), each.link));
    auto got = list();
    ASSERT_THAT(got, IsOk()) << each.link;
    EXPECT_EQ(got->candidates.size(), 1U) << "what was found may still verify";
    EXPECT_TRUE(got->incomplete) << each.link;
    transport_.on(referrers_, page(index_of({}), each.link));
    machinery_.reset();
    EXPECT_FALSE(list()) << "never an empty list: " << each.link;
    for (const auto& request : transport_.asked)
      EXPECT_TRUE(request.url.to_string().starts_with(url)) << request.url.to_string();
  }
}

// shows: R-81
TEST_F(RegistryClientTest, ReadsTenPagesAndNoMore) {
  const std::string url = "https://r.io/v2/team/app/referrers/" + sha256(image_).to_string();
  transport_.on(referrers_, page(index_of({}), "<?p=1>; rel=next"));
  for (int i = 1; i < 30; ++i)
    transport_.on(fmt::format("GET {}?p={}", url, i),
                  page(index_of({}), fmt::format("<?p={}>; rel=next", i + 1)));
  EXPECT_THAT(list(), FailsWith(Outcome::kRegistryMisbehaved, "BUDGET_EXHAUSTED"));
  EXPECT_EQ(transport_.asked.size(), 10U);
}

// shows: R-85
TEST_F(RegistryClientTest, ReadsTheTagWithOneGet) {
  transport_.on(referrers_, not_found());
  transport_.on(tag_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
  EXPECT_THAT(list(), IsOk());
  EXPECT_EQ(transport_.asked.size(), 2U);
}

}  // namespace
}  // namespace countersign::registry
