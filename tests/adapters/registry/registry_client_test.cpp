#include "adapters/registry/registry_client.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "adapters/registry/capability_cache.hpp"
#include "adapters/registry/fake_transport.hpp"
#include "adapters/registry/pure_support.hpp"
#include "adapters/registry/referrers.hpp"
#include "adapters/registry/resolve.hpp"
#include "adapters/run_task.hpp"
#include "support/matchers.hpp"

namespace countersign::registry {
namespace {

using std::chrono::milliseconds;
using testing::FailsWith;
using testing::IsOk;
using testing::run;

const std::string kManifestType = "application/vnd.oci.image.manifest.v1+json";
const std::string kIndexType = "application/vnd.oci.image.index.v1+json";
const std::string kNotary = "application/vnd.cncf.notary.signature";
const std::string kTokenUrl =
    "https://r.io/token?service=r.io&scope=repository%3Ateam%2Fapp%3Apull";

oci::Digest sha256(std::string_view text) {
  return oci::Digest::of(crypto::HashAlgorithm::kSha256, as_bytes(text));
}
Deadline soon() { return Deadline::after(std::chrono::seconds(5)); }
oci::ImageReference reference(std::string_view text) { return *oci::ImageReference::parse(text); }

class Recorder final : public ExchangeObserver {
 public:
  void on_exchange(std::string_view registry, ExchangeKind kind, long status,
                   std::chrono::steady_clock::duration /*duration*/) noexcept override {
    seen.push_back(fmt::format("{} {} {}", registry, name(kind), status));
  }
  std::vector<std::string> seen;
};

/// A registry with one image and one signature, behind tokens.
class RegistryClientTest : public ::testing::Test {
 protected:
  RegistryClientTest() {
    envelope_ = "envelope";
    image_ = fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{{}},"layers":[]}})",
                         kManifestType);
    signature_ = fmt::format(
        R"({{"schemaVersion":2,"mediaType":"{}","artifactType":"{}","config":{{"mediaType":"application/vnd.oci.empty.v1+json"}},"layers":[{{"mediaType":"application/jose+json","digest":"{}","size":{}}}],"subject":{{"mediaType":"{}","digest":"{}","size":{}}}}})",
        kManifestType, kNotary, sha256(envelope_).to_string(), envelope_.size(), kManifestType,
        sha256(image_).to_string(), image_.size());
    head_ = "HEAD https://r.io/v2/team/app/manifests/v1";
    get_ = "GET https://r.io/v2/team/app/manifests/v1";
    referrers_ = "GET https://r.io/v2/team/app/referrers/" + sha256(image_).to_string() +
                 "?artifactType=application%2Fvnd.cncf.notary.signature";
    unfiltered_ = "GET https://r.io/v2/team/app/referrers/" + sha256(image_).to_string();
    tag_ = "GET https://r.io/v2/team/app/manifests/" + referrers_tag(sha256(image_));
    manifest_ = "GET https://r.io/v2/team/app/manifests/" + sha256(signature_).to_string();
    blob_ = "GET https://r.io/v2/team/app/blobs/" + sha256(envelope_).to_string();

    put(head_, answer(200, "",
                      {{"docker-content-digest", sha256(image_).to_string()},
                       {"content-length", std::to_string(image_.size())},
                       {"content-type", kManifestType}}));
    put(get_, answer(200, image_, {{"content-type", kManifestType}}));
    put(referrers_,
        answer(200, index_of({signature_}),
               {{"content-type", kIndexType}, {"oci-filters-applied", "artifactType"}}));
    put(manifest_, answer(200, signature_, {{"content-type", kManifestType}}));
    put(blob_, answer(200, envelope_, {{"content-type", "application/octet-stream"}}));
    options_.retry = {.max_attempts = 3,
                      .base = milliseconds(1),
                      .cap = milliseconds(4),
                      .reserve = milliseconds(50)};
    options_.jitter = [] { return 0.5; };
    options_.observer = &recorder_;
  }

  /// Answers only those who carry the token.
  void put(const std::string& what, http::Response response) {
    transport_.on(
        what,
        [this,
         response = std::move(response)](const http::Request& request) -> Result<http::Response> {
          if (!tokens_ || FakeTransport::authorization(request) == "Bearer " + token_)
            return response;
          return answer(
              401, "",
              {{"www-authenticate",
                R"(Bearer realm="https://r.io/token",service="r.io",scope="repository:team/app:pull")"}});
        });
  }
  void with_tokens() {
    tokens_ = true;
    transport_.on("GET " + kTokenUrl, answer(200, R"({"token":"T1","expires_in":300})"));
  }
  static std::string index_of(const std::vector<std::string>& manifests) {
    std::string entries;
    for (const std::string& each : manifests) {
      entries +=
          fmt::format(R"({}{{"mediaType":"{}","digest":"{}","size":{},"artifactType":"{}"}})",
                      entries.empty() ? "" : ",", kManifestType, sha256(each).to_string(),
                      each.size(), kNotary);
    }
    return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}})", kIndexType,
                       entries);
  }

  RegistryClient& client() {
    if (!client_) client_ = std::make_unique<RegistryClient>(transport_, settings_, options_);
    return *client_;
  }
  /// What verification does: resolve, list, fetch the first.
  static Task<verify::FetchedSignature> everything(RegistryClient& client, Deadline deadline) {
    const auto image = reference("r.io/team/app:v1");
    auto subject = co_await client.resolve(image, deadline);
    if (!subject) co_return std::move(subject).error();
    auto list = co_await client.list_signatures(image, *subject, deadline);
    if (!list) co_return std::move(list).error();
    if (list->candidates.empty() && list->incomplete) co_return *list->incomplete;
    if (list->candidates.empty()) co_return Error(Outcome::kUnsigned, "NO_SIGNATURE", "none");
    auto fetched =
        co_await client.fetch_signature(image, *subject, list->candidates.front(), deadline);
    co_return fetched;
  }
  Result<verify::FetchedSignature> run_everything() {
    return run(context_, everything(client(), soon()));
  }
  Result<verify::Subject> resolve(std::string_view text = "r.io/team/app:v1") {
    return run(context_, client().resolve(reference(text), soon()));
  }
  Result<verify::SignatureList> list() {
    return run(context_,
               client().list_signatures(reference("r.io/team/app:v1"), subject(), soon()));
  }
  [[nodiscard]] verify::Subject subject() const {
    return {.digest = sha256(image_), .media_type = kManifestType, .size = image_.size()};
  }
  void with_password() {
    settings_.default_credentials =
        oci::DockerConfig::of("r.io", {.username = "user", .password = oci::Secret("SECRET")});
  }

  asio::io_context context_{1};
  FakeTransport transport_;
  http::Settings settings_;
  Recorder recorder_;
  Options options_;
  std::unique_ptr<RegistryClient> client_;
  std::string envelope_, image_, signature_;
  std::string head_, get_, referrers_, unfiltered_, tag_, manifest_, blob_;
  bool tokens_ = false;
  std::string token_ = "T1";
};

