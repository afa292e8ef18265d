// Signatures that need a plugin, from the envelope to the verdict.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/fake_registry.hpp"
#include "support/jws_builder.hpp"
#include "support/matchers.hpp"
#include "support/timestamp_builder.hpp"
#include "verify/engine.hpp"
#include "verify/judge.hpp"

namespace countersign::verify {
namespace {

using countersign::testing::FakeRegistry;
using countersign::testing::JwsBuilder;
using trust::StoreId;
using trust::StoreType;
using Json = nlohmann::json;

constexpr const char* kPluginHeader = "io.cncf.notary.verificationPlugin";
constexpr const char* kMinVersionHeader = "io.cncf.notary.verificationPluginMinVersion";
const std::string kName = "com.example.plugin";
const std::string kIdentity = "SIGNATURE_VERIFIER.TRUSTED_IDENTITY";
const std::string kRevocation = "SIGNATURE_VERIFIER.REVOCATION_CHECK";

/// A plugin, and a record of what it was asked. As it starts it stands in for both checks, finds
/// nothing wrong and processes all that it is given.
struct FakePlugin {
  Json capabilities = {kIdentity, kRevocation};
  std::string version = "1.0.0";
  Json identity = {{"success", true}};
  Json revocation = {{"success", true}};
  bool processes = true;
  std::optional<Result<PluginOutput>> at_metadata;  ///< instead
  std::optional<Result<PluginOutput>> at_verify;    ///< instead
  std::vector<std::string> asked;                   ///< commands; checks after the second

  Result<PluginOutput> run(const PluginCall& call) {
    EXPECT_EQ(call.plugin, kName);
    asked.emplace_back(name(call.command));
    const Json request = Json::parse(call.request);
    if (call.command == PluginCommand::kGetMetadata) {
      EXPECT_EQ(request, Json::object());
      if (at_metadata) return *at_metadata;
      return said({{"name", kName},
                   {"description", "d"},
                   {"version", version},
                   {"url", "u"},
                   {"supportedContractVersions", {"1.0"}},
                   {"capabilities", capabilities}});
    }
    Json results = Json::object();
    for (const std::string check : request["trustPolicy"]["signatureVerification"]) {
      asked.back() += check == kIdentity ? " identity" : " revocation";
      results[check] = check == kIdentity ? identity : revocation;
    }
    if (at_verify) return *at_verify;
    return said({{"verificationResults", results},
                 {"processedAttributes",
                  processes ? request["signature"]["unprocessedAttributes"] : Json::array()}});
  }
  static Result<PluginOutput> said(const Json& what) {
    return PluginOutput{.exit_status = 0, .out = what.dump(), .err = {}};
  }
};

/// As it starts, a signature that needs the plugin verifies at level strict.
struct Case {
  std::string level = "strict";
  std::string override_ = "{}";
  std::string identities = R"(["*"])";
  std::string now = "2026-06-01T00:00:00Z";
  std::function<void(JwsBuilder&)> jws{};
  std::function<void(FakePlugin&)> plugin{};
  bool listed = true;
  bool trusted = true;
  bool revocable = false;  ///< the certificates name a server
};

struct Judged {
  SignatureReport report;
  std::vector<std::string> asked;
  unsigned revocation_asked = 0;
};

Judged judge(const Case& each) {
  testing::ChainSpec spec;
  if (each.revocable) {
    spec.leaf = [](auto& leaf) { leaf.with(testing::ocsp_responder("http://ocsp.example")); };
  }
  const testing::Chain chain = testing::make_chain(spec);
  JwsBuilder jws(chain);
  jws.attribute(kPluginHeader, '"' + kName + '"', true);
  if (each.jws) each.jws(jws);
  const std::string text = jws.build();
  const BytesView bytes = as_bytes(text);
  const auto parsed = trust::PolicyDocument::parse(
      R"({"version":"1.0","trustPolicies":[{"name":"shop","registryScopes":["*"],)"
      R"("signatureVerification":{"level":")" +
      each.level + R"(","override":)" + each.override_ +
      R"(},"trustStores":["ca:shop"],"trustedIdentities":)" + each.identities + "}]}");
  if (!parsed.document) ADD_FAILURE() << parsed.problems.front().message();
  const trust::Statement& statement = parsed.document->statements().front();
  trust::TrustStores stores;
  const testing::Chain other = testing::make_tsa_chain();
  stores.emplace(StoreId{StoreType::kCa, "shop"},
                 std::vector<x509::Certificate>{
                     *x509::Certificate::parse((each.trusted ? chain : other).ders.back())});
  const Subject subject{.digest = *oci::Digest::parse(testing::kTestImageDigest),
                        .media_type = std::string(testing::kTestImageType),
                        .size = testing::kTestImageSize};
  const Question question{
      .subject = subject,
      .statement = statement,
      .stores = stores,
      .now = *parse_rfc3339(each.now),
      .has_plugin = [&](std::string_view plugin) { return each.listed && plugin == kName; }};
  FakePlugin plugin;
  if (each.plugin) each.plugin(plugin);
  Judged judged;
  judged.report = judge_signature(
      "sha256:manifest",
      FetchedSignature{.media_type = "application/jose+json",
                       .envelope = {bytes.begin(), bytes.end()}},
      question,
      [&](const RevocationNeed&) {
        ++judged.revocation_asked;
        return revocation::ChainAnswer();
      },
      [&](const PluginCall& call) { return plugin.run(call); });
  judged.asked = plugin.asked;
  EXPECT_EQ(judged.report.outcome == Outcome::kVerified, judged.report.stopped_at == Step::kDone);
  return judged;
}

