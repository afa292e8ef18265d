// The rules that decide without asking anybody: retries, breakers, gates, capabilities, realms,
// scopes.
#include <gtest/gtest.h>

#include "adapters/registry/bound_credential.hpp"
#include "adapters/registry/error_answer.hpp"
#include "adapters/registry/pure_support.hpp"
#include "adapters/registry/realm.hpp"
#include "adapters/registry/scope.hpp"
#include "adapters/resilience/circuit_breaker.hpp"
#include "adapters/resilience/rate_gate.hpp"
#include "adapters/resilience/retry.hpp"
#include "support/matchers.hpp"

namespace countersign::registry {
using namespace resilience;
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::FailsWith;
using testing::IsOk;
using Time = Deadline::Clock::time_point;

const Time kStart{std::chrono::hours{1}};

struct RetryAfterCase {
  const char* value;
  long want;  ///< seconds, -1: ignored
};
class RetryAfter : public ::testing::TestWithParam<RetryAfterCase> {};
TEST_P(RetryAfter, IsReadAsTheTableSays) {
  const Instant now = *parse_rfc3339("1994-11-06T08:49:07Z");
  const auto wait = parse_retry_after(GetParam().value, now);
  EXPECT_EQ(wait ? wait->count() : -1, GetParam().want) << GetParam().value;
}
// shows: R-214
INSTANTIATE_TEST_SUITE_P(Table, RetryAfter,
                         ::testing::Values(RetryAfterCase{"120", 120}, RetryAfterCase{" 120 ", 120},
                                           RetryAfterCase{"0", 0},
                                           RetryAfterCase{"999999999999999999999", 86400},
                                           RetryAfterCase{"86401", 86400},
                                           RetryAfterCase{"Sun, 06 Nov 1994 08:49:37 GMT", 30},
                                           RetryAfterCase{"Sunday, 06-Nov-94 08:49:37 GMT", 30},
                                           RetryAfterCase{"Sun Nov  6 08:49:37 1994", 30},
                                           RetryAfterCase{"Sun, 06 Nov 1994 08:49:00 GMT", 0},
                                           RetryAfterCase{"Sat, 06 Nov 2100 08:49:37 GMT", 86400},
                                           RetryAfterCase{"-1", -1}, RetryAfterCase{"1.5", -1},
                                           RetryAfterCase{"abc", -1}, RetryAfterCase{"", -1},
                                           RetryAfterCase{"Sun, 32 Nov 1994 08:49:37 GMT", -1},
                                           RetryAfterCase{"Sun, 06 Nov 1994 08:49:37 PST", -1},
                                           RetryAfterCase{"Sun, 06 Foo 1994 08:49:37 GMT", -1},
                                           RetryAfterCase{"+5", -1},
                                           RetryAfterCase{"5 seconds", -1}));

std::optional<milliseconds> pause(RetryState state, Reason reason, milliseconds until_deadline,
                                  double jitter = 1.0) {
  return pause_before_retry(RetryPolicy(), state, reason, Deadline(kStart + until_deadline), kStart,
                            jitter);
}

RetryState after(unsigned attempts, std::optional<seconds> retry_after = std::nullopt,
                 bool waited = false) {
  return {.attempts = attempts, .retry_after = retry_after, .waited_for_rate_limit = waited};
}

TEST(Retry, WaitsLongerEachTime) {
  EXPECT_EQ(pause(after(1), "CONNECT_FAILED", milliseconds(9000)), milliseconds(100));
  EXPECT_EQ(pause(after(2), "CONNECT_FAILED", milliseconds(9000)), milliseconds(200));
  EXPECT_EQ(pause(after(1), "SERVER_ERROR", milliseconds(9000), 0.0), milliseconds(50));
  EXPECT_EQ(pause(after(3), "CONNECT_FAILED", milliseconds(9000)), std::nullopt);
}

TEST(Retry, ALimitWithoutAWordIsTriedOnceMoreAfterAMoment) {
  RetryState limited = after(1);
  limited.limited = HealthBook::Place();
  EXPECT_EQ(pause(limited, "RATE_LIMITED", milliseconds(9000), 0.0), milliseconds(1000));
  EXPECT_EQ(pause(limited, "RATE_LIMITED", milliseconds(9000), 1.0), milliseconds(2000));
  EXPECT_EQ(pause(limited, "RATE_LIMITED", milliseconds(1700), 0.0), std::nullopt);
  limited.waited_for_rate_limit = true;
  EXPECT_EQ(pause(limited, "RATE_LIMITED", milliseconds(9000)), std::nullopt);
}

TEST(Retry, LeavesTimeForTheAnswer) {
  EXPECT_EQ(pause(after(1), "TIMEOUT", milliseconds(849)), std::nullopt);
  EXPECT_EQ(pause(after(1), "TIMEOUT", milliseconds(850)), milliseconds(100));
}

class NeverRetried : public ::testing::TestWithParam<Reason> {};
TEST_P(NeverRetried, WhateverTheTime) {
  EXPECT_EQ(pause(after(1), GetParam(), milliseconds(60000)), std::nullopt);
  EXPECT_FALSE(is_breaker_failure(GetParam()) && GetParam() != Reason("TLS_FAILED") &&
               GetParam() != Reason("PROTOCOL"));
}
INSTANTIATE_TEST_SUITE_P(
    Table, NeverRetried,
    ::testing::Values(Reason("NOT_FOUND"), Reason("DENIED"), Reason("DIGEST_MISMATCH"),
                      Reason("TLS_UNTRUSTED"), Reason("TLS_FAILED"), Reason("PROTOCOL"),
                      Reason("BAD_RESPONSE"), Reason("TOO_LARGE"), Reason("UNAUTHENTICATED"),
                      Reason("POLICY_BLOCKED_ADDRESS"), Reason("CIRCUIT_OPEN"),
                      Reason("BUDGET_EXHAUSTED"), Reason("CANCELLED"), Reason("QUEUED"),
                      Reason("RATE_LIMITED"), Reason("HTTP_CLIENT")));

TEST(Retry, WaitsForARateLimitOnceAndOnlyAsLongAsThereIsTime) {
  EXPECT_EQ(pause(after(1, seconds(1)), "RATE_LIMITED", milliseconds(9000), 0.0),
            milliseconds(1000));
  EXPECT_EQ(pause(after(1, seconds(1)), "RATE_LIMITED", milliseconds(9000), 1.0),
            milliseconds(1100));
  EXPECT_EQ(pause(after(1, seconds(0)), "RATE_LIMITED", milliseconds(9000)), milliseconds(100));
  EXPECT_EQ(pause(after(2, seconds(1), true), "RATE_LIMITED", milliseconds(9000)), std::nullopt);
  EXPECT_EQ(pause(after(1, seconds(60)), "RATE_LIMITED", milliseconds(9000)), std::nullopt);
  EXPECT_EQ(pause(after(1, seconds(60)), "SERVER_ERROR", milliseconds(9000)), std::nullopt);
}

TEST(CircuitBreaker, OpensAfterFiveFailuresAndClosesOnASuccessfulProbe) {
  CircuitBreaker breaker;
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(breaker.admit(kStart));
    breaker.failed(kStart);
  }
  EXPECT_FALSE(breaker.admit(kStart));
  EXPECT_FALSE(breaker.admit(kStart + milliseconds(1999)));
  EXPECT_TRUE(breaker.admit(kStart + seconds(2))) << "one probe";
  EXPECT_FALSE(breaker.admit(kStart + seconds(2))) << "and only one";
  breaker.succeeded(kStart + seconds(2));
  EXPECT_TRUE(breaker.admit(kStart + seconds(2)));
  EXPECT_FALSE(breaker.is_open());
}