// shows: R-19 R-20 R-53 N-9
TEST_F(RegistryClientTest, NeedsFourExchanges) {
  const auto fetched = run_everything();
  ASSERT_THAT(fetched, IsOk());
  EXPECT_EQ(as_text(fetched->envelope), envelope_);
  EXPECT_EQ(fetched->media_type, "application/jose+json");
  EXPECT_EQ(recorder_.seen, (std::vector<std::string>{"r.io resolve 200", "r.io referrers 200",
                                                      "r.io manifest 200", "r.io blob 200"}));
  const auto& headers = transport_.asked[0].headers;
  ASSERT_EQ(headers.size(), 1U);
  EXPECT_EQ(headers[0], (std::pair<std::string, std::string>("Accept", std::string(kImageAccept))));
  EXPECT_EQ(kImageAccept.find('*'), std::string_view::npos);
}

TEST_F(RegistryClientTest, CountsTheExchangesOfOneVerification) {
  verify::Trace trace;
  EXPECT_THAT(run(context_, client().resolve(reference("r.io/team/app:v1"), soon(), &trace)),
              IsOk());
  EXPECT_EQ(trace.exchanges, 1U);
  transport_.on(head_, answer(500));
  EXPECT_FALSE(
      run(context_, client().resolve(reference("r.io/team/app:v1"), soon(), &trace)).has_value());
  EXPECT_EQ(trace.exchanges, 4U) << "the retries of a failure count too";
}

