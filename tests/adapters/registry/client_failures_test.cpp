// Steps that fail, and what is tried again.
#include <gtest/gtest.h>

#include "adapters/registry/client_fixture.hpp"

namespace countersign::registry {
namespace {

/// Each step of the happy path, failing in each way, for good: nothing may succeed, and the outcome
/// must be right.
struct Breakage {
  std::string name;
  std::function<void(FakeTransport&, const std::string&)> apply;
  Outcome resolve, token, referrers, manifest, blob;
};
class BreakEveryStep : public RegistryClientTest, public ::testing::WithParamInterface<Breakage> {};
TEST_P(BreakEveryStep, IsNeverASuccess) {
  const Breakage& how = GetParam();
  const std::vector<std::pair<std::vector<std::string>, Outcome>> steps = {
      {{head_, get_}, how.resolve},
      {{"GET " + kTokenUrl}, how.token},
      {{referrers_}, how.referrers},
      {{manifest_}, how.manifest},
      {{blob_}, how.blob}};
  for (const auto& [broken, outcome] : steps) {
    with_tokens();
    machinery_.reset();
    const auto whole = transport_.answers;
    for (const std::string& each : broken) how.apply(transport_, each);
    const auto fetched = run_everything();
    ASSERT_FALSE(fetched) << broken[0];
    EXPECT_EQ(code(fetched.error().outcome()), code(outcome))
        << broken[0] << ": " << fetched.error().message();
    EXPECT_EQ(fetched.error().message().find("T1"), std::string::npos);
    transport_.answers = whole;
  }
}
void fail_with(FakeTransport& transport, const std::string& what, Outcome outcome, Reason reason) {
  transport.on(what, Error(outcome, reason, what));
}
INSTANTIATE_TEST_SUITE_P(
    Table, BreakEveryStep,
    ::testing::Values(
        Breakage{"Unreachable",
                 [](auto& t, auto& w) {
                   fail_with(t, w, Outcome::kRegistryUnreachable, "CONNECT_FAILED");
                 },
                 Outcome::kRegistryUnreachable, Outcome::kRegistryUnreachable,
                 Outcome::kRegistryUnreachable, Outcome::kRegistryUnreachable,
                 Outcome::kRegistryUnreachable},
        Breakage{"Untrusted",
                 [](auto& t, auto& w) {
                   fail_with(t, w, Outcome::kRegistryUnreachable, "TLS_UNTRUSTED");
                 },
                 Outcome::kRegistryUnreachable, Outcome::kRegistryUnreachable,
                 Outcome::kRegistryUnreachable, Outcome::kRegistryUnreachable,
                 Outcome::kRegistryUnreachable},
        Breakage{
            "TooLarge",
            [](auto& t, auto& w) { fail_with(t, w, Outcome::kRegistryMisbehaved, "TOO_LARGE"); },
            Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved,
            Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved,
            Outcome::kRegistryMisbehaved},
        Breakage{"Deadline",
                 [](auto& t, auto& w) {
                   fail_with(t, w, Outcome::kDeadlineExceeded, "BUDGET_EXHAUSTED");
                 },
                 Outcome::kDeadlineExceeded, Outcome::kDeadlineExceeded, Outcome::kDeadlineExceeded,
                 Outcome::kDeadlineExceeded, Outcome::kDeadlineExceeded},
        Breakage{"ServerError", [](auto& t, auto& w) { t.on(w, answer(500)); },
                 Outcome::kRegistryUnreachable, Outcome::kRegistryUnreachable,
                 Outcome::kRegistryUnreachable, Outcome::kRegistryUnreachable,
                 Outcome::kRegistryUnreachable},
        Breakage{"Throttled", [](auto& t, auto& w) { t.on(w, answer(429)); },
                 Outcome::kRegistryThrottled, Outcome::kRegistryThrottled,
                 Outcome::kRegistryThrottled, Outcome::kRegistryThrottled,
                 Outcome::kRegistryThrottled},
        Breakage{
            "Forbidden",
            [](auto& t, auto& w) { t.on(w, answer(403, R"({"errors":[{"code":"DENIED"}]})")); },
            Outcome::kRegistryUnauthorized, Outcome::kRegistryUnauthorized,
            Outcome::kRegistryUnauthorized, Outcome::kRegistryUnauthorized,
            Outcome::kRegistryUnauthorized},
        Breakage{"Unauthorized", [](auto& t, auto& w) { t.on(w, answer(401)); },
                 Outcome::kRegistryUnauthorized, Outcome::kRegistryUnauthorized,
                 Outcome::kRegistryUnauthorized, Outcome::kRegistryUnauthorized,
                 Outcome::kRegistryUnauthorized},
        Breakage{"Missing", [](auto& t, auto& w) { t.on(w, not_found()); }, Outcome::kImageNotFound,
                 Outcome::kRegistryMisbehaved, Outcome::kUnsigned, Outcome::kRegistryMisbehaved,
                 Outcome::kRegistryMisbehaved},
        Breakage{"MissingInFront",
                 [](auto& t, auto& w) { t.on(w, answer(404, "default backend - 404")); },
                 Outcome::kRegistryUnreachable, Outcome::kRegistryMisbehaved, Outcome::kUnsigned,
                 Outcome::kRegistryUnreachable, Outcome::kRegistryUnreachable},
        Breakage{"Upstream", [](auto& t, auto& w) { t.on(w, answer(424)); },
                 Outcome::kRegistryUnreachable, Outcome::kRegistryUnreachable,
                 Outcome::kRegistryUnreachable, Outcome::kRegistryUnreachable,
                 Outcome::kRegistryUnreachable},
        Breakage{"Html",
                 [](auto& t, auto& w) {
                   t.on(w, answer(200, "<html>", {{"content-type", "text/html"}}));
                 },
                 Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved, Outcome::kUnsigned,
                 Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved},
        Breakage{"Empty",
                 [](auto& t, auto& w) { t.on(w, answer(200, "", {{"content-type", kIndexType}})); },
                 Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved,
                 Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved,
                 Outcome::kRegistryMisbehaved},
        Breakage{"NoContent", [](auto& t, auto& w) { t.on(w, answer(204)); },
                 Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved,
                 Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved,
                 Outcome::kRegistryMisbehaved},
        Breakage{"NotModified", [](auto& t, auto& w) { t.on(w, answer(304)); },
                 Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved,
                 Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved,
                 Outcome::kRegistryMisbehaved},
        Breakage{"RedirectNowhere", [](auto& t, auto& w) { t.on(w, answer(307)); },
                 Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved,
                 Outcome::kRegistryMisbehaved, Outcome::kRegistryMisbehaved,
                 Outcome::kRegistryMisbehaved}),
    [](const auto& each) { return each.param.name; });

TEST_F(RegistryClientTest, TriesThreeTimes) {
  unsigned calls = 0;
  transport_.on(head_, [&](const http::Request&) -> Result<http::Response> {
    if (++calls < 3) return answer(500);
    return answer(200, "",
                  {{"docker-content-digest", sha256(image_).to_string()},
                   {"content-length", "9"},
                   {"content-type", kManifestType}});
  });
  EXPECT_THAT(resolve(), IsOk());
  EXPECT_EQ(calls, 3U);
  transport_.on(head_, answer(500));
  machinery_.reset();
  transport_.asked.clear();
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnreachable, "SERVER_ERROR"));
  EXPECT_EQ(transport_.count(head_), 3U);
}