TEST(CircuitBreaker, WaitsLongerAfterEachFailedProbe) {
  CircuitBreaker breaker;
  Time now = kStart;
  for (int i = 0; i < 5; ++i) breaker.failed(now);
  for (const int pause : {2, 4, 8, 16, 30, 30}) {
    EXPECT_FALSE(breaker.admit(now + seconds(pause) - milliseconds(1))) << pause;
    now += seconds(pause);
    EXPECT_TRUE(breaker.admit(now)) << pause;
    breaker.failed(now);
  }
}

TEST(CircuitBreaker, AProbeThatSaysNothingLetsTheNextOneThrough) {
  CircuitBreaker breaker;
  for (int i = 0; i < 5; ++i) breaker.failed(kStart);
  EXPECT_TRUE(breaker.admit(kStart + seconds(2)));
  breaker.abandoned();
  EXPECT_TRUE(breaker.admit(kStart + seconds(2)));
}

TEST(CircuitBreaker, OpensWhenHalfOfTheLastTwentyFail) {
  CircuitBreaker breaker;
  for (int i = 0; i < 20; ++i) i % 2 == 0 ? breaker.succeeded(kStart) : breaker.failed(kStart);
  EXPECT_TRUE(breaker.is_open());
  CircuitBreaker slow;
  for (int i = 0; i < 40; ++i) {
    i % 2 == 0 ? slow.succeeded(kStart + seconds(i)) : slow.failed(kStart + seconds(i));
  }
  EXPECT_FALSE(slow.is_open()) << "not within ten seconds";
}