// shows: N-43
TEST_F(RegistryClientTest, RefusesASignatureManifestOfAnotherType) {
  auto served =
      answer(200, signature_, {{"content-type", "application/vnd.oci.image.index.v1+json"}});
  transport_.on(manifest_, served);
  const auto fetched = run_everything();
  EXPECT_THAT(fetched, FailsWith(Outcome::kRegistryMisbehaved, "BAD_RESPONSE"));
}

// shows: N-14
TEST_F(RegistryClientTest, NeverTakesARefusalForAnEmptyList) {
  for (const long status : {401L, 429L, 500L}) {
    client_.reset();
    transport_.on(referrers_, answer(status));
    const auto got = list();
    EXPECT_TRUE(!got || got->incomplete) << status;
  }
}

// shows: R-1
TEST_F(RegistryClientTest, AsksDockerHubAtItsOwnHost) {
  EXPECT_THAT(resolve("nginx"), FailsWith(Outcome::kImageNotFound, "NOT_FOUND"));
  EXPECT_EQ(FakeTransport::key(transport_.asked[0]),
            "HEAD https://registry-1.docker.io/v2/library/nginx/manifests/latest");
  EXPECT_EQ(transport_.asked[0].registry, "docker.io");
}

// shows: R-9 N-6
TEST_F(RegistryClientTest, NeverSendsATagBesideADigest) {
  const auto digest = sha256(image_).to_string();
  EXPECT_FALSE(resolve("r.io/team/app:v1@" + digest));
  for (const auto& each : transport_.asked)
    EXPECT_EQ(each.url, "https://r.io/v2/team/app/manifests/" + digest);
}

// shows: R-109
TEST_F(RegistryClientTest, GetsATokenOnceAndUsesItForAll) {
  with_tokens();
  EXPECT_THAT(run_everything(), IsOk());
  EXPECT_EQ(recorder_.seen,
            (std::vector<std::string>{"r.io resolve 401", "r.io token 200", "r.io resolve 200",
                                      "r.io referrers 200", "r.io manifest 200", "r.io blob 200"}));
}

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
    client_.reset();
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
        Breakage{"Missing", [](auto& t, auto& w) { t.on(w, answer(404)); }, Outcome::kImageNotFound,
                 Outcome::kRegistryMisbehaved, Outcome::kUnsigned, Outcome::kRegistryMisbehaved,
                 Outcome::kRegistryMisbehaved},
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

// shows: R-30 R-31
TEST_F(RegistryClientTest, FallsBackToGetWhereHeadIsUnknown) {
  for (const long status : {400, 403, 404, 405, 501}) {
    client_.reset();
    transport_.on(head_, answer(status));
    EXPECT_THAT(resolve(), IsOk()) << status;
  }
}

TEST_F(RegistryClientTest, DoesNotFallBackWhereTheAnswerIsClear) {
  for (const long status : {406, 451, 304, 206}) {
    client_.reset();
    transport_.asked.clear();
    transport_.on(head_, answer(status));
    EXPECT_FALSE(resolve());
    EXPECT_EQ(transport_.count(get_), 0U) << status;
  }
}

// shows: R-211
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
  client_.reset();
  transport_.asked.clear();
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnreachable, "SERVER_ERROR"));
  EXPECT_EQ(transport_.count(head_), 3U);
}

// shows: R-215
TEST_F(RegistryClientTest, NeverRepeatsWhatIsSettled) {
  for (const long status : {404, 403, 451}) {
    client_.reset();
    transport_.asked.clear();
    transport_.on(head_, answer(status));
    transport_.on(get_, answer(status));
    EXPECT_FALSE(resolve());
    EXPECT_LE(transport_.asked.size(), 2U) << status;
  }
  client_.reset();
  transport_.asked.clear();
  transport_.on(head_, Error(Outcome::kRegistryUnreachable, "TLS_UNTRUSTED", ""));
  EXPECT_FALSE(resolve());
  EXPECT_EQ(transport_.asked.size(), 1U);
}

// shows: R-213
TEST_F(RegistryClientTest, LeavesARegistryAloneThatLimitsItsRate) {
  transport_.on(head_, answer(429));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryThrottled, "RATE_LIMITED"));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryThrottled, "RATE_LIMITED"));
  EXPECT_EQ(transport_.count(head_), 1U) << "the gate is closed";
  EXPECT_THAT(resolve("other.io/team/app:v1"), FailsWith(Outcome::kImageNotFound, "NOT_FOUND"))
      << "only that one";
}