TEST_F(RegistryClientTest, NeverRepeatsWhatIsSettled) {
  for (const long status : {404, 403, 451}) {
    machinery_.reset();
    transport_.asked.clear();
    transport_.on(head_, answer(status));
    transport_.on(get_, status == 404 ? not_found() : answer(status));
    EXPECT_FALSE(resolve());
    EXPECT_LE(transport_.asked.size(), 2U) << status;
  }
  machinery_.reset();
  transport_.asked.clear();
  transport_.on(head_, Error(Outcome::kRegistryUnreachable, "TLS_UNTRUSTED", ""));
  EXPECT_FALSE(resolve());
  EXPECT_EQ(transport_.asked.size(), 1U);
}

TEST_F(RegistryClientTest, LeavesARegistryAloneThatLimitsItsRate) {
  transport_.on(head_, answer(429));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryThrottled, "RATE_LIMITED"));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryThrottled, "RATE_LIMITED"));
  EXPECT_EQ(transport_.count(head_), 2U) << "once more after a moment, then the gate is closed";
  EXPECT_THAT(resolve("other.io/team/app:v1"), FailsWith(Outcome::kImageNotFound, "NOT_FOUND"))
      << "only that one";
}

TEST_F(RegistryClientTest, DoesNotWaitLongerThanItHas) {
  transport_.on(head_, answer(503, "", {{"retry-after", "60"}}));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryThrottled, "RATE_LIMITED"));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryThrottled, "RATE_LIMITED"));
  EXPECT_EQ(transport_.count(head_), 1U);
}

TEST_F(RegistryClientTest, LeavesARegistryAloneThatFails) {
  transport_.on(head_, Error(Outcome::kRegistryUnreachable, "CONNECT_FAILED", ""));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(resolve());
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnreachable, "CIRCUIT_OPEN"));
  EXPECT_EQ(transport_.count(head_), 5U);
  EXPECT_THAT(resolve("other.io/team/app:v1"), FailsWith(Outcome::kImageNotFound, "NOT_FOUND"));
}

TEST_F(RegistryClientTest, AsksNothingAfterTheDeadline) {
  const auto late = run(
      context_, client().resolve(reference("r.io/team/app:v1"), Deadline::after(milliseconds(0))));
  EXPECT_THAT(late, FailsWith(Outcome::kDeadlineExceeded, "BUDGET_EXHAUSTED"));
}

}  // namespace
}  // namespace countersign::registry
