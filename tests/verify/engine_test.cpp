// What is asked of a registry, in which order, and what each failure of it ends in.
#include "verify/engine.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "support/fake_registry.hpp"

namespace countersign::verify {
namespace {

using namespace std::chrono_literals;
using countersign::testing::FakeRegistry;
using countersign::testing::JwsBuilder;
using countersign::testing::run;
using oci::parse_image;

using Calls = std::vector<std::string>;

const std::string kImage = "shop.example/cart@" + std::string(testing::kTestImageDigest);
const std::string kTagged = "shop.example/cart:2.0";

/// One chain for all: every call of make_chain signs anew, and trust is a matter of bytes.
const testing::Chain& signers() {
  static const testing::Chain chain = testing::make_chain();
  return chain;
}

std::shared_ptr<const Ask> ask_for(const std::string& image) {
  return std::make_shared<const Ask>(Ask{.image = *parse_image(image)});
}

class Engines : public ::testing::Test {
 protected:
  static std::shared_ptr<const TrustMaterial> material(std::string_view level,
                                                       const testing::Chain& trusted = signers()) {
    const std::string lists = level == "skip"
                                  ? R"("trustStores":[],"trustedIdentities":[])"
                                  : R"("trustStores":["ca:shop"],"trustedIdentities":["*"])";
    const std::string json =
        R"({"version":"1.0","trustPolicies":[{"name":"shop","registryScopes":["shop.example/cart"],)"
        R"("signatureVerification":{"level":")" +
        std::string(level) + R"("},)" + lists + "}]}";
    auto out = std::make_shared<TrustMaterial>();
    out->policy = *trust::PolicyDocument::parse(json).document;
    out->stores.emplace(trust::StoreId{trust::StoreType::kCa, "shop"},
                        std::vector{*x509::Certificate::parse(trusted.ders.back())});
    return out;
  }

  Verdict verify(const std::string& image = kImage, Deadline deadline = Deadline::after(1h)) {
    Engine engine([] { return *parse_rfc3339("2026-06-01T00:00:00Z"); });
    return run(engine.verify(ask_for(image),
                             {.trust = material(level_), .max_signatures = max_signatures_},
                             {.registry = registry_}, deadline));
  }
  std::string judged(const std::string& image = kImage) {
    return std::string(code(verify(image).outcome));
  }

  FakeRegistry registry_;
  std::string level_ = "strict";
  std::size_t max_signatures_ = 100;
  std::string good_ = JwsBuilder(signers()).build();
  std::string tampered_ = JwsBuilder(signers()).payload_text("e30").build();
  std::string other_image_ = JwsBuilder(signers()).payload("{}").build();
};

// shows: N-1 N-48
TEST_F(Engines, AskInOrderAndStopAtTheFirstSuccess) {
  registry_.add(good_).add(good_);
  EXPECT_EQ(judged(), "CS000");
  EXPECT_EQ(registry_.calls, (Calls{"resolve", "list", "fetch 0"}));
  registry_.calls.clear();
  const Verdict verdict = verify(kTagged);
  EXPECT_EQ(verdict.outcome, Outcome::kVerified);
  EXPECT_EQ(verdict.digest, testing::kTestImageDigest);
  EXPECT_EQ(verdict.repository, "shop.example/cart");
  EXPECT_EQ(verdict.statement, "shop");
  EXPECT_EQ(verdict.signatures.size(), 1U);
  EXPECT_EQ(registry_.calls, (Calls{"resolve", "list", "fetch 0"}));
}

class FakeRevocation final : public RevocationSource {
 public:
  revocation::ChainAnswer answer;
  std::vector<Deadline> asked;

  asio::awaitable<revocation::ChainAnswer, Executor> statuses_of(
      revocation::ChainQuestion /*question*/, Deadline deadline) override {
    asked.push_back(deadline);
    co_return answer;
  }
};

