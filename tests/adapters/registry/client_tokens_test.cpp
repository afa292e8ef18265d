// How a client shows who it is: tokens, passwords, and to whom.
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "adapters/registry/client_fixture.hpp"

namespace countersign::registry {
namespace {

// shows: R-109
TEST_F(RegistryClientTest, GetsATokenOnceAndUsesItForAll) {
  with_tokens();
  EXPECT_THAT(run_everything(), IsOk());
  EXPECT_EQ(recorder_.seen,
            (std::vector<std::string>{"r.io resolve 401", "r.io token 200", "r.io resolve 200",
                                      "r.io referrers 200", "r.io manifest 200", "r.io blob 200"}));
}

// shows: R-137
TEST_F(RegistryClientTest, FiftyAtOnceFetchOneToken) {
  with_tokens();
  transport_.turns = 5;
  unsigned done = 0;
  const auto image = reference("r.io/team/app:v1");
  for (int i = 0; i < 50; ++i) {
    asio::co_spawn(context_.get_executor(), client().resolve(image, soon()),
                   [&](std::exception_ptr failure, const Result<ports::Subject>& subject) {
                     if (!failure && subject) ++done;
                   });
  }
  context_.run();
  EXPECT_EQ(done, 50U);
  EXPECT_EQ(transport_.count("GET " + kTokenUrl), 1U);
}

// shows: R-141
TEST_F(RegistryClientTest, AFetchGoesOnWhenWhoBeganItIsCancelled) {
  with_tokens();
  transport_.turns = 5;
  asio::cancellation_signal cancel;
  const auto image = reference("r.io/team/app:v1");
  bool leader_succeeded = false;
  transport_.on("GET " + kTokenUrl, [&](const http::Request&) -> Result<http::Response> {
    return answer(200, R"({"token":"T1","expires_in":300})");
  });
  const auto on_leader = [&](std::exception_ptr failure, const Result<ports::Subject>& subject) {
    leader_succeeded = !failure && subject;
  };
  asio::co_spawn(context_.get_executor(), client().resolve(image, soon()),
                 asio::bind_cancellation_slot(cancel.slot(), on_leader));
  std::optional<Result<ports::Subject>> waiter;
  asio::co_spawn(context_.get_executor(), client().resolve(image, soon()),
                 [&](std::exception_ptr failure, Result<ports::Subject> subject) {
                   if (!failure) waiter = std::move(subject);
                 });
  while (transport_.count("GET " + kTokenUrl) == 0 && context_.run_one() > 0) {
  }
  context_.run_one();
  cancel.emit(asio::cancellation_type::terminal);
  context_.run();
  EXPECT_FALSE(leader_succeeded);
  ASSERT_TRUE(waiter);
  EXPECT_THAT(*waiter, IsOk());
  EXPECT_EQ(transport_.count("GET " + kTokenUrl), 1U);
}

// shows: R-138
TEST_F(RegistryClientTest, ReplacesATokenThatExpired) {
  with_tokens();
  EXPECT_THAT(resolve(), IsOk());
  token_ = "T2";
  transport_.on("GET " + kTokenUrl, answer(200, R"({"token":"T2","expires_in":300})"));
  EXPECT_THAT(resolve(), IsOk());
  EXPECT_EQ(transport_.count("GET " + kTokenUrl), 2U);
}

TEST_F(RegistryClientTest, ReplacesATokenThatExpiredWithoutAChallenge) {
  for (const long status : {403, 400}) {
    machinery_.reset();
    token_ = "T1";
    with_tokens();
    EXPECT_THAT(resolve(), IsOk());
    transport_.on("GET " + kTokenUrl, answer(200, R"({"token":"T2","expires_in":300})"));
    transport_.on(head_, [&](const http::Request& request) -> Result<http::Response> {
      if (FakeTransport::authorization(request) != "Bearer T2") return answer(status);
      return answer(200, "",
                    {{"docker-content-digest", sha256(image_).to_string()},
                     {"content-length", "9"},
                     {"content-type", kManifestType}});
    });
    EXPECT_THAT(resolve(), IsOk()) << status;
    put(head_, answer(200, "",
                      {{"docker-content-digest", sha256(image_).to_string()},
                       {"content-length", "9"},
                       {"content-type", kManifestType}}));
  }
}

// shows: R-140
TEST_F(RegistryClientTest, DoesNotGoRoundInCircles) {
  with_tokens();
  token_ = "never";
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"));
  EXPECT_EQ(transport_.count(head_), 2U);
  EXPECT_EQ(transport_.count("GET " + kTokenUrl), 1U);
}

// shows: R-132
TEST_F(RegistryClientTest, BelievesARefusalForAWhile) {
  with_tokens();
  transport_.on("GET " + kTokenUrl, answer(401));
  for (int i = 0; i < 5; ++i)
    EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"));
  EXPECT_EQ(transport_.count("GET " + kTokenUrl), 1U);
}

// shows: R-133
TEST_F(RegistryClientTest, KnowsWhatTokenServersSay) {
  with_tokens();
  transport_.on("GET " + kTokenUrl, answer(403));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnauthorized, "DENIED"));
  machinery_.reset();
  unsigned calls = 0;
  transport_.on("GET " + kTokenUrl, [&](const http::Request&) -> Result<http::Response> {
    if (++calls == 1) return answer(503);
    return answer(200, R"({"token":"T1"})");
  });
  EXPECT_THAT(resolve(), IsOk());
  EXPECT_EQ(calls, 2U);
}

