#include "adapters/http/settings.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"

namespace countersign::http {
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
  EXPECT_EQ(find_registry(settings, "b.corp.io:5000").settings->match, "*.corp.io:5000");
  for (const char* none :
       {"corp.io", "evilcorp.io", "a.corp.io:443", "b.corp.io:5001", "a.corp.io.evil.io"}) {
    EXPECT_EQ(find_registry(settings, none).settings, nullptr) << none;
  }
}

TEST(Credentials, AreForTheRegistryTheyName) {
  // shows: R-147
  Settings settings = with({.match = "a.io", .credentials = credential("a.io")});
  settings.default_credentials = credential("b.io");
  EXPECT_NE(configured_credential(settings, "a.io"), nullptr);
  EXPECT_NE(configured_credential(settings, "b.io"), nullptr);
  EXPECT_EQ(configured_credential(settings, "c.io"), nullptr);
  EXPECT_EQ(configured_credential(settings, "a.io:443"), nullptr);
}

TEST(Settings, WildcardsNeverOpenPlainHttpOrSkipVerification) {
  const Settings settings =
      with({.match = "*.corp.io", .plain_http = true, .insecure_skip_verify = true});
  EXPECT_FALSE(uses_plain_http(find_registry(settings, "a.corp.io")));
  EXPECT_FALSE(skips_tls_verification(find_registry(settings, "a.corp.io")));
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

}  // namespace
}  // namespace countersign::http
