#pragma once
/// The program's inside without sockets: generations from memory, registries that answer by a
/// clock, reviews as text.

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/wakeup.hpp"
#include "runtime/generation.hpp"
#include "support/fake_registry.hpp"
#include "support/jws_builder.hpp"

namespace countersign::runtime::testing {

namespace fakes = countersign::testing;

/// One chain for all: every call of make_chain signs anew, and trust is a matter of bytes.
inline const fakes::Chain& signers() {
  static const fakes::Chain chain = fakes::make_chain();
  return chain;
}

/// Trusts the chain above for every repository. The names of its statement and of its only rule end
/// in its number.
inline GenerationPtr generation_of(std::uint64_t number,
                                   config::OnOutage on_outage = config::OnOutage::kDeny) {
  const std::string digits = std::to_string(number);
  config::Materials materials;
  materials.policy.source = "policy.json";
  materials.policy.json = R"({"version":"1.0","trustPolicies":[{"name":"statement-)" + digits +
                          R"(","registryScopes":["*"],"signatureVerification":{"level":"strict"},)"
                          R"("trustStores":["ca:shop"],"trustedIdentities":["*"]}]})";
  const std::string pem = fakes::pem("CERTIFICATE", signers().ders.back());
  const BytesView bytes = as_bytes(pem);
  materials.stores.emplace(
      trust::StoreId{trust::StoreType::kCa, "shop"},
      config::StoreMaterial{
          std::vector<trust::StoreFile>{{"root.pem", {bytes.begin(), bytes.end()}}}, {}});
  config::Configuration configuration;
  configuration.enforcement.on_outage = on_outage;
  config::RuleConfig rule;
  rule.name = "rule-" + digits;
  rule.action = admission::Action::kEnforce;
  configuration.enforcement.rules.push_back(rule);
  auto built = build_generation(std::move(configuration), std::move(materials));
  if (!built) throw std::runtime_error(built.problems().to_string());
  auto generation = std::make_shared<Generation>(**built);
  generation->number = number;
  return generation;
}

inline std::string image_of(std::string_view repository) {
  return "shop.example/" + std::string(repository) + "@" + std::string(fakes::kTestImageDigest);
}

/// A CREATE of a Pod with these images.
inline std::string pod_review(const std::vector<std::string>& images,
                              std::string_view uid = "u-1") {
  std::string containers;
  for (std::size_t i = 0; i < images.size(); ++i) {
    containers += (i > 0 ? "," : "") + std::string(R"({"name":"c)") + std::to_string(i) +
                  R"(","image":")" + images[i] + R"("})";
  }
  return R"({"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":")" +
         std::string(uid) +
         R"(","kind":{"group":"","version":"v1","kind":"Pod"},)"
         R"("resource":{"group":"","version":"v1","resource":"pods"},"name":"web",)"
         R"("namespace":"shop","operation":"CREATE","userInfo":{},"object":{"apiVersion":"v1",)"
         R"("kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[)" +
         containers + R"(]}},"oldObject":null,"dryRun":false}})";
}

/// A registry that takes its time, by a clock, and knows one signature for everything or none.
class SlowRegistry final : public ports::Registry {
 public:
  SlowRegistry(Clock& clock, std::chrono::milliseconds pace) : clock_(clock), pace_(pace) {
    inner.add(fakes::JwsBuilder(signers()).build());
  }

  fakes::FakeRegistry inner;
  std::optional<Error> outage;  ///< what every question is answered with
  unsigned asked = 0;           ///< questions
  unsigned now = 0;             ///< under way
  unsigned most = 0;            ///< at one time

  Task<ports::Subject> resolve(oci::ImageReference image, Deadline deadline,
                               ports::Trace* trace) override {
    const Counted counted(*this);
    [[maybe_unused]] const bool slept = co_await sleep_for(clock_, pace_);
    if (outage) co_return *outage;
    auto answer = co_await inner.resolve(std::move(image), deadline, trace);
    co_return answer;
  }
  Task<ports::SignatureList> list_signatures(oci::ImageReference image, ports::Subject subject,
                                             Deadline deadline, ports::Trace* trace) override {
    const Counted counted(*this);
    [[maybe_unused]] const bool slept = co_await sleep_for(clock_, pace_);
    if (outage) co_return *outage;
    auto answer =
        co_await inner.list_signatures(std::move(image), std::move(subject), deadline, trace);
    co_return answer;
  }
  Task<ports::FetchedSignature> fetch_signature(oci::ImageReference image, ports::Subject subject,
                                                oci::Descriptor candidate, Deadline deadline,
                                                ports::Trace* trace) override {
    const Counted counted(*this);
    [[maybe_unused]] const bool slept = co_await sleep_for(clock_, pace_);
    if (outage) co_return *outage;
    auto answer = co_await inner.fetch_signature(std::move(image), std::move(subject),
                                                 std::move(candidate), deadline, trace);
    co_return answer;
  }

 private:
  struct Counted {
    explicit Counted(SlowRegistry& registry) : self(registry) {
      ++self.asked;
      self.most = std::max(self.most, ++self.now);
    }
    ~Counted() { --self.now; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    SlowRegistry& self;
  };

  Clock& clock_;
  std::chrono::milliseconds pace_;
};

/// Keeps the lines of log.
class LinesSink final : public ops::LogSink {
 public:
  void write(ops::Level /*level*/, std::string_view line) override { lines.emplace_back(line); }
  std::vector<std::string> lines;
};

}  // namespace countersign::runtime::testing