TEST(RateGate, IsClosedForAMinuteAtMost) {
  RateGate gate;
  gate.close(kStart, seconds(3600));
  EXPECT_FALSE(gate.admits(kStart + seconds(59), false));
  EXPECT_TRUE(gate.admits(kStart + seconds(60), true));
  gate.close_for_get(kStart + seconds(60), seconds(10));
  EXPECT_FALSE(gate.admits(kStart + seconds(61), true));
  EXPECT_TRUE(gate.admits(kStart + seconds(61), false)) << "HEAD is free";
}

struct RealmCase {
  std::string registry;
  std::string realm;
  std::string want;  ///< "credentials", "anonymous", or what the message contains
};
class Realms : public ::testing::TestWithParam<RealmCase> {};
TEST_P(Realms, AreJudgedAsTheTableSays) {
  Settings settings;
  settings.registries.resize(5);
  settings.registries[0].match = "corp.io";
  settings.registries[0].token_servers = {"auth.corp.io", "auth2.corp.io:8443"};
  settings.registries[1].match = "plain.io:5000";
  settings.registries[1].plain_http = true;
  settings.registries[2].match = "*.wild.io";
  settings.registries[2].plain_http = true;
  settings.registries[1].token_servers = {"auth.plain.io"};
  settings.registries[3] = settings.registries[1];
  settings.registries[3].match = "open.io:5000";
  settings.registries[3].plain_http_credentials = true;
  settings.registries[4] = settings.registries[1];
  settings.registries[4].match = "127.0.0.1:5000";
  const std::string& registry = GetParam().registry;
  const std::string host = registry == "docker.io" ? "registry-1.docker.io" : registry;
  const Endpoint endpoint = *Endpoints::make(settings)->of(registry);
  const auto realm = check_realm(GetParam().realm, endpoint);
  if (realm) {
    const oci::Credential credential{.username = "user", .password = Secret("SECRET")};
    const BoundCredential bound(endpoint, &credential);
    EXPECT_EQ(bound.shown_to(*realm) != nullptr ? "credentials" : "anonymous", GetParam().want);
  } else {
    EXPECT_THAT(realm, FailsWith(Outcome::kRegistryMisbehaved, "BAD_RESPONSE"));
    EXPECT_NE(realm.error().message().find(GetParam().want), std::string::npos)
        << realm.error().message();
    EXPECT_NE(realm.error().message().find(host), std::string::npos) << realm.error().message();
  }
}
// shows: R-114 R-117 R-120
INSTANTIATE_TEST_SUITE_P(
    Table, Realms,
    ::testing::Values(RealmCase{"a.io", "https://a.io/token", "credentials"},
                      RealmCase{"a.io", "https://A.io:443/token?account=x", "credentials"},
                      RealmCase{"a.io", "https://b.io/token", "anonymous"},
                      RealmCase{"a.io", "https://a.io.evil.io/token", "anonymous"},
                      RealmCase{"a.io", "https://auth.a.io/token", "anonymous"},
                      RealmCase{"docker.io", "https://auth.docker.io/token", "credentials"},
                      RealmCase{"docker.io", "https://auth.docker.io:8443/token", "anonymous"},
                      RealmCase{"a.io", "https://auth.docker.io/token", "anonymous"},
                      RealmCase{"registry.gitlab.com", "https://gitlab.com/jwt/auth",
                                "credentials"},
                      RealmCase{"eu.gcr.io", "https://gcr.io/v2/token", "credentials"},
                      RealmCase{"evilgcr.io", "https://gcr.io/v2/token", "anonymous"},
                      RealmCase{"corp.io", "https://auth.corp.io/t", "credentials"},
                      RealmCase{"corp.io", "https://auth2.corp.io:8443/t", "credentials"},
                      RealmCase{"corp.io", "https://auth2.corp.io/t", "anonymous"},
                      // No password goes over plain HTTP where nobody said so.
                      RealmCase{"plain.io:5000", "http://plain.io:5000/t", "anonymous"},
                      RealmCase{"plain.io:5000", "http://auth.plain.io/t", "anonymous"},
                      RealmCase{"plain.io:5000", "https://auth.plain.io/t", "anonymous"},
                      RealmCase{"plain.io:5000", "http://other.io/t", "anonymous"},
                      RealmCase{"open.io:5000", "http://open.io:5000/t", "credentials"},
                      RealmCase{"open.io:5000", "http://auth.plain.io/t", "credentials"},
                      RealmCase{"open.io:5000", "http://other.io/t", "anonymous"},
                      RealmCase{"127.0.0.1:5000", "http://127.0.0.1:5001/t", "credentials"},
                      RealmCase{"127.0.0.1:5000", "http://auth.plain.io/t", "anonymous"},
                      RealmCase{"a.io", "http://a.io/token", "is not https"},
                      RealmCase{"x.wild.io", "http://x.wild.io/token", "is not https"},
                      RealmCase{"a.io", "token", "neither http nor https"},
                      RealmCase{"a.io", "", "neither"},
                      RealmCase{"a.io", "//b.io/token", "neither"},
                      RealmCase{"a.io", "https://user:pw@a.io/token", "user information"},
                      RealmCase{"a.io", "https://a.io/token#f", "fragment"},
                      RealmCase{"a.io", "file:///etc/passwd", "neither"},
                      RealmCase{"a.io", "https://0x7f.1/", "IPv4"},
                      RealmCase{"a.io", "https://a.io/" + std::string(5000, 'x'), "5013 bytes"}));

