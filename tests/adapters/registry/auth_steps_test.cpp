// Each step of authentication, and each way in which it breaks.
#include "adapters/registry/auth_steps.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/registry/auth_steps_support.hpp"

namespace countersign::registry {
namespace {

using Kind = AuthSteps::Next::Kind;

/// One request's way through authentication, told in words.
class Walk {
 public:
  explicit Walk(std::optional<oci::Credential> credential = {},
                std::optional<std::string> hint = {}, const std::string& registry = "r.io")
      : endpoint_(*Endpoints::make(settings())->of(registry)),
        credential_(std::move(credential)),
        steps_({.endpoint = endpoint_,
                .repository = repository_,
                .credential = credential_ ? &*credential_ : nullptr},
               hint ? std::optional(demand(*hint)) : std::nullopt) {}

  std::string start() { return told(steps_.start()); }
  std::string reply(const http::Response& response, bool left_origin = false) {
    return told(steps_.reply(response, left_origin));
  }
  std::string refuse(const std::string& challenge) { return reply(refused(challenge)); }
  std::string token(const std::string& value, bool from_cache = false) {
    return told(steps_.token(Secret(value), from_cache));
  }
  std::string no_token(Outcome outcome) {
    return told(steps_.token(Error(outcome, "WHY", "the server's words"), false));
  }
  AuthSteps& steps() { return steps_; }

 private:
  /// "send Basic …", "fetch <realm> for <scopes> as <whom>", "answer", "CS202 REASON: message"
  std::string told(const AuthSteps::Next& next) {
    switch (next.kind) {
      case Kind::kSend:
        return "send " + (steps_.authorization() ? steps_.authorization()->reveal() : "nothing");
      case Kind::kFetchToken: {
        const TokenWish& wish = steps_.wish();
        std::string scopes;
        for (const std::string& scope : wish.scopes) scopes += (scopes.empty() ? "" : " ") + scope;
        return fmt::format("fetch {} for {} as {}", wish.realm.to_string(), scopes,
                           wish.credential ? "user" : "nobody");
      }
      case Kind::kAnswer:
        return "answer";
      case Kind::kFail:
        return fmt::format("{} {}: {}", code(next.error.outcome()), next.error.reason().id(),
                           next.error.message());
    }
    return "";
  }

