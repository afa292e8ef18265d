#include "adapters/registry/endpoints.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"

namespace countersign::registry {
namespace {

using testing::FailsSaying;
using testing::FailsWith;
using testing::IsOk;

oci::DockerConfig credential(std::string registry) {
  return oci::DockerConfig::of(
      std::move(registry),
      {.username = "user", .password = Secret("pw"), .identity_token = {}, .registry_token = {}});
}

Settings with(RegistrySettings entry) {
  Settings settings;
  settings.registries.push_back(std::move(entry));
  return settings;
}

TEST(FindRegistry, PrefersTheExactEntry) {
  Settings settings;
  settings.registries = {
      {.match = "*.corp.io"}, {.match = "a.corp.io"}, {.match = "*.corp.io:5000"}};
  EXPECT_EQ(find_registry(settings, "a.corp.io").settings->match, "a.corp.io");
  EXPECT_TRUE(find_registry(settings, "a.corp.io").exact);
  EXPECT_EQ(find_registry(settings, "b.corp.io").settings->match, "*.corp.io");
  EXPECT_FALSE(find_registry(settings, "b.corp.io").exact);
  EXPECT_TRUE(find_registry(settings, "a.corp.io:443").exact) << "the port that it has anyway";
  EXPECT_EQ(find_registry(settings, "b.corp.io:5000").settings->match, "*.corp.io:5000");
  for (const char* none : {"corp.io", "evilcorp.io", "b.corp.io:5001", "a.corp.io.evil.io"}) {
    EXPECT_EQ(find_registry(settings, none).settings, nullptr) << none;
  }
}

TEST(Credentials, AreForTheRegistryTheyName) {
  // shows: R-147
  Settings settings = with({.match = "a.io", .credentials = credential("a.io")});
  settings.default_credentials = credential("b.io");
  const auto credential_for = [endpoints = Endpoints::make(settings)](const std::string& name) {
    return !endpoints->of(name)->configured_credentials("team/app").empty();
  };
  EXPECT_TRUE(credential_for("a.io"));
  EXPECT_TRUE(credential_for("b.io"));
  EXPECT_FALSE(credential_for("c.io"));
  EXPECT_TRUE(credential_for("a.io:443")) << "the port that it has anyway";
  EXPECT_FALSE(credential_for("a.io:5000"));
}

TEST(Settings, WildcardsNeverOpenPlainHttpOrSkipVerification) {
  const Settings settings =
      with({.match = "*.corp.io", .plain_http = true, .insecure_skip_verify = true});
  const auto endpoint = Endpoints::make(settings)->of("a.corp.io");
  EXPECT_FALSE(endpoint->plain_http());
  EXPECT_FALSE(endpoint->skips_tls_verification());
  EXPECT_THAT(check(settings),
              FailsSaying(Outcome::kInternalError,
                          "registry \"*.corp.io\": plain HTTP needs the exact host and port"));
}

// shows: R-171
TEST(Settings, BrokenCertificatesAreAnErrorAtStart) {
  for (const char* pem :
       {"", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"}) {
    EXPECT_THAT(check(with({.match = "a.io", .ca = {pem}})),
                FailsWith(Outcome::kInternalError, "REGISTRY_SETTINGS"))
        << pem;
  }
}

class SettingsRefuse : public ::testing::TestWithParam<const char*> {};
TEST_P(SettingsRefuse, NamesThatAreNone) {
  EXPECT_THAT(check(with({.match = GetParam()})),
              FailsWith(Outcome::kInternalError, "REGISTRY_SETTINGS"));
}
INSTANTIATE_TEST_SUITE_P(Table, SettingsRefuse,
                         ::testing::Values("", "*", "*.", "*.*.io", "A.io", "a.io:", "a.io:0",
                                           "https://a.io", "a.io/x", "a*.io", "127.1",
                                           "user@a.io"));

TEST(Settings, AcceptsUsualEntries) {
  for (const char* name : {"a.io", "*.azurecr.io", "127.0.0.1:5000", "[::1]:5000", "*.corp.io:5000",
                           "localhost:5000"}) {
    EXPECT_THAT(check(with({.match = name})), IsOk()) << name;
  }
}

struct ReachCase {
  std::string registry;
  std::string url;
  http::Purpose purpose;
  http::Reach reach;
};
class Reaches : public ::testing::TestWithParam<ReachCase> {};
TEST_P(Reaches, AreWhatTheEntryGives) {
  Settings settings;
  settings.registries = {{.match = "10.0.0.1:5000"},
                         {.match = "*.corp.io"},
                         {.match = "plain.io:5000", .plain_http = true}};
  const Endpoint endpoint = *Endpoints::make(settings)->of(GetParam().registry);
  const auto route = endpoint.route_to(*http::Url::parse(GetParam().url), GetParam().purpose);
  EXPECT_EQ(route.purpose, GetParam().purpose);
  EXPECT_TRUE(route.reach == GetParam().reach) << GetParam().registry << " " << GetParam().url;
  EXPECT_EQ(route.egress_allow == nullptr, GetParam().purpose == http::Purpose::kRegistry);
}
using enum http::Purpose;
using Ports = http::Reach::Ports;
constexpr http::Reach kOwn{
    .ports = Ports::kAny, .private_networks = true, .loopback = true, .local_names = true};
constexpr http::Reach kOwnPlain{.ports = Ports::kAny,
                                .private_networks = true,
                                .loopback = true,
                                .local_names = true,
                                .plain_http = true};
INSTANTIATE_TEST_SUITE_P(
    Table, Reaches,
    ::testing::Values(
        ReachCase{"a.io", "https://a.io/v2/", kRegistry, {.ports = Ports::kRegistries}},
        ReachCase{"a.io:9999", "https://a.io:9999/v2/", kRegistry, {.ports = Ports::kRegistries}},
        ReachCase{"b.corp.io", "https://b.corp.io/v2/", kRegistry, {.ports = Ports::kAny}},
        ReachCase{"10.0.0.1:5000", "https://10.0.0.1:5000/v2/", kRegistry, kOwn},
        ReachCase{"plain.io:5000", "http://plain.io:5000/v2/", kRegistry, kOwnPlain},
        ReachCase{"a.io", "https://a.io/token", kToken, {.ports = Ports::kAny}},
        ReachCase{"a.io", "https://a.io:8443/token", kToken, {}},
        ReachCase{"a.io", "https://auth.io/token", kToken, {}},
        ReachCase{"b.corp.io", "https://auth.corp.io/token", kToken, {}},
        ReachCase{"10.0.0.1:5000", "https://10.0.0.1:5000/token", kToken, kOwn},
        ReachCase{"10.0.0.1:5000",
                  "https://10.0.0.1:5001/token",
                  kToken,
                  {.private_networks = true, .local_names = true}},
        ReachCase{"10.0.0.1:5000", "https://10.0.0.2:5000/token", kToken, {}},
        ReachCase{
            "10.0.0.1:5000", "https://10.0.0.1:5001/blob", kRedirect, {.private_networks = true}},
        ReachCase{"10.0.0.1:5000", "https://blobs.io/", kRedirect, {}},
        ReachCase{"b.corp.io", "https://b.corp.io/blob", kRedirect, {.ports = Ports::kAny}}));

TEST(Endpoints, ShareTrustThatSaysTheSame) {
  Settings settings;
  settings.registries = {{.match = "skip.io", .insecure_skip_verify = true}};
  const auto one = Endpoints::make(settings);
  const auto other = Endpoints::make(settings);
  const auto id_of = [](const Endpoints& endpoints, const std::string& registry,
                        const std::string& url) {
    return endpoints.of(registry)->route_to(*http::Url::parse(url), kRegistry).tls->id();
  };
  EXPECT_EQ(id_of(*one, "a.io", "https://a.io/"), id_of(*other, "b.io", "https://b.io/"));
  EXPECT_NE(id_of(*one, "a.io", "https://a.io/"), id_of(*one, "skip.io", "https://skip.io/"));
  const auto elsewhere =
      one->of("skip.io")->route_to(*http::Url::parse("https://auth.io/token"), kToken);
  EXPECT_TRUE(elsewhere.tls->verify()) << "only the registry itself goes unchecked";
}

}  // namespace
}  // namespace countersign::registry
