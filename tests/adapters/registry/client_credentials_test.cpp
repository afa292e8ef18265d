// Several credentials for one registry, tried in their order.
#include "adapters/registry/client_fixture.hpp"

namespace countersign::registry {
namespace {

/// Gives what it is told to.
class Chain final : public ports::CredentialSource {
 public:
  explicit Chain(Result<oci::CredentialChain> chain) : chain_(std::move(chain)) {}
  Task<oci::CredentialChain> of(ports::Access access, std::string registry, std::string repository,
                                Deadline /*deadline*/) override {
    asked.push_back(fmt::format("{} {} {}", access.id.value, registry, repository));
    co_return chain_;
  }
  std::vector<std::string> asked;

 private:
  Result<oci::CredentialChain> chain_;
};

oci::CredentialChain users(std::initializer_list<const char*> names) {
  oci::CredentialChain chain;
  for (const char* name : names) chain.push_back({.username = name, .password = Secret("pw")});
  return chain;
}

class ClientCredentials : public RegistryClientTest {
 protected:
  /// A registry that lets one user in by name and password.
  void lets_in(const std::string& user, long refusal = 401) {
    const std::string wanted = "Basic " + to_base64(as_bytes(user + ":pw"));
    transport_.on(head_,
                  [this, wanted, refusal](const http::Request& request) -> Result<http::Response> {
                    const std::string given = FakeTransport::authorization(request);
                    if (given == wanted) {
                      return answer(200, "",
                                    {{"docker-content-digest", sha256(image_).to_string()},
                                     {"content-length", std::to_string(image_.size())},
                                     {"content-type", kManifestType}});
                    }
                    const long status = given.empty() ? 401 : refusal;
                    return answer(status, "", {{"www-authenticate", R"(Basic realm="r.io")"}});
                  });
  }
  std::shared_ptr<Chain> with(Result<oci::CredentialChain> chain) {
    auto source = std::make_shared<Chain>(std::move(chain));
    credentials_ = source;
    return source;
  }
};

TEST_F(ClientCredentials, TheNextIsTriedWhereOneIsRefused) {
  for (const long refusal : {401L, 403L, 404L}) {
    machinery_.reset();
    lets_in("third", refusal);
    const auto source = with(users({"first", "second", "third"}));
    EXPECT_THAT(resolve(), IsOk()) << refusal;
    EXPECT_EQ(source->asked, std::vector<std::string>{"0 r.io team/app"});
  }
}

TEST_F(ClientCredentials, MoreThanThreeAreNotTried) {
  lets_in("fourth");
  with(users({"first", "second", "third", "fourth"}));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"));
}

// The first may not see it, the second sees nothing: that is no verdict on the image.
TEST_F(ClientCredentials, MissingForOneIsRefusedForAll) {
  const std::string first = "Basic " + to_base64(as_bytes("first:pw"));
  for (const std::string& each : {head_, get_}) {
    transport_.on(each, [&](const http::Request& request) -> Result<http::Response> {
      const std::string given = FakeTransport::authorization(request);
      if (given.empty() || given == first)
        return answer(401, "", {{"www-authenticate", R"(Basic realm="r.io")"}});
      return not_found();
    });
  }
  with(users({"first", "second"}));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"));
  with(users({"second", "third"}));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kImageNotFound, "NOT_FOUND"));
}

TEST_F(ClientCredentials, NoneMeansAnonymous) {
  lets_in("somebody");
  with(oci::CredentialChain());
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnauthorized, "UNAUTHENTICATED"));
  for (const auto& each : transport_.asked) EXPECT_EQ(FakeTransport::authorization(each), "");
}

TEST_F(ClientCredentials, ASourceThatFailsFailsTheQuestion) {
  with(Error(Outcome::kRegistryUnreachable, "CONNECT_FAILED", "no tokens today"));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnreachable, "CONNECT_FAILED"));
  EXPECT_TRUE(transport_.asked.empty());
}

TEST_F(ClientCredentials, AnOutageIsNotAnsweredWithAnotherCredential) {
  transport_.on(head_, answer(500));
  transport_.on(get_, answer(500));
  options_.retry.max_attempts = 1;
  const auto source = with(users({"first", "second"}));
  EXPECT_THAT(resolve(), FailsWith(Outcome::kRegistryUnreachable, "SERVER_ERROR"));
  EXPECT_EQ(transport_.asked.size(), 1U);
}

}  // namespace
}  // namespace countersign::registry