TEST_F(Engines, AskAboutRevocationBetweenTheSteps) {
  const testing::Chain chain = testing::make_chain(
      {.leaf = [](auto& leaf) { leaf.with(testing::ocsp_responder("http://ocsp.example")); }});
  registry_.add(JwsBuilder(chain).build());
  level_ = "audit";
  FakeRevocation source;
  const Deadline deadline = Deadline::after(1h);
  const auto result = [&](RevocationSource* asked) {
    Engine engine([] { return *parse_rfc3339("2026-06-01T00:00:00Z"); });
    const Verdict verdict =
        run(engine.verify(ask_for(kImage), {.trust = material(level_, chain)},
                          {.registry = registry_, .revocation = asked}, deadline));
    return verdict.signatures.front().checks.back().result;
  };
  EXPECT_EQ(result(nullptr), CheckResult::kFailed);
  EXPECT_EQ(result(&source), CheckResult::kFailed);
  source.answer.assign(3, {.status = countersign::revocation::Status::kGood});
  EXPECT_EQ(result(&source), CheckResult::kPassed);
  ASSERT_EQ(source.asked.size(), 2U);
  EXPECT_EQ(source.asked[0].at(), deadline.at());
}

// shows: N-24 N-396 N-412
TEST_F(Engines, AskNothingWhenThePolicySkips) {
  level_ = "skip";
  registry_.add(tampered_).add(
      JwsBuilder(signers()).attribute("io.cncf.notary.verificationPlugin", "\"p\"", true).build());
  registry_.before = [](const std::string&) { throw std::runtime_error("unreachable"); };
  const Verdict verdict = verify();
  EXPECT_EQ(verdict.outcome, Outcome::kSkipped);
  EXPECT_EQ(verdict.message, "the trust policy statement \"shop\" asks for no verification");
  EXPECT_TRUE(verdict.signatures.empty());
  EXPECT_EQ(registry_.calls, Calls{});
}

// shows: N-357 N-358
TEST_F(Engines, AskNothingWhenNoStatementApplies) {
  registry_.add(good_);
  for (const auto image : {"shop.example/cart/other:1", "shop.example/car:1",
                           "shop.example:5000/cart:1", "nginx", "[::1]/cart:1"}) {
    const Verdict verdict = verify(image);
    EXPECT_EQ(verdict.outcome, Outcome::kNoPolicy) << image;
    EXPECT_EQ(verdict.statement, "");
  }
  EXPECT_EQ(registry_.calls, Calls{});
}

// shows: N-4
TEST_F(Engines, RefuseADigestThatWasNotAskedFor) {
  registry_.add(good_);
  EXPECT_EQ(judged("shop.example/cart@sha256:" + std::string(64, 'b')), "CS205");
  EXPECT_EQ(registry_.calls, Calls{"resolve"});
}

// shows: N-21 N-22 N-23
TEST_F(Engines, DenyUnsignedAtEveryLevelButSkip) {
  for (const auto level : {"strict", "permissive", "audit"}) {
    level_ = level;
    EXPECT_EQ(judged(), "CS101") << level;
  }
}

// shows: N-54
TEST_F(Engines, DoNotLookForSignaturesOfWhatAnIndexNames) {
  // The one signature that there is belongs to an image of the index, and the index is what was
  // asked for.
  registry_.subject->media_type = "application/vnd.oci.image.index.v1+json";
  EXPECT_EQ(judged(), "CS101");
  ASSERT_EQ(registry_.listed.size(), 1U);
  EXPECT_EQ(registry_.listed[0].media_type, "application/vnd.oci.image.index.v1+json");
  EXPECT_EQ(registry_.listed[0].digest.to_string(), testing::kTestImageDigest);
  // A registry that lists it all the same does not help: its payload names another artifact.
  registry_.add(good_);
  EXPECT_EQ(judged(), "CS104");
}

TEST_F(Engines, AnswerAnOutageForAListThatMayHaveMore) {
  registry_.list->incomplete = Error(Outcome::kRegistryUnreachable, "SERVER_ERROR", "500");
  EXPECT_EQ(judged(), "CS204");
  registry_.add(good_);
  EXPECT_EQ(judged(), "CS000");
}

