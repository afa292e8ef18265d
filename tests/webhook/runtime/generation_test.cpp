// A configuration with everything that it names: what is refused, and that all of it is told at
// once.
#include "runtime/generation.hpp"

#include <gmock/gmock.h>
#include <openssl/bio.h>
#include <openssl/pem.h>

#include <filesystem>

#include "crypto/hash.hpp"
#include "oci/digest.hpp"
#include "server/tls_context.hpp"
#include "support/pki.hpp"
#include "support/temporary_folder.hpp"

namespace countersign::runtime {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kPolicy = R"({"version":"1.0","trustPolicies":[{"name":"all",
  "registryScopes":["*"],"signatureVerification":{"level":"strict"},
  "trustStores":["ca:shop"],"trustedIdentities":["*"]}]})";

std::string key_pem(const testing::Key& key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  EXPECT_EQ(PEM_write_bio_PrivateKey(out.get(), key.handle, nullptr, nullptr, 0, nullptr, nullptr),
            1);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

class LoadGeneration : public ::testing::Test {
 protected:
  void SetUp() override {
    folder.write("policy.json", std::string(kPolicy));
    const testing::Key& root = testing::key(testing::KeyKind::kP256);
    folder.write("ca.pem",
                 testing::pem("CERTIFICATE", testing::CertificateBuilder().ca().sign_with(root)));
  }
  auto load(const std::string& text) {
    folder.write("c.yaml", "apiVersion: countersign.dev/v1alpha1\nkind: Configuration\n" + text);
    return load_generation(folder.path("c.yaml"));
  }
  std::string problems(const std::string& text) { return load(text).problems().to_string(); }
  std::vector<std::string> warnings(const std::string& text) {
    const auto generation = load(text);
    EXPECT_TRUE(generation) << generation.problems().to_string();
    return generation ? (*generation)->warnings : std::vector<std::string>{};
  }

  const std::string trust =
      "trust: {policy: policy.json, stores: [{type: ca, name: shop, files: [ca.pem]}]}\n";
  testing::TemporaryFolder folder;
};

TEST_F(LoadGeneration, TakesWhatIsRight) { EXPECT_EQ(problems(trust), ""); }

TEST_F(LoadGeneration, TellsTheProblemsOfFileAndFilesAndContentsAtOnce) {
  folder.write("policy.json", R"({"version":"9"})");
  const std::string got = problems(
      "trust: {policy: policy.json, stores: [{type: ca, name: shop, files: [gone.pem]}]}\n"
      "registries: [{match: r.example, credentials: {dockerConfig: docker.json}}]\n"
      "unheardOf: 1\n");
  EXPECT_THAT(got, AllOf(HasSubstr("unheardOf"), HasSubstr("gone.pem"), HasSubstr("docker.json"),
                         HasSubstr("policy.json: "), HasSubstr("version")));
}

TEST_F(LoadGeneration, SaysNothingOfWhatOnlyFollows) {
  // The store is not there because its entry is wrong, which is what is told.
  EXPECT_THAT(
      problems("trust: {policy: policy.json, stores: [{type: cb, name: shop, files: [ca.pem]}]}\n"),
      AllOf(HasSubstr("cb"), Not(HasSubstr("does not exist"))));
  EXPECT_THAT(
      problems("trust: {policy: gone.json, stores: [{type: ca, name: shop, files: [ca.pem]}]}\n"),
      AllOf(HasSubstr("gone.json"), Not(HasSubstr("JSON")), Not(HasSubstr("named by no"))));
  EXPECT_THAT(
      problems(
          "trust: {policy: policy.json, stores: [{type: ca, name: other, files: [ca.pem]}]}\n"),
      AllOf(HasSubstr("\"shop\" of type \"ca\" does not exist"), HasSubstr("named by no")));
}

TEST_F(LoadGeneration, NamesTheFileOfBrokenCredentials) {
  folder.write("docker.json", "{\"auths\": ");
  EXPECT_THAT(
      problems(trust +
               "registries: [{match: r.example, credentials: {dockerConfig: docker.json}}]\n"),
      HasSubstr("docker.json: not valid JSON"));
}

TEST_F(LoadGeneration, RefusesAServingCertificateThatHasExpired) {
  const auto serving = server::make_self_signed("localhost").value();
  folder.write("tls.crt", serving.certificate_pem);
  folder.write("tls.key", serving.key_pem);
  const std::string tls = "server: {tls: {certificate: tls.crt, key: tls.key}}\n";
  EXPECT_EQ(problems(trust + tls), "");
  const testing::Key& key = testing::key(testing::KeyKind::kP256, 1);
  folder.write("tls.crt", testing::pem("CERTIFICATE", testing::CertificateBuilder()
                                                          .of(key)
                                                          .valid("200101000000Z", "210601000000Z")
                                                          .sign_with(key)));
  folder.write("tls.key", key_pem(key));
  EXPECT_THAT(problems(trust + tls), HasSubstr("server.tls.certificate has expired on 2021-"));
}

TEST_F(LoadGeneration, WarnsOfRulesThatOpenADoor) {
  const auto rules = [&](const std::string& fallback, const std::string& match,
                         const std::string& action) {
    return warnings(trust + "enforcement: {default: {action: " + fallback +
                    "}, rules: [{name: r, match: {" + match + "}, action: " + action + "}]}\n");
  };
  const auto skips = ElementsAre(HasSubstr("rule \"r\" skips every image"));
  EXPECT_THAT(rules("enforce", "namespaces: ['*']", "skip"), skips);
  EXPECT_THAT(rules("enforce", "images: ['**']", "skip"), skips);
  EXPECT_THAT(rules("enforce", "namespaces: [ci], images: ['**']", "skip"), IsEmpty());
  EXPECT_THAT(rules("enforce", "namespaces: ['*']", "audit"), IsEmpty());
  EXPECT_THAT(rules("audit", "images: ['shop.example/**']", "enforce"),
              ElementsAre(HasSubstr("rule \"r\" enforces by image")));
  EXPECT_THAT(rules("audit", "namespaces: [shop]", "enforce"), IsEmpty());
  EXPECT_THAT(rules("enforce", "images: ['shop.example/**']", "enforce"), IsEmpty());
}

TEST_F(LoadGeneration, OpensThePluginsPrograms) {
  const std::string program =
      "\x7F"
      "ELF for a test";
  const auto digest =
      std::string(oci::Digest::of(crypto::HashAlgorithm::kSha256, as_bytes(program)).hex());
  folder.write("plugins/good", program);
  folder.write("plugins/script", "#!/bin/sh\n");
  for (const char* each : {"plugins/good", "plugins/script"})
    std::filesystem::permissions(folder.path(each), std::filesystem::perms::owner_all);
  const auto entry = [](const std::string& name, const std::string& path,
                        const std::string& sha256) {
    return "  - {name: " + name + ", path: " + path + ", sha256: \"" + sha256 +
           "\", environment: {A: b}, timeout: 1s}\n";
  };
  const auto loaded = load(trust + "plugins:\n" + entry("a", "plugins/good", digest));
  ASSERT_TRUE(loaded) << loaded.problems().to_string();
  const plugin::Plugin* got = (*loaded)->plugins->find("a");
  ASSERT_NE(got, nullptr);
  EXPECT_EQ(got->environment, std::vector<std::string>{"A=b"});
  EXPECT_EQ(got->timeout, std::chrono::seconds(1));
  EXPECT_EQ((*loaded)->plugins->find("b"), nullptr);

  const std::string other(64, '0');
  const std::string file = folder.path("c.yaml");
  EXPECT_EQ(problems(trust + "plugins:\n" + entry("a", "plugins/good", other) +
                     entry("b", "plugins/gone", digest) + entry("c", "plugins/script", digest) +
                     entry("d", "policy.json", digest)),
            file + ":5:21: plugin \"a\": plugins/good: has the digest " + digest + ", and " +
                other + " is listed\n" + file +
                ":6:21: plugin \"b\": plugins/gone: no such file or folder\n" + file +
                ":7:21: plugin \"c\": plugins/script: is a script; want an ELF program, as the "
                "digest of a script says nothing of its interpreter\n" +
                file + ":8:21: plugin \"d\": policy.json: may not be executed\n");
}

}  // namespace
}  // namespace countersign::runtime