std::string scopes(std::string_view challenge) {
  std::string all;
  for (const std::string& scope : scopes_to_request("team/app", challenge))
    all += (all.empty() ? "" : " | ") + scope;
  return all;
}

// shows: R-136
TEST(Scopes, NeverAskForMoreThanReadingOurRepository) {
  EXPECT_EQ(scopes(""), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:team/app:pull"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:team/app:pull,push"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:team/app:metadata_read,pull"),
            "repository:team/app:metadata_read,pull");
  EXPECT_EQ(scopes("repository:team/app:*"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:team/app:delete"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:other:pull repository:team/app:pull"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:team/app2:pull"), "repository:team/app:pull");
  EXPECT_EQ(scopes("registry:catalog:*"), "repository:team/app:pull");
  EXPECT_EQ(scopes("aws"), "aws | repository:team/app:pull");
  EXPECT_EQ(scopes("a&b=c  :: :"), "repository:team/app:pull");
  EXPECT_EQ(scopes("repository:host:5000/team/app:pull"), "repository:team/app:pull");
}

// shows: R-243
TEST(ErrorAnswer, ShowsOnlySafeAndShortText) {
  const std::string evil =
      R"({"errors":[{"code":"DENIED\u001b[2J","message":"line\nbreak \u001b[31m )" +
      std::string(2000, 'x') + R"(é","detail":{"x":1}}]})";
  const Error error = status_error("GET https://a/x", answer(403, evil));
  EXPECT_EQ(error.message().find('\x1b'), std::string::npos);
  EXPECT_EQ(error.message().find('\n'), std::string::npos);
  EXPECT_LT(error.message().size(), 420U);
  EXPECT_EQ(read_error_body(std::string(1U << 20U, '[')).codes.size(), 0U);
}

struct StatusCase {
  long status;
  const char* body;
  Outcome outcome;
  const char* reason;
};
class Statuses : public ::testing::TestWithParam<StatusCase> {};
TEST_P(Statuses, MeanWhatTheTableSays) {
  EXPECT_THAT(
      Result<int>(status_error("GET https://a/x", answer(GetParam().status, GetParam().body))),
      FailsWith(GetParam().outcome, GetParam().reason));
}
INSTANTIATE_TEST_SUITE_P(
    Table, Statuses,
    ::testing::Values(StatusCase{401, "", Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"},
                      StatusCase{403, "", Outcome::kRegistryUnauthorized, "DENIED"},
                      StatusCase{451, "", Outcome::kRegistryUnauthorized, "DENIED"},
                      StatusCase{404, R"({"errors":[{"code":"MANIFEST_UNKNOWN"}]})",
                                 Outcome::kImageNotFound, "NOT_FOUND"},
                      StatusCase{404, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{404, R"({"errors":[]})", Outcome::kRegistryUnreachable,
                                 "SERVER_ERROR"},
                      StatusCase{424, R"({"errors":[{"code":"UNKNOWN"}]})",
                                 Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{429, "", Outcome::kRegistryThrottled, "RATE_LIMITED"},
                      StatusCase{503, R"({"errors":[{"code":"TOOMANYREQUESTS"}]})",
                                 Outcome::kRegistryThrottled, "RATE_LIMITED"},
                      StatusCase{408, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{500, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{507, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{522, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{599, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"},
                      StatusCase{304, "", Outcome::kRegistryMisbehaved, "BAD_RESPONSE"},
                      StatusCase{206, "", Outcome::kRegistryMisbehaved, "BAD_RESPONSE"},
                      StatusCase{204, "", Outcome::kRegistryMisbehaved, "BAD_RESPONSE"},
                      StatusCase{400, "", Outcome::kRegistryMisbehaved, "BAD_RESPONSE"},
                      StatusCase{406, "", Outcome::kRegistryMisbehaved, "BAD_RESPONSE"},
                      StatusCase{505, "", Outcome::kRegistryUnreachable, "SERVER_ERROR"}));

TEST(ErrorAnswer, NamesWhatWasAsked) {
  EXPECT_EQ(
      status_error("GET https://a/x",
                   answer(404, R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"no such"}]})"))
          .message(),
      "GET https://a/x: answered 404 (MANIFEST_UNKNOWN: no such)");
}

}  // namespace
}  // namespace countersign::registry