// shows: R-212
TEST_F(RegistryClientTest, DoesNotWaitLongerThanItHas) {
  transport_.on(head_, answer(503, "", {{"retry-after", "60"}}));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryThrottled, "RATE_LIMITED"));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryThrottled, "RATE_LIMITED"));
  EXPECT_EQ(transport_.count(head_), 1U);
}

// shows: R-216
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

// ---- authentication

// shows: R-137
TEST_F(RegistryClientTest, FiftyAtOnceFetchOneToken) {
  with_tokens();
  transport_.turns = 5;
  unsigned done = 0;
  const auto image = reference("r.io/team/app:v1");
  for (int i = 0; i < 50; ++i) {
    asio::co_spawn(context_.get_executor(), client().resolve(image, soon()),
                   [&](std::exception_ptr failure, const Result<verify::Subject>& subject) {
                     if (!failure && subject) ++done;
                   });
  }
  context_.run();
  EXPECT_EQ(done, 50U);
  EXPECT_EQ(transport_.count("GET " + kTokenUrl), 1U);
}

// shows: R-141
TEST_F(RegistryClientTest, AWaiterTakesOverWhenTheLeaderIsCancelled) {
  with_tokens();
  transport_.turns = 5;
  asio::cancellation_signal cancel;
  const auto image = reference("r.io/team/app:v1");
  bool leader_succeeded = false;
  transport_.on("GET " + kTokenUrl, [&](const http::Request&) -> Result<http::Response> {
    return answer(200, R"({"token":"T1","expires_in":300})");
  });
  const auto on_leader = [&](std::exception_ptr failure, const Result<verify::Subject>& subject) {
    leader_succeeded = !failure && subject;
  };
  asio::co_spawn(context_.get_executor(), client().resolve(image, soon()),
                 asio::bind_cancellation_slot(cancel.slot(), on_leader));
  std::optional<Result<verify::Subject>> waiter;
  asio::co_spawn(context_.get_executor(), client().resolve(image, soon()),
                 [&](std::exception_ptr failure, Result<verify::Subject> subject) {
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
  EXPECT_EQ(transport_.count("GET " + kTokenUrl), 2U);
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

// shows: R-139
TEST_F(RegistryClientTest, ReplacesATokenThatExpiredWithoutAChallenge) {
  for (const long status : {403, 400}) {
    client_.reset();
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
  client_.reset();
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
    client_.reset();
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
    client_.reset();
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

  client_.reset();
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
  for (const auto& each : transport_.asked) EXPECT_EQ(each.url.find("evil"), std::string::npos);
}

// ---- redirects

http::Response redirect_to(std::string target, long status = 307) {
  auto response = answer(status, "", {{"location", target}});
  response.redirect_url = std::move(target);
  return response;
}

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
    last.push_back(each.url + " " + FakeTransport::authorization(each));
  last.erase(last.begin(), last.end() - 3);
  EXPECT_EQ(last,
            (std::vector<std::string>{"https://r.io/elsewhere Bearer T1",
                                      "https://r.io:8443/blob?sig=SECRET ", "https://r.io/back "}));
  EXPECT_EQ(transport_.asked.back().purpose, http::Purpose::kRedirect);
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

// ---- listing

// shows: R-56 R-92
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
  EXPECT_EQ(got->method, verify::ListingMethod::kReferrersTag);
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

// shows: R-60 R-91
TEST_F(RegistryClientTest, RemembersARegistryWithoutTheApi) {
  transport_.on(referrers_, answer(404, "404 page not found", {{"content-type", "text/plain"}}));
  transport_.on(tag_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
  for (int i = 0; i < 3; ++i) {
    const auto got = list();
    ASSERT_THAT(got, IsOk());
    EXPECT_EQ(got->candidates.size(), 1U);
  }
  EXPECT_EQ(transport_.count(referrers_), 1U);
  EXPECT_EQ(transport_.count(tag_), 3U);
}

// shows: R-61 R-66 N-13
TEST_F(RegistryClientTest, LearnsNothingFromErrors) {
  for (const auto& response :
       {answer(404, R"({"errors":[{"code":"NAME_UNKNOWN"}]})"), answer(500)}) {
    client_.reset();
    transport_.asked.clear();
    transport_.on(referrers_, response);
    const auto got = list();
    EXPECT_EQ(got.has_value(), response.status == 404);
    const auto before = transport_.count(referrers_);
    (void)list().has_value();
    EXPECT_GT(transport_.count(referrers_), before);
  }
}

// shows: R-63
TEST_F(RegistryClientTest, DoesNotFollowReferrersToAnotherHost) {
  transport_.on(referrers_, redirect_to("https://github.com/-/v2/packages", 303));
  transport_.on(tag_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
  const auto got = list();
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->candidates.size(), 1U);
  for (const auto& each : transport_.asked) EXPECT_EQ(each.url.find("github"), std::string::npos);
}

// shows: R-64 R-65
TEST_F(RegistryClientTest, TellsAFirewallFromADenial) {
  transport_.on(referrers_, answer(403, "<html>blocked"));
  auto got = list();
  ASSERT_THAT(got, IsOk());
  EXPECT_FALSE(got->incomplete);
  EXPECT_THAT(list(), IsOk());
  EXPECT_EQ(transport_.count(referrers_), 1U) << "remembered, for a short time";
  static_assert(CapabilityCache::kBlockedTtl == std::chrono::minutes(5));
  client_.reset();
  const auto denied = answer(403, R"({"errors":[{"code":"DENIED"}]})");
  transport_.on(referrers_, denied);
  got = list();
  ASSERT_THAT(got, IsOk());
  ASSERT_TRUE(got->incomplete) << "not the same as unsigned";
  EXPECT_EQ(got->incomplete->reason().id(), "DENIED");
  transport_.on(tag_, denied);
  EXPECT_THAT(list(), FailsWith(Outcome::kRegistryUnauthorized, "DENIED"));
}

// The second look, without the filter, counts as much as the first.
TEST_F(RegistryClientTest, TellsADenialOfTheSecondLookFromUnsigned) {
  transport_.on(referrers_, answer(200, index_of({}), {{"content-type", kIndexType}}));
  transport_.on(unfiltered_, answer(403, R"({"errors":[{"code":"DENIED"}]})"));
  const auto got = list();
  ASSERT_THAT(got, IsOk());
  ASSERT_TRUE(got->incomplete);
  EXPECT_EQ(got->incomplete->reason().id(), "DENIED");
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

// shows: R-75 R-76 R-79 R-80 R-82 N-19
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
        Case{"<?p=2>; rel=next", answer(200, "<html>", {{"content-type", "text/html"}})},
        Case{"<?p=2>; rel=next", page(index_of({}), "<?p=2>; rel=next")}}) {
    client_.reset();
    transport_.asked.clear();
    transport_.on("GET " + url + "?p=2", each.second);
    transport_.on(referrers_, page(index_of({signature_}), each.link));
    auto got = list();
    ASSERT_THAT(got, IsOk()) << each.link;
    EXPECT_EQ(got->candidates.size(), 1U) << "what was found may still verify";
    EXPECT_TRUE(got->incomplete) << each.link;
    transport_.on(referrers_, page(index_of({}), each.link));
    client_.reset();
    EXPECT_FALSE(list()) << "never an empty list: " << each.link;
    for (const auto& request : transport_.asked)
      EXPECT_TRUE(request.url.starts_with(url)) << request.url;
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
  transport_.on(referrers_, answer(404));
  transport_.on(tag_, answer(200, index_of({signature_}), {{"content-type", kIndexType}}));
  EXPECT_THAT(list(), IsOk());
  EXPECT_EQ(transport_.asked.size(), 2U);
}

// ---- fetching

// shows: R-101
TEST_F(RegistryClientTest, NeverFetchesForeignUrls) {
  std::string foreign = signature_;
  foreign.insert(foreign.find("\"size\":8"), R"("urls":["https://evil.io/x"],)");
  const auto digest = sha256(foreign);
  transport_.on("GET https://r.io/v2/team/app/manifests/" + digest.to_string(),
                answer(200, foreign));
  const oci::Descriptor candidate{.media_type = kManifestType,
                                  .digest = digest,
                                  .size = 1,
                                  .artifact_type = kNotary,
                                  .chain_thumbprints = {},
                                  .data = {},
                                  .platform = {},
                                  .ref_name = {}};
  EXPECT_THAT(run(context_, client().fetch_signature(reference("r.io/team/app:v1"), subject(),
                                                     candidate, soon())),
              IsOk());
  for (const auto& each : transport_.asked) EXPECT_EQ(each.url.find("evil"), std::string::npos);
}

}  // namespace
}  // namespace countersign::registry
