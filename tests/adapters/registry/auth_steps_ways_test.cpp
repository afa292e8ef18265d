// All ways through authentication, one step after the other: none is long, and none shows a
// credential to the wrong party.
#include <gtest/gtest.h>

#include "adapters/registry/auth_steps.hpp"
#include "adapters/registry/auth_steps_support.hpp"

namespace countersign::registry {
namespace {

using Kind = AuthSteps::Next::Kind;

/// All that can happen, to the end of each way.
class EveryWay {
 public:
  EveryWay(const std::string& registry, const oci::Credential* credential,
           std::optional<std::string> hint)
      : endpoint_(*Endpoints::make(settings())->of(registry)),
        bound_(endpoint_, credential),
        first_({.endpoint = endpoint_, .repository = repository_, .credential = credential},
               hint ? std::optional(demand(*hint)) : std::nullopt) {}

  /// The number of ways.
  std::size_t walk() {
    AuthSteps steps = first_;
    const AuthSteps::Next next = steps.start();
    go_on(steps, next, {});
    return ways_;
  }

 private:
  struct Done {
    unsigned sends = 0;
    unsigned fetches = 0;  ///< that gave a fresh token
  };

  void go_on(const AuthSteps& steps, const AuthSteps::Next& next, Done done) {
    switch (next.kind) {
      case Kind::kSend:
        ++done.sends;
        ASSERT_LE(done.sends, 3U);
        check_sent(steps.authorization());
        return send(steps, done);
      case Kind::kFetchToken:
        if (steps.wish().credential) {
          EXPECT_TRUE(bound_.may_see(steps.wish().realm, Place::kTokenServer))
              << steps.wish().realm.to_string();
        }
        return fetch(steps, done);
      case Kind::kAnswer:
        ++ways_;
        return;
      case Kind::kFail:
        ++ways_;
        EXPECT_NE(next.error.outcome(), Outcome::kVerified);
        EXPECT_NE(next.error.outcome(), Outcome::kInternalError);
        EXPECT_EQ(next.error.message().find("SECRET"), std::string::npos);
        return;
    }
  }

  void check_sent(const std::optional<Secret>& authorization) {
    if (!authorization || authorization->reveal() == "Bearer TOKEN") return;
    EXPECT_TRUE(bound_.may_see(endpoint_.base(), Place::kRegistry)) << authorization->reveal();
    EXPECT_EQ(authorization->reveal(), bound_.authorization_for(endpoint_.base())->reveal());
  }

  void send(const AuthSteps& steps, Done done) {
    for (const auto& [status, challenge] : kReplies) {
      for (const bool left_origin : {false, true}) {
        AuthSteps branch = steps;
        const AuthSteps::Next next = branch.reply(refused(challenge, status), left_origin);
        if (left_origin) {
          EXPECT_TRUE(next.kind == Kind::kAnswer || next.kind == Kind::kFail);
        }
        go_on(branch, next, done);
      }
    }
  }

  void fetch(const AuthSteps& steps, Done done) {
    for (const bool from_cache : {false, true}) {
      AuthSteps branch = steps;
      const AuthSteps::Next next = branch.token(Secret("TOKEN"), from_cache);
      EXPECT_EQ(next.kind, Kind::kSend);
      Done after = done;
      after.fetches += from_cache ? 0 : 1;
      ASSERT_LE(after.fetches, 2U);
      go_on(branch, next, after);
    }
    AuthSteps branch = steps;
    const Error error(Outcome::kRegistryUnauthorized, "UNAUTHENTICATED", "no");
    const AuthSteps::Next next = branch.token(error, false);
    EXPECT_EQ(next.kind, Kind::kFail);
    go_on(branch, next, done);
  }

  const std::vector<std::pair<long, std::string>> kReplies = {{200, ""},
                                                              {400, ""},
                                                              {403, ""},
                                                              {404, kOwn},
                                                              {401, ""},
                                                              {401, kBasic},
                                                              {401, kOwn},
                                                              {401, kWider},
                                                              {401, kForeign},
                                                              {401, kInClear},
                                                              {401, kBasic + ", " + kOwn},
                                                              {401, "Negotiate"}};
  const std::string repository_ = "team/app";
  Endpoint endpoint_;
  BoundCredential bound_;
  AuthSteps first_;
  std::size_t ways_ = 0;
};

TEST(AuthSteps, EndSoonOnEveryWayAndShowACredentialOnlyToThoseWhoMaySeeIt) {
  const oci::Credential user = password();
  const oci::Credential identity{.identity_token = Secret("ID-SECRET")};
  const oci::Credential token = registry_token();
  std::size_t ways = 0;
  for (const std::string registry : {"r.io", "corp.io", "plain.io:5000", "unchecked.io"}) {
    for (const oci::Credential* credential :
         std::initializer_list<const oci::Credential*>{nullptr, &user, &identity, &token}) {
      for (const std::optional<std::string>& hint :
           {std::optional<std::string>(), std::optional(kBasic), std::optional(kOwn),
            std::optional(kForeign)}) {
        ways += EveryWay(registry, credential, hint).walk();
        if (HasFatalFailure()) return;
      }
    }
  }
  EXPECT_GT(ways, 10'000U) << "else it did not look far";
  RecordProperty("ways", static_cast<int>(ways));
}

}  // namespace
}  // namespace countersign::registry