std::string code_of(const Case& each) { return std::string(code(judge(each).report.outcome)); }
CheckResult result_of(const Judged& judged, trust::Check check) {
  return judged.report.checks[static_cast<std::size_t>(check)].result;
}
using Asked = std::vector<std::string>;

TEST(PluginSignature, VerifiesByThePluginsWord) {
  // Neither the identity nor revocation would do by themselves.
  const Judged judged =
      judge({.identities = R"(["x509.subject: C=DE, ST=Berlin, O=Other"])", .revocable = true});
  EXPECT_EQ(judged.report.outcome, Outcome::kVerified) << judged.report.message;
  EXPECT_EQ(judged.asked, (Asked{"get-plugin-metadata", "verify-signature identity revocation"}));
  EXPECT_EQ(judged.revocation_asked, 0U);
  for (const CheckReport& check : judged.report.checks)
    EXPECT_EQ(check.result, CheckResult::kPassed) << trust::name(check.check);
}

TEST(PluginSignature, KeepsTheChecksThatThePluginDoesNotStandInFor) {
  const auto only = [](const std::string& check) {
    return [=](FakePlugin& plugin) { plugin.capabilities = {check}; };
  };
  const std::string other = R"(["x509.subject: C=DE, ST=Berlin, O=Other"])";
  const Judged identity = judge({.identities = other, .plugin = only(kRevocation)});
  EXPECT_EQ(identity.report.outcome, Outcome::kIdentityMismatch);
  EXPECT_EQ(identity.asked, (Asked{"get-plugin-metadata"}));

  const Judged revocation = judge({.plugin = only(kIdentity), .revocable = true});
  EXPECT_EQ(revocation.report.outcome, Outcome::kRevocationUnknown);
  EXPECT_EQ(revocation.revocation_asked, 1U);
  EXPECT_EQ(revocation.asked, (Asked{"get-plugin-metadata"}));

  const Judged good = judge({.plugin = only(kIdentity)});
  EXPECT_EQ(good.report.outcome, Outcome::kVerified);
  EXPECT_EQ(good.asked, (Asked{"get-plugin-metadata", "verify-signature identity"}));
}

TEST(PluginSignature, FailsByThePluginsWord) {
  const Judged identity = judge({.plugin = [](FakePlugin& plugin) {
    plugin.identity = {{"success", false}, {"reason", "profile\nis revoked"}};
    plugin.revocation = {{"success", false}, {"reason", "that too"}};
  }});
  EXPECT_EQ(identity.report.outcome, Outcome::kIdentityMismatch);
  EXPECT_EQ(identity.report.stopped_at, Step::kIdentity);
  EXPECT_EQ(identity.report.message,
            "the check of the trusted identity by verification plugin \"com.example.plugin\" "
            "failed: profile\\nis revoked");
  EXPECT_EQ(result_of(identity, trust::Check::kAuthenticity), CheckResult::kFailed);

  const Judged revocation = judge({.plugin = [](FakePlugin& plugin) {
    plugin.revocation = {{"success", false}, {"reason", "signing job revoked"}};
  }});
  EXPECT_EQ(revocation.report.outcome, Outcome::kRevoked);
  EXPECT_EQ(revocation.report.stopped_at, Step::kRevocation);
  EXPECT_EQ(revocation.report.message,
            "the check of revocation by verification plugin \"com.example.plugin\" failed: signing "
            "job revoked");
  EXPECT_EQ(result_of(revocation, trust::Check::kAuthenticity), CheckResult::kPassed);
  EXPECT_EQ(result_of(revocation, trust::Check::kRevocation), CheckResult::kFailed);
}

