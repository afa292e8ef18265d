#pragma once
/// A registry client before a registry that has one image and one signature.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "adapters/registry/fake_transport.hpp"
#include "adapters/registry/pure_support.hpp"
#include "adapters/registry/referrers.hpp"
#include "adapters/registry/registry_client.hpp"
#include "adapters/run_task.hpp"
#include "support/matchers.hpp"

namespace countersign::registry {

using std::chrono::milliseconds;
using testing::FailsWith;
using testing::IsOk;
using testing::run;

inline const std::string kTokenUrl =
    "https://r.io/token?service=r.io&scope=repository%3Ateam%2Fapp%3Apull";

inline Deadline soon() { return Deadline::after(std::chrono::seconds(5)); }
inline oci::ImageReference reference(std::string_view text) {
  return *oci::ImageReference::parse(text);
}

class Recorder final : public ports::Observer {
 public:
  void on_exchange(std::string_view registry, ports::ExchangeKind kind, long status,
                   std::chrono::steady_clock::duration /*duration*/) noexcept override {
    seen.push_back(fmt::format("{} {} {}", registry, name(kind), status));
  }
  std::vector<std::string> seen;
};

/// A registry with one image and one signature, behind tokens.
class RegistryClientTest : public ::testing::Test {
 protected:
  RegistryClientTest() {
    envelope_ = "envelope";
    image_ = fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{{}},"layers":[]}})",
                         kManifestType);
    signature_ = fmt::format(
        R"({{"schemaVersion":2,"mediaType":"{}","artifactType":"{}","config":{{"mediaType":"application/vnd.oci.empty.v1+json"}},"layers":[{{"mediaType":"application/jose+json","digest":"{}","size":{}}}],"subject":{{"mediaType":"{}","digest":"{}","size":{}}}}})",
        kManifestType, kNotary, sha256(envelope_).to_string(), envelope_.size(), kManifestType,
        sha256(image_).to_string(), image_.size());
    head_ = "HEAD https://r.io/v2/team/app/manifests/v1";
    get_ = "GET https://r.io/v2/team/app/manifests/v1";
    referrers_ = "GET https://r.io/v2/team/app/referrers/" + sha256(image_).to_string() +
                 "?artifactType=application%2Fvnd.cncf.notary.signature";
    unfiltered_ = "GET https://r.io/v2/team/app/referrers/" + sha256(image_).to_string();
    tag_ = "GET https://r.io/v2/team/app/manifests/" + referrers_tag(sha256(image_));
    manifest_ = "GET https://r.io/v2/team/app/manifests/" + sha256(signature_).to_string();
    blob_ = "GET https://r.io/v2/team/app/blobs/" + sha256(envelope_).to_string();

    put(head_, answer(200, "",
                      {{"docker-content-digest", sha256(image_).to_string()},
                       {"content-length", std::to_string(image_.size())},
                       {"content-type", kManifestType}}));
    put(get_, answer(200, image_, {{"content-type", kManifestType}}));
    put(referrers_,
        answer(200, index_of({signature_}),
               {{"content-type", kIndexType}, {"oci-filters-applied", "artifactType"}}));
    put(manifest_, answer(200, signature_, {{"content-type", kManifestType}}));
    put(blob_, answer(200, envelope_, {{"content-type", "application/octet-stream"}}));
    options_.retry = {.max_attempts = 3,
                      .base = milliseconds(1),
                      .cap = milliseconds(4),
                      .limited = milliseconds(1),
                      .reserve = milliseconds(50)};
    options_.jitter = [] { return 0.5; };
    options_.observer = &recorder_;
  }

  /// Answers only those who carry the token.
  void put(const std::string& what, http::Response response) {
    transport_.on(
        what,
        [this,
         response = std::move(response)](const http::Request& request) -> Result<http::Response> {
          if (!tokens_ || FakeTransport::authorization(request) == "Bearer " + token_)
            return response;
          return answer(
              401, "",
              {{"www-authenticate",
                R"(Bearer realm="https://r.io/token",service="r.io",scope="repository:team/app:pull")"}});
        });
  }
  void with_tokens() {
    tokens_ = true;
    transport_.on("GET " + kTokenUrl, answer(200, R"({"token":"T1","expires_in":300})"));
  }
  static std::string index_of(const std::vector<std::string>& manifests) {
    std::string entries;
    for (const std::string& each : manifests) {
      entries +=
          fmt::format(R"({}{{"mediaType":"{}","digest":"{}","size":{},"artifactType":"{}"}})",
                      entries.empty() ? "" : ",", kManifestType, sha256(each).to_string(),
                      each.size(), kNotary);
    }
    return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}})", kIndexType,
                       entries);
  }

  RegistryClient& client() {
    if (!machinery_) machinery_ = std::make_unique<RegistryMachinery>(transport_, tasks_, options_);
    // With the settings as they are now: tests change them on the way.
    clients_.push_back(
        std::make_unique<RegistryClient>(*machinery_, Endpoints::make(settings_), credentials_));
    return *clients_.back();
  }
  /// What verification does: resolve, list, fetch the first.
  static Task<ports::FetchedSignature> everything(RegistryClient& client, Deadline deadline) {
    const auto image = reference("r.io/team/app:v1");
    auto subject = co_await client.resolve(image, deadline);
    if (!subject) co_return std::move(subject).error();
    auto list = co_await client.list_signatures(image, *subject, deadline);
    if (!list) co_return std::move(list).error();
    if (list->candidates.empty() && list->incomplete) co_return *list->incomplete;
    if (list->candidates.empty()) co_return Error(Outcome::kUnsigned, "NO_SIGNATURE", "none");
    auto fetched =
        co_await client.fetch_signature(image, *subject, list->candidates.front(), deadline);
    co_return fetched;
  }
  Result<ports::FetchedSignature> run_everything() {
    return run(context_, everything(client(), soon()));
  }
  Result<ports::Subject> resolve(std::string_view text = "r.io/team/app:v1") {
    return run(context_, client().resolve(reference(text), soon()));
  }
  Result<ports::SignatureList> list() {
    return run(context_,
               client().list_signatures(reference("r.io/team/app:v1"), subject(), soon()));
  }
  [[nodiscard]] ports::Subject subject() const {
    return {.digest = sha256(image_), .media_type = kManifestType, .size = image_.size()};
  }
  void with_password() {
    settings_.default_credentials =
        oci::DockerConfig::of("r.io", {.username = "user", .password = Secret("SECRET")});
  }

  asio::io_context context_{1};
  FakeTransport transport_;
  Settings settings_;
  std::shared_ptr<ports::CredentialSource> credentials_;  ///< null: those of the settings
  Recorder recorder_;
  Options options_;
  TaskSet tasks_{context_.get_executor(), real_clock(), {}};
  std::unique_ptr<RegistryMachinery> machinery_;
  std::vector<std::unique_ptr<RegistryClient>> clients_;
  std::string envelope_, image_, signature_;
  std::string head_, get_, referrers_, unfiltered_, tag_, manifest_, blob_;
  bool tokens_ = false;
  std::string token_ = "T1";
};

inline http::Response redirect_to(std::string target, long status = 307) {
  auto response = answer(status, "", {{"location", target}});
  response.redirect_url = std::move(target);
  return response;
}

}  // namespace countersign::registry