// shows: N-47 N-49
TEST_F(Engines, GoOnAfterACandidateThatFails) {
  registry_.add(tampered_)
      .add(Error(Outcome::kRegistryMisbehaved, "NOT_FOUND", "404"))
      .add(Error(Outcome::kSignatureInvalid, "ST-5", "want exactly one signature envelope"))
      .add("", "application/vnd.oci.image.layer.v1.tar")
      .add(good_);
  const Verdict verdict = verify();
  EXPECT_EQ(verdict.outcome, Outcome::kVerified);
  EXPECT_EQ(verdict.signatures.size(), 5U);
  EXPECT_EQ(registry_.calls,
            (Calls{"resolve", "list", "fetch 0", "fetch 1", "fetch 2", "fetch 3", "fetch 4"}));
}

// shows: N-50
TEST_F(Engines, DenyWithEveryReasonWhenAllFail) {
  registry_.add(tampered_)
      .add(other_image_)
      .add(Error(Outcome::kRegistryMisbehaved, "NOT_FOUND", "404"));
  const Verdict verdict = verify();
  EXPECT_EQ(verdict.outcome, Outcome::kRegistryMisbehaved) << "one stayed undecided";
  ASSERT_EQ(verdict.signatures.size(), 3U);
  EXPECT_EQ(verdict.signatures[2].message, "404");
  EXPECT_TRUE(verdict.signatures[1].message.starts_with("content descriptor mismatch"));
}

// Whom nobody trusts costs a fetch and a comparison, so that strangers do not hide the good one.
TEST_F(Engines, CountOnlySignaturesOfTrustedSigners) {
  const std::string stranger = JwsBuilder(testing::self_signed()).build();
  max_signatures_ = 2;
  for (int i = 0; i < 10; ++i) registry_.add(stranger);
  registry_.add(good_);
  EXPECT_EQ(verify().outcome, Outcome::kVerified);
  registry_.calls.clear();
  for (int i = 0; i < 20; ++i)
    registry_.list->candidates.insert(registry_.list->candidates.begin(),
                                      registry_.list->candidates.front());
  const Verdict verdict = verify();
  EXPECT_EQ(verdict.outcome, Outcome::kUntrustedSigner);
  EXPECT_EQ(registry_.calls.size(), 2 + kFetchesPerSignature * max_signatures_);
  EXPECT_NE(verdict.message.find("stopped early at 20 signatures, 11 more"), std::string::npos)
      << verdict.message;
}

TEST_F(Engines, TryKnownSignersFirst) {
  const std::string stranger = JwsBuilder(testing::self_signed()).build();
  registry_.add(stranger).add(stranger).add(good_);
  const auto root = x509::Certificate::parse(signers().ders.back());
  registry_.list->candidates.back().chain_thumbprints = "[\"" + root->thumbprint() + "\"]";
  EXPECT_EQ(verify().outcome, Outcome::kVerified);
  EXPECT_EQ(registry_.calls, (Calls{"resolve", "list", "fetch 2"}));
}

// shows: N-550
TEST_F(Engines, StopWhenChecksOrProcessorTimeAreUsedUp) {
  level_ = "audit";
  for (int i = 0; i < 60; ++i)
    registry_.add(JwsBuilder(testing::make_chain()).payload("{}").build());
  registry_.add(good_);
  const Verdict checks = verify();
  EXPECT_EQ(checks.outcome, Outcome::kDeadlineExceeded);
  EXPECT_EQ(checks.reason, Reason("BUDGET"));
  EXPECT_LE(checks.signatures.size(), kMaxLinkChecks / 2 + 1);
  EXPECT_GE(checks.signatures.size(), kMaxLinkChecks / 4);

  std::chrono::nanoseconds used{};
  Engine slow([] { return *parse_rfc3339("2026-06-01T00:00:00Z"); }, real_clock(),
              [&] { return used += std::chrono::milliseconds(30); });
  const Verdict time = run(slow.verify(ask_for(kImage), {.trust = material("strict")},
                                       {.registry = registry_}, Deadline::after(1h)));
  EXPECT_EQ(time.outcome, Outcome::kDeadlineExceeded);
  EXPECT_EQ(time.reason, Reason("BUDGET"));
  EXPECT_EQ(time.signatures.size(), 17U) << "30 ms each, until 500 are passed";
}