TEST(PluginSignature, LogsFindingsWhereThePolicySaysSo) {
  const Judged judged = judge({
      .level = "audit",
      .plugin =
          [](FakePlugin& plugin) {
            plugin.identity = {{"success", false}, {"reason", "a"}};
            plugin.revocation = {{"success", false}, {"reason", "b"}};
          },
  });
  EXPECT_EQ(judged.report.outcome, Outcome::kVerified);
  ASSERT_EQ(judged.report.warnings.size(), 2U);
  EXPECT_THAT(judged.report.warnings[0],
              ::testing::AllOf(::testing::StartsWith("authenticity was set to \"log\""),
                               ::testing::EndsWith("failed: a")));
  EXPECT_THAT(judged.report.warnings[1],
              ::testing::AllOf(::testing::StartsWith("revocation was set to \"log\""),
                               ::testing::EndsWith("failed: b")));
}

// shows: N-539
TEST(PluginSignature, OfAStrangerStartsNoProcess) {
  for (const char* level : {"strict", "audit"}) {
    const Judged judged = judge({.level = level, .trusted = false});
    EXPECT_EQ(judged.report.outcome, level == std::string("strict") ? Outcome::kUntrustedSigner
                                                                    : Outcome::kPluginRequired);
    EXPECT_TRUE(judged.asked.empty());
    EXPECT_EQ(judged.revocation_asked, 0U);
  }
}

/// Whatever the level: that the plugin could not be asked is no finding of it.
// shows: N-403
TEST(PluginSignature, IsDeniedAtEveryLevelWithoutItsPlugin) {
  for (const char* level : {"strict", "permissive", "audit"}) {
    const Judged missing = judge({.level = level, .listed = false});
    EXPECT_EQ(missing.report.outcome, Outcome::kPluginRequired) << level;
    EXPECT_EQ(missing.report.stopped_at, Step::kPlugin);
    EXPECT_EQ(missing.report.message,
              "the signature requires verification plugin \"com.example.plugin\", which is not "
              "configured here");
    EXPECT_TRUE(missing.asked.empty());
    const auto broken = [](std::optional<Result<PluginOutput>> FakePlugin::* where) {
      return [=](FakePlugin& plugin) {
        plugin.*where = Result<PluginOutput>(PluginOutput{.exit_status = 1, .out = {}, .err = {}});
      };
    };
    EXPECT_EQ(code_of({.level = level, .plugin = broken(&FakePlugin::at_metadata)}), "CS109");
    EXPECT_EQ(code_of({.level = level, .plugin = broken(&FakePlugin::at_verify)}), "CS109");
    EXPECT_EQ(code_of({.level = level, .plugin = [](auto& plugin) { plugin.version = "1"; }}),
              "CS109");
    EXPECT_EQ(code_of({.level = level, .plugin = [](auto& plugin) { plugin.identity = nullptr; }}),
              "CS109");
  }
}

TEST(PluginSignature, EndsAsItsPluginsRunEnds) {
  for (const Outcome outcome : {Outcome::kDeadlineExceeded, Outcome::kOverloaded,
                                Outcome::kPluginRequired, Outcome::kInternalError}) {
    const Result<PluginOutput> error = Error(outcome, "TEST", "that is why");
    for (const char* level : {"strict", "audit"}) {
      const Judged early =
          judge({.level = level, .plugin = [&](auto& plugin) { plugin.at_metadata = error; }});
      EXPECT_EQ(early.report.outcome, outcome);
      EXPECT_EQ(early.report.message, "that is why");
      EXPECT_EQ(early.asked.size(), 1U);
      const Judged late =
          judge({.level = level, .plugin = [&](auto& plugin) { plugin.at_verify = error; }});
      EXPECT_EQ(late.report.outcome, outcome);
      EXPECT_EQ(late.asked.size(), 2U);
      EXPECT_EQ(result_of(late, trust::Check::kAuthenticity), CheckResult::kNotReached);
      EXPECT_EQ(result_of(late, trust::Check::kRevocation), CheckResult::kNotReached);
    }
  }
}

