// Who may see a credential: one table for everything that a registry can ask for it by.
#include "adapters/registry/bound_credential.hpp"

#include <gtest/gtest.h>

namespace countersign::registry {
namespace {

struct SeeCase {
  std::string registry;  ///< as the reference names it
  std::string url;
  Place place;
  bool seen;
};

Settings settings() {
  Settings out;
  out.registries.push_back({.match = "corp.io", .token_servers = {"auth.corp.io"}});
  out.registries.push_back({.match = "plain.io:5000", .plain_http = true});
  out.registries.push_back(
      {.match = "open.io:5000", .plain_http = true, .plain_http_credentials = true});
  out.registries.push_back({.match = "127.0.0.1:5000", .plain_http = true});
  out.registries.push_back({.match = "unchecked.io", .insecure_skip_verify = true});
  return out;
}

Endpoint endpoint_of(const std::string& registry) {
  return *Endpoints::make(settings())->of(registry);
}

class Seen : public ::testing::TestWithParam<SeeCase> {};
TEST_P(Seen, AsTheTableSays) {
  const oci::Credential credential{.username = "user", .password = Secret("SECRET")};
  const Endpoint endpoint = endpoint_of(GetParam().registry);
  const BoundCredential bound(endpoint, &credential);
  const auto url = http::Url::parse(GetParam().url);
  ASSERT_TRUE(url) << GetParam().url;
  EXPECT_EQ(bound.may_see(*url, GetParam().place), GetParam().seen)
      << GetParam().registry << " " << GetParam().url;
  EXPECT_FALSE(BoundCredential(endpoint, nullptr).may_see(*url, GetParam().place));
}
INSTANTIATE_TEST_SUITE_P(
    Table, Seen,
    ::testing::Values(
        SeeCase{"a.io", "https://a.io/v2/x", Place::kRegistry, true},
        SeeCase{"a.io", "https://A.io:443/v2/x", Place::kRegistry, true},
        SeeCase{"a.io", "http://a.io/v2/x", Place::kRegistry, false},
        SeeCase{"a.io", "https://a.io:8443/v2/x", Place::kRegistry, false},
        SeeCase{"a.io", "https://b.io/v2/x", Place::kRegistry, false},
        SeeCase{"a.io", "https://a.io.evil.io/v2/x", Place::kRegistry, false},
        SeeCase{"a.io", "https://a.io/token", Place::kTokenServer, true},
        SeeCase{"a.io", "https://a.io:8443/token", Place::kTokenServer, true},
        SeeCase{"a.io", "http://a.io/token", Place::kTokenServer, false},
        SeeCase{"a.io", "https://auth.a.io/token", Place::kTokenServer, false},
        SeeCase{"a.io", "https://auth.docker.io/token", Place::kTokenServer, false},
        SeeCase{"corp.io", "https://auth.corp.io/token", Place::kTokenServer, true},
        SeeCase{"corp.io", "https://auth.corp.io/v2/x", Place::kRegistry, false},
        SeeCase{"corp.io", "http://auth.corp.io/token", Place::kTokenServer, false},
        SeeCase{"plain.io:5000", "http://plain.io:5000/v2/x", Place::kRegistry, false},
        SeeCase{"plain.io:5000", "https://plain.io/token", Place::kTokenServer, false},
        SeeCase{"open.io:5000", "http://open.io:5000/v2/x", Place::kRegistry, true},
        SeeCase{"127.0.0.1:5000", "http://127.0.0.1:5000/v2/x", Place::kRegistry, true},
        SeeCase{"127.0.0.1:5000", "http://b.io/token", Place::kTokenServer, false},
        SeeCase{"unchecked.io", "https://unchecked.io/v2/x", Place::kRegistry, false},
        SeeCase{"unchecked.io", "https://unchecked.io/token", Place::kTokenServer, false}));

TEST(BoundCredentials, WriteTheHeaderForTheirOwnPlaceOnly) {
  const oci::Credential credential{.username = "user", .password = Secret("SECRET")};
  const BoundCredential bound(endpoint_of("a.io"), &credential);
  const http::Url endpoint = endpoint_of("a.io").base();
  const http::Url other = endpoint_of("b.io").base();
  const auto basic = bound.authorization_for(endpoint);
  ASSERT_TRUE(basic);
  EXPECT_EQ(basic->reveal(), "Basic dXNlcjpTRUNSRVQ=");
  EXPECT_FALSE(bound.authorization_for(other));
  EXPECT_FALSE(bound.authorization_for(other, Secret("T1")));
  EXPECT_EQ(bound.authorization_for(endpoint, Secret("T1"))->reveal(), "Bearer T1");
}

TEST(Secrets, LeaveNothingInTheirMemory) {
  std::string text = "a password that is too long for the string itself";
  const char* const memory = text.data();
  const std::size_t size = text.size();
  wipe(text);
  EXPECT_TRUE(text.empty());
  // The string keeps its memory.
  EXPECT_EQ(std::string(memory, size), std::string(size, '\0'));
}

}  // namespace
}  // namespace countersign::registry
