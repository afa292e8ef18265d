// What one verification asks of a registry, and what it takes from the answers.
#include <gtest/gtest.h>

#include "adapters/registry/client_fixture.hpp"
#include "adapters/registry/resolve.hpp"

namespace countersign::registry {
namespace {

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
  ports::Trace trace;
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
    machinery_.reset();
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
  EXPECT_EQ(transport_.asked[0].url.host(), "registry-1.docker.io");
}

// shows: R-9 N-6
TEST_F(RegistryClientTest, NeverSendsATagBesideADigest) {
  const auto digest = sha256(image_).to_string();
  EXPECT_FALSE(resolve("r.io/team/app:v1@" + digest));
  for (const auto& each : transport_.asked)
    EXPECT_EQ(each.url.to_string(), "https://r.io/v2/team/app/manifests/" + digest);
}

// shows: R-30 R-31
TEST_F(RegistryClientTest, FallsBackToGetWhereHeadIsUnknown) {
  for (const long status : {400, 403, 404, 405, 501}) {
    machinery_.reset();
    transport_.on(head_, answer(status));
    EXPECT_THAT(resolve(), IsOk()) << status;
  }
}

TEST_F(RegistryClientTest, DoesNotFallBackWhereTheAnswerIsClear) {
  for (const long status : {406, 451, 304, 206}) {
    machinery_.reset();
    transport_.asked.clear();
    transport_.on(head_, answer(status));
    EXPECT_FALSE(resolve());
    EXPECT_EQ(transport_.count(get_), 0U) << status;
  }
}

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
  for (const auto& each : transport_.asked)
    EXPECT_EQ(each.url.to_string().find("evil"), std::string::npos);
}

}  // namespace
}  // namespace countersign::registry