// shows: N-409
TEST(PluginSignature, NeedsThePluginsVersion) {
  const auto minimum = [](const char* version) {
    return [=](JwsBuilder& jws) {
      jws.attribute(kMinVersionHeader, testing::json_string(version), true);
    };
  };
  EXPECT_EQ(code_of({.jws = minimum("1.0.0")}), "CS000");
  EXPECT_EQ(code_of({.jws = minimum("1.0.0-alpha.beta")}), "CS000");
  EXPECT_EQ(code_of({.jws = minimum("1.0.1")}), "CS109");
  EXPECT_EQ(code_of({.jws = minimum("1.1.0-alpha")}), "CS109");
}

// shows: N-141
TEST(PluginSignature, NeedsEveryCriticalAttributeProcessed) {
  const auto attribute = [](JwsBuilder& jws) { jws.attribute("com.example.x", "7", true); };
  const auto forgets = [](FakePlugin& plugin) { plugin.processes = false; };
  EXPECT_EQ(code_of({.jws = attribute}), "CS000");
  EXPECT_EQ(code_of({.jws = attribute, .plugin = forgets}), "CS109");
  EXPECT_EQ(code_of({.level = "audit", .jws = attribute, .plugin = forgets}), "CS109");
  EXPECT_EQ(code_of({.jws = [](auto& jws) { jws.attribute("com.example.x", "7", false); },
                     .plugin = forgets}),
            "CS000");
}

/// A plugin that would only check revocation is asked about attributes even so.
TEST(PluginSignature, HasItsAttributesProcessedWhereRevocationIsSkipped) {
  const auto attribute = [](JwsBuilder& jws) { jws.attribute("com.example.x", "7", true); };
  Case each{.override_ = R"({"revocation":"skip"})", .plugin = [](FakePlugin& plugin) {
              plugin.capabilities = {kRevocation};
              plugin.revocation = {{"success", false}, {"reason", "never asked"}};
            }};
  const Judged without = judge(each);
  EXPECT_EQ(without.report.outcome, Outcome::kVerified);
  EXPECT_EQ(without.asked, (Asked{"get-plugin-metadata"}));
  EXPECT_EQ(result_of(without, trust::Check::kRevocation), CheckResult::kSkipped);
  each.jws = attribute;
  const Judged with = judge(each);
  EXPECT_EQ(with.report.outcome, Outcome::kVerified);
  EXPECT_EQ(with.asked, (Asked{"get-plugin-metadata", "verify-signature"}));
}

TEST(PluginSignature, StartsNoPluginThatCannotHelp) {
  const Judged untrusted = judge({.trusted = false});
  EXPECT_EQ(untrusted.report.outcome, Outcome::kUntrustedSigner);
  EXPECT_TRUE(untrusted.asked.empty());
  const Judged tampered = judge({.jws = [](auto& jws) { jws.payload_text("e30"); }});
  EXPECT_EQ(tampered.report.outcome, Outcome::kSignatureInvalid);
  EXPECT_TRUE(tampered.asked.empty());
  const Judged expired = judge({.jws = [](auto& jws) { jws.expiry("2026-05-01T00:00:00Z"); }});
  EXPECT_EQ(expired.report.outcome, Outcome::kSignatureExpired);
  EXPECT_EQ(expired.asked, (Asked{"get-plugin-metadata"}));
}

/// Integrity, descriptor and the rest stay ours.
TEST(PluginSignature, IsForItsImageOnly) {
  EXPECT_EQ(
      code_of(
          {.jws =
               [](JwsBuilder& jws) {
                 jws.payload(
                     R"({"targetArtifact":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","size":517}})");
               }}),
      "CS104");
}