// What is remembered of a registry orders its questions; before a denial all of them are asked.
TEST_F(Engines, AskForTheRestBeforeTheyDeny) {
  registry_.add(tampered_).add_rest(good_);
  EXPECT_EQ(verify().outcome, Outcome::kVerified);
  EXPECT_EQ(registry_.calls, (Calls{"resolve", "list", "fetch 0", "rest", "fetch 1"}));

  registry_.calls.clear();
  registry_.list->candidates.clear();
  registry_.rest = Error(Outcome::kRegistryThrottled, "RATE_LIMITED", "429");
  EXPECT_EQ(verify().outcome, Outcome::kRegistryThrottled) << "never unsigned";

  FakeRegistry junk;
  max_signatures_ = 2;
  for (int i = 0; i < 5; ++i)
    junk.add(Error(Outcome::kSignatureInvalid, ports::kNotASignature, "no"));
  junk.add(good_);
  Engine patient;
  EXPECT_EQ(run(patient.verify(ask_for(kImage),
                               {.trust = material("strict"), .max_signatures = max_signatures_},
                               {.registry = junk}, Deadline::after(1h)))
                .outcome,
            Outcome::kVerified)
      << "what is no signature does not count";

  FakeRegistry enough;
  enough.add(good_).add_rest(good_);
  Engine engine;
  EXPECT_EQ(run(engine.verify(ask_for(kImage), {.trust = material("strict")}, {.registry = enough},
                              Deadline::after(1h)))
                .outcome,
            Outcome::kVerified);
  EXPECT_EQ(enough.calls, (Calls{"resolve", "list", "fetch 0"}));
}

// shows: N-52
TEST_F(Engines, StopAtTheLimitOfSignatures) {
  max_signatures_ = 1;
  registry_.add(tampered_);
  EXPECT_FALSE(verify().message.contains("stopped early"));
  registry_.add(good_);
  registry_.calls.clear();
  const Verdict verdict = verify();
  EXPECT_EQ(verdict.outcome, Outcome::kSignatureInvalid);
  EXPECT_TRUE(verdict.message.ends_with("; stopped early at 1 signatures, 1 more are listed"))
      << verdict.message;
  EXPECT_EQ(registry_.calls, (Calls{"resolve", "list", "fetch 0"}));
}

// A limit of 0 is a configuration error; should one get here, nothing is admitted.
TEST_F(Engines, AdmitNothingAtALimitOfNone) {
  max_signatures_ = 0;
  registry_.add(good_);
  EXPECT_EQ(judged(), "CS101");
  EXPECT_EQ(registry_.calls, (Calls{"resolve", "list"}));
}

TEST_F(Engines, FetchWhatTurnsOutToBeNoSignatureUpToALimit) {
  max_signatures_ = 2;
  const Error other(Outcome::kSignatureInvalid, "NOT_A_SIGNATURE", "an SBOM");
  for (int i = 0; i < 20; ++i) registry_.add(other);
  registry_.add(good_);
  const Verdict verdict = verify();
  EXPECT_EQ(verdict.outcome, Outcome::kUnsigned);
  EXPECT_TRUE(verdict.message.ends_with(
      "(20 listed, none of them is one); stopped early at 20 signatures, 1 more are listed"))
      << verdict.message;
  EXPECT_TRUE(verdict.signatures.empty());
  max_signatures_ = 3;
  EXPECT_EQ(judged(), "CS000");
}