  const std::string repository_ = "team/app";
  Endpoint endpoint_;
  std::optional<oci::Credential> credential_;
  AuthSteps steps_;
};

const std::string kFetchOwn = "fetch https://r.io/token for repository:team/app:pull as ";
const std::string kUnauthenticated = "CS202 UNAUTHENTICATED: ";

// ---- the first request

TEST(AuthStepsStart, SendsNothingWhereNothingIsKnown) {
  EXPECT_EQ(Walk().start(), "send nothing");
  EXPECT_EQ(Walk(password()).start(), "send nothing");
}

TEST(AuthStepsStart, DoesWhatWasAskedForLastTime) {
  EXPECT_EQ(Walk(password(), kBasic).start(), "send " + kPassword);
  EXPECT_EQ(Walk(password(), kOwn).start(), kFetchOwn + "user");
  EXPECT_EQ(Walk({}, kOwn).start(), kFetchOwn + "nobody");
}

TEST(AuthStepsStart, SendsARegistryTokenWhateverWasAskedFor) {
  for (const std::optional<std::string>& hint :
       {std::optional<std::string>(), std::optional(kBasic), std::optional(kOwn)}) {
    Walk walk(registry_token(), hint);
    EXPECT_EQ(walk.start(), "send Bearer RT-SECRET");
    EXPECT_FALSE(walk.steps().learnt());
  }
}

TEST(AuthStepsStart, FailsByAHintThatNothingCanFulfil) {
  Walk basic({}, kBasic);
  EXPECT_EQ(basic.start(),
            kUnauthenticated + "it wants a user name and a password, and none may be sent to r.io");
  EXPECT_FALSE(basic.steps().learnt()) << "so that the hint is forgotten";
  Walk in_clear(password(), kInClear);
  EXPECT_TRUE(in_clear.start().starts_with("CS205 BAD_RESPONSE: ")) << in_clear.start();
  EXPECT_FALSE(in_clear.steps().learnt());
}

// ---- the first refusal

TEST(AuthStepsRefusal, WithoutAChallengeIsTheEnd) {
  Walk walk(password());
  walk.start();
  EXPECT_EQ(walk.refuse(""), kUnauthenticated + "it did not say how to authenticate");
  EXPECT_FALSE(walk.steps().authorization());
}

TEST(AuthStepsRefusal, WithBasicIsAnsweredByThePassword) {
  Walk walk(password());
  walk.start();
  EXPECT_EQ(walk.refuse(kBasic), "send " + kPassword);
  EXPECT_EQ(walk.reply(answer(200)), "answer");
  ASSERT_TRUE(walk.steps().learnt());
  EXPECT_EQ(walk.steps().learnt()->kind, Demand::Kind::kBasic);
}

TEST(AuthStepsRefusal, WithBasicAndNoPasswordIsTheEnd) {
  for (const auto& credential :
       {std::optional<oci::Credential>(),
        std::optional(oci::Credential{.identity_token = Secret("ID-SECRET")}),
        std::optional(oci::Credential{.username = "user"})}) {
    Walk walk(credential);
    walk.start();
    EXPECT_EQ(
        walk.refuse(kBasic),
        kUnauthenticated + "it wants a user name and a password, and none may be sent to r.io");
    EXPECT_FALSE(walk.steps().authorization());
  }
}

TEST(AuthStepsRefusal, WithBearerIsAnsweredByAToken) {
  Walk walk(password());
  walk.start();
  EXPECT_EQ(walk.refuse(kOwn), kFetchOwn + "user");
  EXPECT_FALSE(walk.steps().learnt()) << "nothing is fulfilled yet";
  EXPECT_EQ(walk.token("T1"), "send Bearer T1");
  EXPECT_EQ(walk.reply(answer(200)), "answer");
  EXPECT_FALSE(walk.steps().take_refused());
  ASSERT_TRUE(walk.steps().learnt());
  EXPECT_EQ(walk.steps().learnt()->kind, Demand::Kind::kBearer);
}

TEST(AuthStepsRefusal, WithBothIsAnsweredByAToken) {
  Walk walk(password());
  walk.start();
  EXPECT_EQ(walk.refuse(kBasic + ", " + kOwn), kFetchOwn + "user");
}

TEST(AuthStepsRefusal, WithAChallengeThatCannotBeUsedIsTheEnd) {
  struct Case {
    std::string challenge;
    std::string want;
  };
  for (const Case& each :
       {Case{"Negotiate", kUnauthenticated + "unsupported schemes: negotiate"},
        Case{kBasic + ", Bearer", kUnauthenticated + "its Bearer challenge cannot be used"},
        Case{R"(Bearer realm="a",realm="b")",
             kUnauthenticated + "its Bearer challenge cannot be used"},
        Case{"=", kUnauthenticated + "its challenge cannot be read"},
        Case{kInClear,
             "CS205 BAD_RESPONSE: registry r.io names an unusable token server: http://r.io is not "
             "https"},
        Case{R"(Bearer realm="token")",
             "CS205 BAD_RESPONSE: registry r.io names an unusable token server: URL is neither "
             "http nor https"}}) {
    Walk walk(password());
    walk.start();
    EXPECT_EQ(walk.refuse(each.challenge), each.want);
    EXPECT_FALSE(walk.steps().authorization());
    EXPECT_FALSE(walk.steps().learnt());
  }
}

// shows: R-122
TEST(AuthStepsRefusal, ByWhomItWasRedirectedToIsNotAnswered) {
  for (const std::string& challenge : {kBasic, kOwn, std::string()}) {
    Walk walk(password());
    walk.start();
    EXPECT_EQ(walk.reply(refused(challenge), /*left_origin=*/true),
              kUnauthenticated +
                  "the host that it redirects to wants credentials, which are not its own");
    EXPECT_FALSE(walk.steps().authorization());
  }
}

TEST(AuthStepsRefusal, OfARegistryTokenIsTheEnd) {
  for (const std::string& challenge : {kBasic, kOwn, kForeign}) {
    Walk walk(registry_token());
    walk.start();
    EXPECT_EQ(walk.refuse(challenge), kUnauthenticated + "the registry token was refused");
  }
}

TEST(AuthStepsReply, OfAnyOtherStatusIsTheAnswer) {
  for (const long status : {200L, 301L, 400L, 403L, 404L, 407L, 429L, 500L}) {
    for (const auto& credential : {std::optional<oci::Credential>(), std::optional(password()),
                                   std::optional(registry_token())}) {
      Walk walk(credential);
      walk.start();
      EXPECT_EQ(walk.reply(refused(kOwn, status)), "answer") << status;
    }
  }
}

// ---- the token

TEST(AuthStepsToken, ThatIsNotGivenIsTheEnd) {
  for (const Outcome outcome : {Outcome::kRegistryUnauthorized, Outcome::kRegistryUnreachable,
                                Outcome::kRegistryThrottled, Outcome::kDeadlineExceeded}) {
    Walk walk(password());
    walk.start();
    walk.refuse(kOwn);
    EXPECT_EQ(walk.no_token(outcome), fmt::format("{} WHY: the server's words", code(outcome)));
    EXPECT_FALSE(walk.steps().authorization());
    EXPECT_FALSE(walk.steps().learnt());
  }
}

TEST(AuthStepsToken, IsAskedForWithoutACredentialThatIsNotThere) {
  Walk walk;
  walk.start();
  EXPECT_EQ(walk.refuse(kOwn), kFetchOwn + "nobody");
  EXPECT_EQ(walk.no_token(Outcome::kRegistryUnauthorized), "CS202 WHY: the server's words")
      << "nothing was withheld";
}

TEST(AuthStepsToken, OfAnotherHostIsAskedForAnonymouslyAndTheEndSaysSo) {
  const std::string fetch = "fetch https://evil.io/token for repository:team/app:pull as nobody";
  const std::string withheld =
      "the registry's credentials were not shown to evil.io, which is not among its tokenServers";
  Walk refused_there(password());
  refused_there.start();
  EXPECT_EQ(refused_there.refuse(kForeign), fetch);
  EXPECT_EQ(refused_there.no_token(Outcome::kRegistryUnauthorized),
            "CS202 WHY: " + withheld + ": the server's words");

  Walk down(password());
  down.start();
  down.refuse(kForeign);
  EXPECT_EQ(down.no_token(Outcome::kRegistryUnreachable), "CS204 WHY: the server's words")
      << "an outage is not about credentials";

  Walk refused_here(password());
  refused_here.start();
  refused_here.refuse(kForeign);
  EXPECT_EQ(refused_here.token("T1"), "send Bearer T1");
  EXPECT_EQ(refused_here.refuse(kForeign),
            kUnauthenticated + "an anonymous token was refused; " + withheld);
}

TEST(AuthStepsToken, OfItsOwnHostIsNoLongerSaidToBeWithheld) {
  Walk walk(password());
  walk.start();
  walk.refuse(kForeign);
  walk.token("T1");
  EXPECT_TRUE(walk.refuse(kWider).ends_with(" as user"));
  EXPECT_EQ(walk.no_token(Outcome::kRegistryUnauthorized), "CS202 WHY: the server's words");
}

TEST(AuthStepsToken, OfAConfiguredHostIsAskedForWithTheCredential) {
  Walk walk(password(), {}, "corp.io");
  walk.start();
  EXPECT_EQ(walk.refuse(R"(Bearer realm="https://auth.corp.io/t")"),
            "fetch https://auth.corp.io/t for repository:team/app:pull as user");
}

// shows: R-140
TEST(AuthStepsToken, ThatIsRefusedAtOnceIsTheEnd) {
  Walk walk(password());
  walk.start();
  walk.refuse(kOwn);
  walk.token("T1");
  EXPECT_EQ(walk.refuse(kOwn), kUnauthenticated + "the token was refused: not found, or no access");
  const auto refused_wish = walk.steps().take_refused();
  ASSERT_TRUE(refused_wish);
  EXPECT_EQ(refused_wish->realm.to_string(), "https://r.io/token");
  EXPECT_FALSE(walk.steps().take_refused()) << "once";
}

// shows: R-138
TEST(AuthStepsToken, ThatWasKnownAndIsRefusedIsFetchedAnewOnce) {
  Walk walk(password());
  walk.start();
  walk.refuse(kOwn);
  EXPECT_EQ(walk.token("OLD", /*from_cache=*/true), "send Bearer OLD");
  EXPECT_EQ(walk.refuse(kOwn), kFetchOwn + "user");
  EXPECT_TRUE(walk.steps().take_refused());
  EXPECT_EQ(walk.token("NEW"), "send Bearer NEW");
  EXPECT_EQ(walk.refuse(kOwn), kUnauthenticated + "refused again and again");
}

TEST(AuthStepsToken, ThatWasKnownMayHaveExpiredWhereTheRegistrySaysOtherThan401) {
  for (const long status : {400L, 403L}) {
    Walk walk(password(), kOwn);
    EXPECT_EQ(walk.start(), kFetchOwn + "user");
    walk.token("OLD", /*from_cache=*/true);
    EXPECT_EQ(walk.reply(answer(status)), kFetchOwn + "user") << status;
    EXPECT_TRUE(walk.steps().take_refused());
    EXPECT_EQ(walk.token("NEW"), "send Bearer NEW");
    EXPECT_EQ(walk.reply(answer(status)), "answer") << "a fresh one has not expired";

    Walk elsewhere(password(), kOwn);
    elsewhere.start();
    elsewhere.token("OLD", /*from_cache=*/true);
    EXPECT_EQ(elsewhere.reply(answer(status), /*left_origin=*/true), "answer")
        << "whoever it was redirected to never saw the token";
  }
  for (const long status : {200L, 404L, 429L, 500L}) {
    Walk walk(password(), kOwn);
    walk.start();
    walk.token("OLD", /*from_cache=*/true);
    EXPECT_EQ(walk.reply(answer(status)), "answer") << status;
  }
}

TEST(AuthStepsToken, OfTooFewRightsIsFetchedAgainWithMore) {
  const std::string wider =
      "fetch https://r.io/token for repository:team/app:metadata_read,pull as user";
  Walk walk(password());
  walk.start();
  walk.refuse(kOwn);
  walk.token("T1");
  EXPECT_EQ(walk.refuse(kWider), wider);
  EXPECT_EQ(walk.token("T2"), "send Bearer T2");
  EXPECT_EQ(walk.reply(answer(200)), "answer");
  EXPECT_EQ(walk.steps().learnt()->scope, "repository:team/app:metadata_read,pull");

  Walk greedy(password());
  greedy.start();
  greedy.refuse(kOwn);
  greedy.token("T1");
  EXPECT_EQ(
      greedy.refuse(
          R"(Bearer realm="https://r.io/token",service="r.io",scope="repository:team/app:push,*")"),
      kUnauthenticated + "the token was refused: not found, or no access")
      << "rights that are never asked for are no reason to ask again";
}

TEST(AuthStepsToken, OfAnotherServerIsAnotherToken) {
  for (const std::string& other :
       {std::string(R"(Bearer realm="https://r.io/jwt",service="r.io")"),
        std::string(R"(Bearer realm="https://r.io/token",service="s")")}) {
    Walk walk(password());
    walk.start();
    walk.refuse(kOwn);
    walk.token("T1");
    EXPECT_TRUE(walk.refuse(other).starts_with("fetch https://r.io/")) << other;
    walk.token("T2");
    EXPECT_EQ(walk.refuse(kOwn), kUnauthenticated + "refused again and again");
  }
}

TEST(AuthStepsToken, IsFetchedTwiceAtMost) {
  Walk walk(password(), kOwn);
  walk.start();
  walk.token("T1");
  walk.refuse(kWider);
  walk.token("T2");
  EXPECT_EQ(walk.refuse(kOwn), kUnauthenticated + "the token was refused");
}

// ---- one scheme after the other

TEST(AuthStepsSchemes, MayChangeOnceEach) {
  Walk basic_first(password());
  basic_first.start();
  EXPECT_EQ(basic_first.refuse(kBasic), "send " + kPassword);
  EXPECT_EQ(basic_first.refuse(kOwn), kFetchOwn + "user");
  EXPECT_EQ(basic_first.token("T1"), "send Bearer T1");
  EXPECT_EQ(basic_first.refuse(kBasic), kUnauthenticated + "refused again and again");

  Walk token_first(password());
  token_first.start();
  token_first.refuse(kOwn);
  token_first.token("T1");
  EXPECT_EQ(token_first.refuse(kBasic), "send " + kPassword);
  EXPECT_TRUE(token_first.steps().take_refused()) << "the token was";
  EXPECT_EQ(token_first.refuse(kOwn), kUnauthenticated + "refused again and again");
}

TEST(AuthStepsSchemes, AWrongPasswordIsTheEnd) {
  Walk walk(password());
  walk.start();
  walk.refuse(kBasic);
  EXPECT_EQ(walk.refuse(kBasic), kUnauthenticated + "user name or password was refused");
}

TEST(AuthStepsSchemes, AfterATokenNothingIsSentThatThereIsNot) {
  Walk walk;
  walk.start();
  walk.refuse(kOwn);
  walk.token("T1");
  EXPECT_EQ(walk.refuse(kBasic),
            kUnauthenticated + "it wants a user name and a password, and none may be sent to r.io");
}

// ---- who sees what

struct Registry {
  std::string name;
  std::string realm;  ///< of its own host
};

class Credentials : public ::testing::TestWithParam<Registry> {};
TEST_P(Credentials, StayAtHomeWhereTheyMayBeShownToNobody) {
  const std::string bearer = R"(Bearer realm=")" + GetParam().realm + R"(")";
  const std::string none = "it wants a user name and a password, and none may be sent to ";
  Walk basic(password(), {}, GetParam().name);
  EXPECT_EQ(basic.start(), "send nothing");
  EXPECT_EQ(basic.refuse(kBasic), kUnauthenticated + none + GetParam().name);
  EXPECT_FALSE(basic.steps().authorization());

  Walk token(password(), {}, GetParam().name);
  token.start();
  EXPECT_TRUE(token.refuse(bearer).ends_with(" as nobody"));
  EXPECT_EQ(token.token("T1"), "send Bearer T1") << "an anonymous token is the registry's own";

  EXPECT_EQ(Walk(registry_token(), {}, GetParam().name).start(), "send nothing");
  EXPECT_EQ(Walk(password(), kBasic, GetParam().name).start(),
            kUnauthenticated + none + GetParam().name);
}
INSTANTIATE_TEST_SUITE_P(Table, Credentials,
                         ::testing::Values(Registry{"plain.io:5000", "http://plain.io:5000/t"},
                                           Registry{"unchecked.io", "https://unchecked.io/t"}));

}  // namespace
}  // namespace countersign::registry
