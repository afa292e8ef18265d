// What one repository's answers do to another's: nothing, on whatever worker.
#include "adapters/registry/client_fixture.hpp"

namespace countersign::registry {
namespace {

struct Evil {
  std::string name;
  http::Response answer;
};

/// Two workers that share what is learnt, and a registry that is healthy but for "evil/*".
class Neighbours : public RegistryClientTest, public ::testing::WithParamInterface<Evil> {
 protected:
  Neighbours() {
    options_.memory = &memory_;
    options_.retry.max_attempts = 2;
    other_ = std::make_unique<RegistryMachinery>(transport_, tasks_, options_);
  }
  /// An image of a stranger's repository is asked for everything.
  void attack(RegistryMachinery& machinery, const std::string& repository) {
    RegistryClient attacker(machinery, Endpoints::make(settings_));
    for (const char* method : {"HEAD ", "GET "})
      transport_.on(method + ("https://r.io/v2/" + repository + "/manifests/v1"),
                    GetParam().answer);
    const std::string listing =
        "GET https://r.io/v2/" + repository + "/referrers/" + sha256(image_).to_string();
    for (const std::string& each :
         {listing, listing + "?artifactType=application%2Fvnd.cncf.notary.signature"})
      transport_.on(each, GetParam().answer);
    const auto image = reference("r.io/" + repository + ":v1");
    static_cast<void>(run(context_, attacker.resolve(image, soon())).has_value());
    static_cast<void>(
        run(context_, attacker.list_signatures(image, subject(), soon())).has_value());
  }
  /// The whole verification of the victim's image.
  void expect_served(RegistryMachinery& machinery, int round) {
    RegistryClient victim(machinery, Endpoints::make(settings_));
    EXPECT_THAT(run(context_, everything(victim, soon())), IsOk()) << "round " << round;
  }

  Memory memory_;
  std::unique_ptr<RegistryMachinery> other_;
};

// shows: R-211 R-212 R-213 R-216
TEST_P(Neighbours, AreServedWhateverAnotherAnswers) {
  static_cast<void>(client());
  for (int round = 0; round < 12; ++round) {
    for (const char* repository : {"evil/a", "evil/b", "evil/c", "evil/d"}) {
      attack(*machinery_, repository);
      attack(*other_, repository);
    }
    expect_served(*machinery_, round);
    expect_served(*other_, round);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Table, Neighbours,
    ::testing::Values(Evil{"ServerError", answer(500)}, Evil{"Unavailable", answer(503)},
                      Evil{"UnavailableForAMinute", answer(503, "", {{"retry-after", "60"}})},
                      Evil{"Limited", answer(429)},
                      Evil{"LimitedForAMinute", answer(429, "", {{"retry-after", "60"}})},
                      Evil{"UsedUp", answer(200, "{}", {{"ratelimit-remaining", "0;w=21600"}})},
                      Evil{"UsedUpAndMissing",
                           answer(404, "", {{"ratelimit-remaining", "0;w=21600"}})},
                      Evil{"Html", answer(200, "<html>", {{"content-type", "text/html"}})},
                      Evil{"Missing", not_found()},
                      Evil{"MissingInFront", answer(404, "default backend")},
                      Evil{"Forbidden", answer(403, "<html>")},
                      Evil{"Denied", answer(403, R"({"errors":[{"code":"DENIED"}]})")},
                      Evil{"Upstream", answer(424)}, Evil{"NoMethod", answer(405)},
                      Evil{"Away", redirect_to("https://github.com/", 302)}),
    [](const auto& each) { return each.param.name; });

TEST_F(RegistryClientTest, ARegistryThatCannotBeReachedIsLeftAloneByAll) {
  Memory memory;
  options_.memory = &memory;
  RegistryMachinery other(transport_, tasks_, options_);
  transport_.on(head_, Error(Outcome::kRegistryUnreachable, "CONNECT_FAILED", ""));
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(resolve());
  RegistryClient elsewhere(other, Endpoints::make(settings_));
  EXPECT_THAT(run(context_, elsewhere.resolve(reference("r.io/other/app:v1"), soon())),
              FailsWith(Outcome::kRegistryUnreachable, "CIRCUIT_OPEN"));
}

// Projects on one host may have token servers of their own.
TEST_F(RegistryClientTest, AHintOfOneRepositoryDoesNotMisleadAnother) {
  const auto project = [&](const std::string& name) {
    const std::string token = "https://auth-" + name + ".io/token?service=" + name +
                              "&scope=repository%3A" + name + "%2Fapp%3Apull";
    transport_.on("GET " + token, answer(200, R"({"token":")" + name + R"("})"));
    for (const char* method : {"HEAD ", "GET "}) {
      transport_.on(method + ("https://r.io/v2/" + name + "/app/manifests/v1"),
                    [this, name](const http::Request& request) -> Result<http::Response> {
                      if (FakeTransport::authorization(request) == "Bearer " + name) {
                        return answer(200, "",
                                      {{"docker-content-digest", sha256(image_).to_string()},
                                       {"content-length", std::to_string(image_.size())},
                                       {"content-type", kManifestType}});
                      }
                      return answer(
                          401, "",
                          {{"www-authenticate",
                            R"(Bearer realm="https://auth-)" + name + R"(.io/token",service=")" +
                                name + R"(",scope="repository:)" + name + R"(/app:pull")"}});
                    });
    }
  };
  project("a");
  project("b");
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(resolve("r.io/a/app:v1"), IsOk());
    EXPECT_THAT(resolve("r.io/b/app:v1"), IsOk());
  }
}

}  // namespace
}  // namespace countersign::registry
