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

/// "user:password" of all that an image gets, or "none".
std::string found(const std::string& json, std::string_view image) {
  const auto config = DockerConfig::parse(json);
  if (!config) return "error";
  const std::size_t slash = image.find('/');
  const bool alone = slash == std::string_view::npos;
  std::string all;
  for (const Credential* each :
       config->find(image.substr(0, slash),
                    alone ? std::string_view("team/app") : image.substr(slash + 1))) {
    all += (all.empty() ? "" : " ") + each->username + ":" + each->password.reveal();
  }
  return all.empty() ? "none" : all;
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
TEST_P(Lookup, FollowsKubelet) {
  EXPECT_EQ(found(one(GetParam().key), GetParam().registry), GetParam().want ? "u:p" : "none")
      << GetParam().key << " for " << GetParam().registry;
}
INSTANTIATE_TEST_SUITE_P(
    Table, Lookup,
    ::testing::Values(
        LookupCase{"ghcr.io", "ghcr.io", true}, LookupCase{"https://ghcr.io", "ghcr.io", true},
        LookupCase{"https://ghcr.io/v2/", "ghcr.io", true},
        LookupCase{"http://ghcr.io/x/y", "ghcr.io", false},
        LookupCase{"http://ghcr.io/x/y", "ghcr.io/x/yz", true},
        LookupCase{"https://quay.io/v1/", "quay.io/foo/bar", true},
        LookupCase{"https://quay.io/v2/team", "quay.io/team/app", true},
        LookupCase{"https://quay.io/v2", "quay.io/team/app", false},
        LookupCase{"quay.io/coreos/", "quay.io/coreos/etcd", true},
        LookupCase{"quay.io/coreos/", "quay.io/coreos", false},
        LookupCase{"corp.io/a*", "corp.io/abc", false},
        LookupCase{"127.0.0.1:5000", "127.0.0.1:5000", true},
        LookupCase{"[::1]:5000", "[::1]:5000", true},
        LookupCase{"https://index.docker.io/v1/", "docker.io", true},
        LookupCase{"docker.io", "docker.io", true},
        LookupCase{"index.docker.io", "docker.io", true},
        LookupCase{"registry-1.docker.io", "docker.io", false},
        LookupCase{"https://index.docker.io/v1/", "registry-1.docker.io", false},
        LookupCase{"ghcr.io", "evil-ghcr.io", false},
        LookupCase{"ghcr.io", "ghcr.io.evil.io", false}, LookupCase{"ghcr.io", "ghcr.io:443", true},
        LookupCase{"ghcr.io:443", "ghcr.io", true}, LookupCase{"corp.io", "corp.io:5000", false},
        LookupCase{"corp.io:5000", "corp.io", false},
        LookupCase{"*.azurecr.io", "x.azurecr.io", true},
        LookupCase{"*.azurecr.io", "azurecr.io", false},
        LookupCase{"*.azurecr.io", "a.b.azurecr.io", false},
        LookupCase{"*.*.azurecr.io", "a.b.azurecr.io", true},
        LookupCase{"*.io", "x.azurecr.io", false},
        LookupCase{"reg-*.corp.io", "reg-7.corp.io", true},
        LookupCase{"*.corp.io:5000", "a.corp.io:5000", true},
        LookupCase{"*.corp.io:*", "a.corp.io:5000", false}, LookupCase{"*", "localhost", true},
        LookupCase{"*", "example.com", false}, LookupCase{"GHCR.io", "ghcr.io", false},
        LookupCase{"", "ghcr.io", false}, LookupCase{"https://", "ghcr.io", false}));

std::string several(std::initializer_list<const char*> keys) {
  std::string entries;
  for (const char* key : keys) {
    entries += fmt::format(R"({}"{}":{{"auth":"{}"}})", entries.empty() ? "" : ",", key,
                           auth(std::string(key) + ":p"));
  }
  return R"({"auths":{)" + entries + "}}";
}

// shows: R-152 R-153 R-154 R-155 R-156
TEST(DockerConfig, TheLongestPathComesFirst) {
  EXPECT_EQ(found(several({"quay.io", "quay.io/coreos"}), "quay.io/coreos/etcd"),
            "quay.io/coreos:p quay.io:p");
  EXPECT_EQ(found(several({"quay.io", "quay.io/coreos"}), "quay.io/coreosx/etcd"),
            "quay.io/coreos:p quay.io:p");
  EXPECT_EQ(found(several({"quay.io", "quay.io/coreos"}), "quay.io/other"), "quay.io:p");
  EXPECT_EQ(found(several({"corp.io/team/app", "corp.io/team", "corp.io"}), "corp.io/team/app"),
            "corp.io/team/app:p corp.io/team:p corp.io:p");
  EXPECT_EQ(found(several({"*.corp.io", "a.corp.io"}), "a.corp.io/x"), "a.corp.io:p *.corp.io:p");
  EXPECT_EQ(found(several({"*.corp.io/team", "a.corp.io"}), "a.corp.io/team/x"),
            "a.corp.io:p *.corp.io/team:p");
  EXPECT_EQ(found(several({"index.docker.io", "docker.io/library"}), "docker.io/library/nginx"),
            "docker.io/library:p");
  EXPECT_EQ(found(several({"index.docker.io", "docker.io/team"}), "docker.io/library/nginx"),
            "index.docker.io:p");
  EXPECT_EQ(found(several({"docker.io"}), "docker.io/foo/bar"), "docker.io:p");
}

TEST(DockerConfig, KeepsSeveralEntriesOfOneKey) {
  const std::string json =
      fmt::format(R"({{"auths":{{"https://a.io":{{"auth":"{}"}},"a.io":{{"auth":"{}"}}}}}})",
                  auth("host:1"), auth("exact:2"));
  EXPECT_EQ(found(json, "a.io"), "exact:2 host:1");
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
  EXPECT_EQ(config->find("a.io", "x").front()->identity_token.reveal(), "id");
  EXPECT_EQ(config->find("b.io", "x").front()->registry_token.reveal(), "rt");
}

class BadEntries : public ::testing::TestWithParam<const char*> {};
TEST_P(BadEntries, AreLeftOutWithAWarningThatDoesNotRepeatThem) {
  const std::string json = fmt::format(R"({{"auths":{{"bad.io":{},"good.io":{{"auth":"{}"}}}}}})",
                                       GetParam(), auth("u:p"));
  const auto config = DockerConfig::parse(json);
  ASSERT_THAT(config, IsOk());
  EXPECT_TRUE(config->find("bad.io", "x").empty());
  EXPECT_EQ(config->find("good.io", "x").size(), 1U);
  ASSERT_EQ(config->warnings().size(), 1U);
  EXPECT_NE(config->warnings()[0].find("bad.io"), std::string::npos);
  EXPECT_EQ(config->warnings()[0].find("SECRET"), std::string::npos);
}
INSTANTIATE_TEST_SUITE_P(
    Table, BadEntries,
    ::testing::Values(R"({"auth":"U0VDUkVU"})", R"({"auth":"SECRET!"})", R"({"auth":5})",
                      R"("SECRET")", "[]", R"({"auth":"dTpw","Auth":"dTpw"})",
                      R"({"username":["SECRET"]})", R"({"registrytoken":"SECRET\r\nX: y"})",
                      R"({"registrytoken":"SECRET SECRET"})", R"({"registrytoken":"SECRETé"})"));

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
  EXPECT_TRUE(config->find("a.io", "x").empty());
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