// shows: R-134
TEST_F(RegistryClientTest, PostsThePasswordWhereTheServerWantsThat) {
  with_password();
  with_tokens();
  for (const long status : {404, 405}) {
    machinery_.reset();
    transport_.asked.clear();
    transport_.on("GET " + kTokenUrl, answer(status));
    transport_.on("POST https://r.io/token", answer(200, R"({"access_token":"T1"})"));
    EXPECT_THAT(resolve(), IsOk());
    const auto post = std::ranges::find_if(
        transport_.asked, [](const auto& each) { return each.method == http::Method::kPost; });
    ASSERT_NE(post, transport_.asked.end());
    EXPECT_TRUE(post->body.starts_with("grant_type=password&")) << post->body;
    EXPECT_EQ(FakeTransport::authorization(*post), "");
  }
}

// shows: R-142
TEST_F(RegistryClientTest, SendsBasicAtOnceOnceItKnows) {
  with_password();
  transport_.on(head_, [&](const http::Request& request) -> Result<http::Response> {
    if (FakeTransport::authorization(request) != "Basic dXNlcjpTRUNSRVQ=")
      return answer(401, "", {{"www-authenticate", R"(Basic realm="x")"}});
    return answer(200, "",
                  {{"docker-content-digest", sha256(image_).to_string()},
                   {"content-length", "9"},
                   {"content-type", kManifestType}});
  });
  EXPECT_THAT(resolve(), IsOk());
  EXPECT_EQ(transport_.count(head_), 2U);
  EXPECT_THAT(resolve(), IsOk());
  EXPECT_EQ(transport_.count(head_), 3U);
}

TEST_F(RegistryClientTest, SaysThatAPasswordWasRefusedWithoutRepeatingIt) {
  with_password();
  transport_.on(head_, answer(401, "", {{"www-authenticate", R"(Basic realm="x")"}}));
  const auto subject = resolve();
  EXPECT_THAT(subject, FailsWith(Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"));
  EXPECT_EQ(subject.error().message(),
            "HEAD https://r.io/v2/team/app/manifests/v1: user name or password was refused");
  EXPECT_EQ(transport_.count(head_), 2U);
}

// shows: R-113 R-123 R-124
TEST_F(RegistryClientTest, AnswersNoChallengeThatItCannotUse) {
  with_password();
  for (const char* challenge :
       {"", "Negotiate", R"(Bearer realm="https://r.io/t",realm="x", Basic realm="y")", "Bearer"}) {
    machinery_.reset();
    transport_.asked.clear();
    transport_.on(head_, challenge[0] == '\0' ? answer(401)
                                              : answer(401, "", {{"www-authenticate", challenge}}));
    EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"))
        << challenge;
    EXPECT_EQ(transport_.asked.size(), 1U);
    EXPECT_EQ(FakeTransport::authorization(transport_.asked[0]), "");
  }
}

// shows: R-114 R-120
TEST_F(RegistryClientTest, ShowsItsPasswordToNoStranger) {
  with_password();
  transport_.on(
      head_,
      answer(401, "", {{"www-authenticate", R"(Bearer realm="https://evil.io/t",service="s")"}}));
  transport_.on("GET https://evil.io/t?service=s&scope=repository%3Ateam%2Fapp%3Apull",
                answer(200, R"({"token":"T"})"));
  const auto subject = resolve();
  EXPECT_THAT(subject, FailsWith(Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"));
  EXPECT_NE(subject.error().message().find("not shown to evil.io"), std::string::npos)
      << subject.error().message();
  for (const auto& each : transport_.asked)
    EXPECT_EQ(FakeTransport::authorization(each).find("Basic"), std::string::npos);

  machinery_.reset();
  transport_.asked.clear();
  transport_.on(
      head_,
      answer(401, "", {{"www-authenticate", R"(Bearer realm="http://r.io/t",service="s")"}}));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryMisbehaved, "BAD_RESPONSE"));
  EXPECT_EQ(transport_.asked.size(), 1U) << "nothing is sent to a realm that is not https";
}

// shows: R-121
TEST_F(RegistryClientTest, DoesNotFollowTokenServersElsewhere) {
  with_password();
  with_tokens();
  auto redirect = answer(302, "", {{"location", "https://evil.io/"}});
  redirect.redirect_url = "https://evil.io/";
  transport_.on("GET " + kTokenUrl, redirect);
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryMisbehaved, "BAD_RESPONSE"));
  for (const auto& each : transport_.asked)
    EXPECT_EQ(each.url.to_string().find("evil"), std::string::npos);
}

}  // namespace
}  // namespace countersign::registry