TEST(PluginSignature, IsNotHelpedByAnAnswerThatNobodyAskedFor) {
  const testing::Chain chain = testing::make_chain();
  JwsBuilder jws(chain);
  jws.attribute(kPluginHeader, '"' + kName + '"', true);
  const std::string text = jws.build();
  const BytesView bytes = as_bytes(text);
  const auto parsed = trust::PolicyDocument::parse(
      R"({"version":"1.0","trustPolicies":[{"name":"shop","registryScopes":["*"],)"
      R"("signatureVerification":{"level":"strict"},"trustStores":["ca:shop"],)"
      R"("trustedIdentities":["*"]}]})");
  trust::TrustStores stores;
  stores.emplace(StoreId{StoreType::kCa, "shop"},
                 std::vector<x509::Certificate>{*x509::Certificate::parse(chain.ders.back())});
  const Subject subject{.digest = *oci::Digest::parse(testing::kTestImageDigest),
                        .media_type = std::string(testing::kTestImageType),
                        .size = testing::kTestImageSize};
  const Question question{.subject = subject,
                          .statement = parsed.document->statements().front(),
                          .stores = stores,
                          .now = *parse_rfc3339("2026-06-01T00:00:00Z"),
                          .has_plugin = [](std::string_view) { return true; }};
  SignatureJudgement judgement("sha256:manifest",
                               FetchedSignature{.media_type = "application/jose+json",
                                                .envelope = {bytes.begin(), bytes.end()}},
                               question);
  ASSERT_NE(judgement.need(), nullptr);
  judgement.supply(revocation::ChainAnswer());  // dropped
  ASSERT_NE(judgement.need(), nullptr);
  ASSERT_TRUE(std::holds_alternative<PluginNeed>(*judgement.need()));
  EXPECT_EQ(std::get<PluginNeed>(*judgement.need()).call.command, PluginCommand::kGetMetadata);
  // The second answer in place of the first.
  judgement.supply_output(FakePlugin::said(
      {{"verificationResults", {{kIdentity, {{"success", true}}}}}, {"processedAttributes", {}}}));
  EXPECT_EQ(judgement.need(), nullptr);
  judgement.supply_output(FakePlugin::said(Json::object()));
  const SignatureReport report = std::move(judgement).report();
  EXPECT_EQ(report.outcome, Outcome::kPluginRequired);
}

// ------------------------------------------------------------------------------------- the engine

class FakePlugins final : public Plugins {
 public:
  FakePlugin plugin;
  std::vector<Deadline> deadlines;

  [[nodiscard]] bool has(std::string_view name) const override { return name == kName; }
  Task<PluginOutput> run(PluginCall call, Deadline deadline) override {
    deadlines.push_back(deadline);
    co_return plugin.run(call);
  }
};

std::shared_ptr<const TrustMaterial> material(const testing::Chain& chain) {
  auto trusted = std::make_shared<TrustMaterial>();
  trusted->policy = *trust::PolicyDocument::parse(
                         R"({"version":"1.0","trustPolicies":[{"name":"shop","registryScopes":)"
                         R"(["*"],"signatureVerification":{"level":"strict"},)"
                         R"("trustStores":["ca:shop"],"trustedIdentities":["*"]}]})")
                         .document;
  trusted->stores.emplace(
      StoreId{StoreType::kCa, "shop"},
      std::vector<x509::Certificate>{*x509::Certificate::parse(chain.ders.back())});
  return trusted;
}

TEST(Engine, RunsThePluginThatASignatureNeeds) {
  const testing::Chain chain = testing::make_chain();
  FakeRegistry registry;
  registry.add(JwsBuilder(chain).attribute(kPluginHeader, '"' + kName + '"', true).build());
  const auto image =
      oci::parse_image("shop.example/cart@" + std::string(testing::kTestImageDigest));
  const auto ask = std::make_shared<const Ask>(Ask{.image = *image});
  const Terms terms{.trust = material(chain)};
  const Deadline deadline = Deadline::after(std::chrono::milliseconds(10'000));

  FakePlugins plugins;
  const Sources with{.registry = registry, .plugins = &plugins};
  Engine engine([] { return *parse_rfc3339("2026-06-01T00:00:00Z"); });
  const Verdict verdict = testing::run(engine.verify(ask, terms, with, deadline));
  EXPECT_EQ(verdict.outcome, Outcome::kVerified) << verdict.message;
  EXPECT_EQ(plugins.plugin.asked.size(), 2U);
  ASSERT_EQ(plugins.deadlines.size(), 2U);
  EXPECT_EQ(plugins.deadlines.front().at(), deadline.at());

  EXPECT_EQ(testing::run(engine.verify(ask, terms, {.registry = registry}, deadline)).outcome,
            Outcome::kPluginRequired);

  plugins.plugin.at_verify = Error(Outcome::kDeadlineExceeded, "TEST", "too slow");
  const Verdict slow = testing::run(engine.verify(ask, terms, with, deadline));
  EXPECT_EQ(slow.outcome, Outcome::kDeadlineExceeded);
  EXPECT_EQ(slow.message, "too slow");
}

}  // namespace
}  // namespace countersign::verify
