#include "adapters/registry/realm.hpp"

#include <gtest/gtest.h>

#include "adapters/registry/bound_credential.hpp"
#include "support/matchers.hpp"

namespace countersign::registry {
namespace {

using testing::FailsWith;

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

}  // namespace
}  // namespace countersign::registry
