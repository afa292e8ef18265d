#include "oci/docker_config.hpp"

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/bytes.hpp"
#include "support/matchers.hpp"

namespace countersign::oci {
namespace {

using countersign::testing::FailsWith;
using countersign::testing::IsOk;

std::string auth(std::string_view pair) { return to_base64(as_bytes(pair)); }

/// "user:password" that a registry gets, or "none".
std::string found(const std::string& json, std::string_view registry) {
  const auto config = DockerConfig::parse(json);
  if (!config) return "error";
  const Credential* credential = config->find(registry);
  return credential == nullptr ? "none"
                               : credential->username + ":" + credential->password.reveal();
}

std::string one(std::string_view key, std::string_view pair = "u:p") {
  return fmt::format(R"({{"auths":{{"{}":{{"auth":"{}"}}}}}})", key, auth(pair));
}

struct LookupCase {
  const char* key;
  const char* registry;
  bool want;
};
class Lookup : public ::testing::TestWithParam<LookupCase> {};
TEST_P(Lookup, FollowsTheDockerCommandLine) {
  EXPECT_EQ(found(one(GetParam().key), GetParam().registry), GetParam().want ? "u:p" : "none")
      << GetParam().key << " for " << GetParam().registry;
}
INSTANTIATE_TEST_SUITE_P(
    Table, Lookup,
    ::testing::Values(
        LookupCase{"ghcr.io", "ghcr.io", true}, LookupCase{"https://ghcr.io", "ghcr.io", true},
        LookupCase{"https://ghcr.io/v2/", "ghcr.io", true},
        LookupCase{"http://ghcr.io/x/y", "ghcr.io", true},
        LookupCase{"127.0.0.1:5000", "127.0.0.1:5000", true},
        LookupCase{"[::1]:5000", "[::1]:5000", true},
        LookupCase{"https://index.docker.io/v1/", "docker.io", true},
        LookupCase{"docker.io", "docker.io", true},
        LookupCase{"index.docker.io", "docker.io", true},
        LookupCase{"registry-1.docker.io", "docker.io", false},
        LookupCase{"https://index.docker.io/v1/", "registry-1.docker.io", false},
        LookupCase{"ghcr.io", "evil-ghcr.io", false},
        LookupCase{"ghcr.io", "ghcr.io.evil.io", false},
        LookupCase{"ghcr.io", "ghcr.io:443", false}, LookupCase{"ghcr.io:443", "ghcr.io", false},
        LookupCase{"*.azurecr.io", "x.azurecr.io", false}, LookupCase{"GHCR.io", "ghcr.io", false},
        LookupCase{"", "ghcr.io", false}, LookupCase{"https://", "ghcr.io", false}));

TEST(DockerConfig, PrefersTheExactKey) {
  const std::string json =
      fmt::format(R"({{"auths":{{"https://a.io":{{"auth":"{}"}},"a.io":{{"auth":"{}"}}}}}})",
                  auth("host:1"), auth("exact:2"));
  EXPECT_EQ(found(json, "a.io"), "exact:2");
}

TEST(DockerConfig, ReadsBothForms) {
  EXPECT_EQ(found(R"({"Auths":{"a.io":{"username":"u","password":"p"}}})", "a.io"), "u:p");
  EXPECT_EQ(found(fmt::format(R"({{"a.io":{{"auth":"{}","email":"x"}}}})", auth("u:p")), "a.io"),
            "u:p");
  EXPECT_EQ(found("{}", "a.io"), "none");
  EXPECT_EQ(found(R"({"auths":null})", "a.io"), "none");
  EXPECT_EQ(found(R"({"auths":{"a.io":{}}})", "a.io"), "none");
  EXPECT_EQ(
      found(R"({"auths":{"a.io":{"username":"x","password":"y","auth":")" + auth("u:p") + R"("}}})",
            "a.io"),
      "u:p");
}

// shows: R-143
TEST(DockerConfig, DecodesAuthAsGoProgramsDo) {
  EXPECT_EQ(found(one("a.io", "u:p:with:colons"), "a.io"), "u:p:with:colons");
  EXPECT_EQ(found(one("a.io", "ü:pä"), "a.io"), "ü:pä");
  EXPECT_EQ(found(one("a.io", std::string("u:p\0\0", 5)), "a.io"), "u:p");
  EXPECT_EQ(found(R"({"auths":{"a.io":{"auth":" dTpw\r\nMQ \n"}}})", "a.io"), "u:p1");
}

TEST(DockerConfig, KeepsTokens) {
  const auto config = DockerConfig::parse(
      R"({"auths":{"a.io":{"identitytoken":"id"},"b.io":{"registrytoken":"rt"}}})");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->find("a.io")->identity_token.reveal(), "id");
  EXPECT_EQ(config->find("b.io")->registry_token.reveal(), "rt");
}

class BadEntries : public ::testing::TestWithParam<const char*> {};
TEST_P(BadEntries, AreLeftOutWithAWarningThatDoesNotRepeatThem) {
  const std::string json = fmt::format(R"({{"auths":{{"bad.io":{},"good.io":{{"auth":"{}"}}}}}})",
                                       GetParam(), auth("u:p"));
  const auto config = DockerConfig::parse(json);
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->find("bad.io"), nullptr);
  EXPECT_NE(config->find("good.io"), nullptr);
  ASSERT_EQ(config->warnings().size(), 1U);
  EXPECT_NE(config->warnings()[0].find("bad.io"), std::string::npos);
  EXPECT_EQ(config->warnings()[0].find("SECRET"), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(Table, BadEntries,
                         ::testing::Values(R"({"auth":"U0VDUkVU"})", R"({"auth":"SECRET!"})",
                                           R"({"auth":5})", R"("SECRET")", "[]",
                                           R"({"auth":"dTpw","Auth":"dTpw"})",
                                           R"({"username":["SECRET"]})"));

class BadFiles : public ::testing::TestWithParam<const char*> {};
TEST_P(BadFiles, AreErrors) {
  EXPECT_THAT(DockerConfig::parse(GetParam()), FailsWith(Outcome::kInternalError, "DOCKER_CONFIG"));
}
INSTANTIATE_TEST_SUITE_P(Table, BadFiles,
                         ::testing::Values("", "[]", "5", "{", R"({"auths":[]})",
                                           R"({"auths":{},"Auths":{}})",
                                           R"({"auths":{"a":{},"a":{}}})", "{} x"));

TEST(DockerConfig, RunsNoHelpersAndSaysSo) {
  const auto config = DockerConfig::parse(
      R"({"credHelpers":{"a.io":"ecr-login"},"credsStore":"desktop","HttpHeaders":{"X":"y"},"auths":{"a.io":{}}})");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->find("a.io"), nullptr);
  EXPECT_EQ(config->warnings(), (std::vector<std::string>{
                                    "credHelpers: credential helpers are not supported and not run",
                                    "credsStore: credential stores are not supported and not run",
                                    "HttpHeaders: ignored"}));
}

TEST(Secret, IsGoneFromWhereItWasMoved) {
  Secret a("short");
  const Secret b(std::move(a));
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): that is the claim
  EXPECT_EQ(b.reveal(), "short");
  Secret c("other");
  c = b;
  EXPECT_EQ(c.reveal(), "short");
}

}  // namespace
}  // namespace countersign::oci