/// Fails each step in turn, each in every way that the registry has.
// shows: N-5
TEST_F(Engines, DenyWhateverStepBreaks) {
  const Outcome ways[] = {
      Outcome::kImageNotFound,     Outcome::kRegistryRefused,     Outcome::kRegistryUnauthorized,
      Outcome::kRegistryThrottled, Outcome::kRegistryUnreachable, Outcome::kRegistryMisbehaved,
      Outcome::kDeadlineExceeded,  Outcome::kOverloaded,          Outcome::kInternalError};
  for (const Outcome way : ways) {
    const Error error(way, "X-1", "broken");
    FakeRegistry resolving;
    resolving.subject = error;
    FakeRegistry listing;
    listing.list = error;
    FakeRegistry fetching;
    fetching.add(error).add(error);
    const bool late = way == Outcome::kDeadlineExceeded;
    const std::pair<FakeRegistry*, Calls> steps[] = {
        {&resolving, {"resolve"}},
        {&listing, {"resolve", "list"}},
        {&fetching, late ? Calls{"resolve", "list", "fetch 0"}
                         : Calls{"resolve", "list", "fetch 0", "fetch 1"}}};
    for (const auto& [registry, calls] : steps) {
      Engine engine;
      const Verdict verdict = run(engine.verify(ask_for(kImage), {.trust = material("strict")},
                                                {.registry = *registry}, Deadline::after(1h)));
      EXPECT_EQ(verdict.outcome, way) << calls.size();
      EXPECT_FALSE(verdict.message.empty());
      EXPECT_EQ(registry->calls, calls) << name(way);
    }
  }
}

// shows: N-413
TEST_F(Engines, DenyWhateverIsThrown) {
  registry_.add(good_);
  for (const std::string step : {"resolve", "list", "fetch 0"}) {
    registry_.calls.clear();
    registry_.before = [&](const std::string& call) {
      if (call == step) throw std::runtime_error("bug\n");
    };
    const Verdict verdict = verify();
    EXPECT_EQ(verdict.outcome, Outcome::kInternalError) << step;
    EXPECT_EQ(verdict.message, "bug\\n");
    EXPECT_EQ(registry_.calls.back(), step);
    registry_.before = [&](const std::string& call) {
      if (call == step) throw 7;
    };
    EXPECT_EQ(verify().outcome, Outcome::kInternalError) << step;
  }
}

TEST_F(Engines, DenyWithoutAClock) {
  registry_.add(good_);
  Engine engine(nullptr);
  EXPECT_EQ(run(engine.verify(ask_for(kImage), {.trust = material("strict")},
                              {.registry = registry_}, Deadline::after(1h)))
                .outcome,
            Outcome::kInternalError);
}

TEST_F(Engines, FetchNothingMoreOnceTheDeadlineHasPassed) {
  registry_.add(tampered_).add(Error(Outcome::kDeadlineExceeded, "TIMEOUT", "late")).add(good_);
  const Verdict verdict = verify();
  EXPECT_EQ(verdict.outcome, Outcome::kDeadlineExceeded);  // what is unread may be the good one
  EXPECT_EQ(registry_.calls, (Calls{"resolve", "list", "fetch 0", "fetch 1"}));

  FakeRegistry late;
  late.add(Error(Outcome::kDeadlineExceeded, "TIMEOUT", "late")).add(good_);
  Engine engine;
  EXPECT_EQ(run(engine.verify(ask_for(kImage), {.trust = material("strict")}, {.registry = late},
                              Deadline::after(1h)))
                .outcome,
            Outcome::kDeadlineExceeded);
  EXPECT_EQ(late.calls, (Calls{"resolve", "list", "fetch 0"}));
}

TEST_F(Engines, JudgeNothingMoreOnceTheDeadlineHasPassed) {
  registry_.add(good_);
  const Verdict verdict = verify(kImage, Deadline::after(-1ms));
  EXPECT_EQ(verdict.outcome, Outcome::kDeadlineExceeded);
  EXPECT_EQ(verdict.message, "not all signatures were judged in time");
  EXPECT_EQ(registry_.calls, (Calls{"resolve", "list"}));
}

TEST(InvalidReference, NamesNoRepository) {
  const auto bad = parse_image("Not An Image");
  ASSERT_FALSE(bad);
  const Verdict verdict = invalid_reference_verdict(bad.error());
  EXPECT_EQ(verdict.outcome, Outcome::kInvalidReference);
  EXPECT_EQ(verdict.repository, "");
}

}  // namespace
}  // namespace countersign::verify
