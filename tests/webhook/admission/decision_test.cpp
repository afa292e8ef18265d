#include "admission/decision.hpp"

#include <gmock/gmock.h>

#include "base/text.hpp"
#include "webhook/admission/pipeline.hpp"

namespace countersign::admission {
namespace {

using ::testing::AllOf;
using testing::answered;
using testing::container;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Json;
using ::testing::Not;
using testing::pod_review;
using testing::pod_with;
using testing::rule;
using testing::rules_of;
using ::testing::SizeIs;
using ::testing::StartsWith;

const Rules kWarn = rules_of(Action::kWarn);
const Rules kAudit = rules_of(Action::kAudit);

Json pod_of(const std::vector<std::string>& images) {
  Json containers = Json::array();
  for (std::size_t i = 0; i < images.size(); ++i) {
    containers.push_back(container("c" + std::to_string(i), images[i]));
  }
  return pod_review(Json{{"containers", containers}});
}
Json pod_of(std::size_t count, const std::string& image) {
  return pod_of(std::vector<std::string>(count, image));
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// shows: K-1
TEST(Decision, AllowsWhatIsVerified) {
  const auto got = answered(pod_with("signed.example/cart:2.0"));
  EXPECT_EQ(got.json["apiVersion"], "admission.k8s.io/v1");
  EXPECT_EQ(got.json["kind"], "AdmissionReview");
  EXPECT_EQ(got.response()["uid"], "0df28fbd-5f5f-11e8-bc74-36e6bb280816");
  EXPECT_EQ(got.response()["allowed"], true);
  for (const char* key : {"status", "patch", "patchType", "warnings"})
    EXPECT_FALSE(got.response().contains(key));
  EXPECT_EQ(got.annotation("verdict"), "allow");
  EXPECT_EQ(got.annotation("rule"), "default");
  EXPECT_EQ(got.decision.effect, Effect::kAllow);
  EXPECT_EQ(got.decision.outcome, Outcome::kVerified);
}

// shows: K-2
TEST(Decision, DeniesWhatIsUnsigned) {
  const auto got = answered(pod_with("unsigned.example/cart:2.0"));
  EXPECT_FALSE(got.allowed());
  EXPECT_EQ(got.message(),
            "Pod shop/web: container \"app\" unsigned.example/cart:2.0 (sha256:ab12cd34…): CS101 "
            "unsigned: no Notary "
            "Project signature for this digest; sign it: notation sign (trust policy \"shop\")");
  const Json& status = got.response()["status"];
  EXPECT_EQ(status["code"], 403);
  EXPECT_EQ(status["reason"], "Forbidden");
  EXPECT_EQ(status["status"], "Failure");
  EXPECT_EQ(status["details"]["causes"],
            Json::parse(R"([{"reason": "CS101", "field": "spec.containers[0].image",
                             "message": "unsigned: no Notary Project signature for this digest"}])"));
  EXPECT_EQ(got.annotation("verdict"), "deny");
  EXPECT_THAT(got.annotation("images"),
              StartsWith("unsigned.example/cart:2.0 CS101 unsigned sha256:ab12cd34"));
}

// shows: K-35
TEST(Decision, DeniesWhenTimeIsUp) {
  const auto got = answered(pod_with("slow.example/cart:2.0"));
  EXPECT_FALSE(got.allowed());
  EXPECT_EQ(got.response()["status"]["code"], 503);
  EXPECT_EQ(got.response()["status"]["reason"], "ServiceUnavailable");
  EXPECT_THAT(got.message(),
              HasSubstr("CS206 deadline-exceeded: verification did not end in time"));
  EXPECT_THAT(got.text, Not(HasSubstr("retryAfterSeconds")));
}

TEST(Decision, AdmitsWhenTimeIsUpInAuditAndWarn) {
  const auto audit = answered(pod_with("slow.example/cart:2.0"), kAudit);
  EXPECT_TRUE(audit.allowed());
  EXPECT_FALSE(audit.response().contains("warnings"));
  EXPECT_EQ(audit.annotation("verdict"), "would-deny");
  const auto warn = answered(pod_with("slow.example/cart:2.0"), kWarn);
  EXPECT_TRUE(warn.allowed());
  EXPECT_EQ(warn.annotation("verdict"), "would-deny");
  EXPECT_THAT(warn.response()["warnings"],
              ElementsAre("countersign would deny: CS206 deadline-exceeded: container \"app\" "
                          "slow.example/cart:2.0"));
}

struct CodeCase {
  std::string name;
  std::vector<std::string> images;
  int code;
  Outcome outcome;
};
class Codes : public ::testing::TestWithParam<CodeCase> {};

// Verdicts answer 403, also beside outages; only outages answer 503.
TEST_P(Codes, FollowWhatFailed) {
  const auto got = answered(pod_of(GetParam().images));
  EXPECT_EQ(got.response()["status"]["code"], GetParam().code);
  EXPECT_EQ(got.response()["status"]["reason"],
            GetParam().code == 403 ? "Forbidden" : "ServiceUnavailable");
  EXPECT_EQ(got.decision.outcome, GetParam().outcome);
  EXPECT_EQ(got.failed().size(),
            std::ranges::count_if(GetParam().images, [](const std::string& image) {
              return !image.starts_with("signed.");
            }));
}

INSTANTIATE_TEST_SUITE_P(
    Table, Codes,
    ::testing::Values(
        CodeCase{
            "Outage", {"down.example/a", "signed.example/b"}, 503, Outcome::kRegistryUnreachable},
        CodeCase{
            "Outages", {"down.example/a", "slow.example/b"}, 503, Outcome::kRegistryUnreachable},
        CodeCase{"OwnError", {"bug.example/a"}, 503, Outcome::kInternalError},
        CodeCase{"Verdict", {"revoked.example/a", "signed.example/b"}, 403, Outcome::kRevoked},
        CodeCase{
            "VerdictBeforeOutage", {"down.example/a", "revoked.example/b"}, 403, Outcome::kRevoked},
        CodeCase{"OutageBeforeUnsigned",
                 {"unsigned.example/a", "down.example/b"},
                 403,
                 Outcome::kRegistryUnreachable},
        CodeCase{
            "NearestToSuccess", {"other.example/a", "revoked.example/b"}, 403, Outcome::kRevoked},
        CodeCase{"InvalidBesideOutage",
                 {"down.example/a", "Not An Image"},
                 403,
                 Outcome::kInvalidReference}),
    [](const auto& each) { return each.param.name; });

TEST(Decision, NamesTheWinnerFirst) {
  const auto got = answered(pod_of({"unsigned.example/a", "down.example/b", "revoked.example/c"}));
  EXPECT_THAT(
      got.message(),
      StartsWith("Pod shop/web: container \"c2\" revoked.example/c (sha256:ab12cd34…): CS108"));
  EXPECT_THAT(got.message(),
              HasSubstr("\ncontainer \"c1\" down.example/b (sha256:ab12cd34…): CS204"));
  EXPECT_THAT(got.message(),
              HasSubstr("\ncontainer \"c0\" unsigned.example/a (sha256:ab12cd34…): CS101"));
}

// shows: K-126 K-127
TEST(Decision, FollowsTheMode) {
  const auto audit = answered(pod_with("unsigned.example/x"), kAudit);
  EXPECT_TRUE(audit.allowed());
  EXPECT_EQ(audit.annotation("verdict"), "would-deny");
  EXPECT_FALSE(audit.response().contains("warnings"));
  EXPECT_FALSE(audit.response().contains("status"));
  EXPECT_EQ(audit.decision.effect, Effect::kWouldDeny);
  EXPECT_EQ(audit.decision.outcome, Outcome::kUnsigned);

  const auto warn = answered(pod_with("unsigned.example/x"), kWarn);
  EXPECT_TRUE(warn.allowed());
  EXPECT_EQ(warn.annotation("verdict"), "would-deny");
  EXPECT_THAT(
      warn.response()["warnings"],
      ElementsAre("countersign would deny: CS101 unsigned: container \"app\" unsigned.example/x"));

  EXPECT_FALSE(answered(pod_with("unsigned.example/x"), rules_of(Action::kEnforce)).allowed());

  // A namespace's own mode.
  const Rules mixed = rules_of(Action::kEnforce, {rule("trial", {"shop"}, {}, Action::kWarn)});
  Json review = pod_with("unsigned.example/x");
  EXPECT_TRUE(answered(review, mixed).allowed());
  review["request"]["namespace"] = "other";
  EXPECT_FALSE(answered(review, mixed).allowed());
}

TEST(Decision, WarnsAlsoBesideADenial) {
  const Rules rules =
      rules_of(Action::kEnforce, {rule("trial", {}, {"unsigned.example/trial"}, Action::kWarn)});
  const auto got = answered(pod_of({"unsigned.example/trial", "unsigned.example/x"}), rules);
  EXPECT_FALSE(got.allowed());
  EXPECT_THAT(got.failed(), ElementsAre("spec.containers[1].image"));
  EXPECT_THAT(got.response()["warnings"], SizeIs(1));
  EXPECT_EQ(got.annotation("verdict"), "deny");
}

TEST(Decision, AdmitsOnlyVerifiedAndSkipped) {
  for (const OutcomeInfo& each : all_outcomes()) {
    const auto review = ReviewReader().read(pod_with("r.example/x").dump()).value();
    const auto planned = plan(review, Rules());
    std::vector<verdict::Verdict> verdicts(1);
    verdicts[0].outcome = each.outcome;
    const auto decision = decide(review, planned, verdicts);
    EXPECT_EQ(decision.allowed, each.kind == OutcomeClass::kNone) << each.name;
    if (!decision.allowed) {
      EXPECT_EQ(decision.code, each.kind == OutcomeClass::kOutage ? 503 : 403) << each.name;
      EXPECT_THAT(decision.message,
                  HasSubstr(std::string(each.code) + " " + std::string(each.name)));
    }
  }
}

TEST(Decision, DeniesWithoutItsVerdicts) {
  const auto review =
      ReviewReader().read(pod_of({"signed.example/a", "signed.example/b"}).dump()).value();
  const auto planned = plan(review, Rules());
  verdict::Verdict good;
  good.outcome = Outcome::kVerified;
  for (const auto& verdicts : {std::vector<verdict::Verdict>{}, std::vector<verdict::Verdict>{good},
                               std::vector<verdict::Verdict>(3, good)}) {
    const auto decision = decide(review, planned, verdicts);
    EXPECT_FALSE(decision.allowed);
    EXPECT_EQ(decision.code, 503);
    EXPECT_THAT(decision.message, HasSubstr("CS900 internal-error: the image was not verified"));
  }
  EXPECT_TRUE(decide(review, planned, std::vector<verdict::Verdict>(2, good)).allowed);
  // Nor with the plan of another review.
  EXPECT_FALSE(decide(review, Plan(), std::vector<verdict::Verdict>{}).allowed);
  EXPECT_FALSE(Decision().allowed);
  EXPECT_FALSE(decide(review, planned, std::vector<verdict::Verdict>(2)).allowed);
}

TEST(Decision, DeniesOverloadAndOwnErrorsWith503) {
  for (const auto outcome : {Outcome::kOverloaded, Outcome::kInternalError, Outcome::kVerified}) {
    auto review = ReviewReader().read(pod_with("signed.example/x").dump()).value();
    review.problem = Error(outcome, "test", "too many reviews at once");
    const auto got = answered(std::move(review), {});
    EXPECT_FALSE(got.allowed());
    EXPECT_EQ(got.response()["status"]["code"], 503);
  }
  // In audit mode nothing is denied.
  auto review = ReviewReader().read(pod_with("signed.example/x").dump()).value();
  review.problem = Error(Outcome::kOverloaded, "test", "too many reviews at once");
  EXPECT_TRUE(answered(std::move(review), kAudit).allowed());
}

TEST(Decision, WarnsOfProblemsInWarnMode) {
  Json review = pod_with("x");
  review["request"]["object"]["spec"]["containers"] = 1;
  const auto got = answered(review, kWarn);
  EXPECT_TRUE(got.allowed());
  EXPECT_THAT(got.response()["warnings"],
              ElementsAre("countersign would deny: CS302 unsupported-object: "
                          "request.object.spec.containers: want a list"));
  EXPECT_EQ(got.annotation("verdict"), "would-deny");
}

// shows: K-121
TEST(Warnings, AreTenAtMost) {
  const std::string longest = "unsigned.example/" + std::string(200, 'x');
  const auto ten = answered(pod_of(10, longest), kWarn);
  EXPECT_THAT(ten.response()["warnings"], SizeIs(10));
  EXPECT_THAT(ten.response()["warnings"][9], StartsWith("countersign would deny: CS101"));
  for (const std::size_t count : {std::size_t{11}, std::size_t{1000}}) {
    const auto got = answered(pod_of(count, longest), kWarn);
    const auto warnings = got.response()["warnings"].get<std::vector<std::string>>();
    ASSERT_THAT(warnings, SizeIs(10));
    EXPECT_EQ(warnings.back(),
              "countersign would deny: " + std::to_string(count - 9) + " more images");
    std::size_t total = 0;
    for (const auto& warning : warnings) {
      EXPECT_LE(warning.size(), 120U);
      total += warning.size();
    }
    EXPECT_LE(total, 4096U);
  }
}

/// The warnings if `change` is done to the verdict of each image.
template <class Change>
std::vector<std::string> notes_of(const std::vector<std::string>& images, Action action,
                                  Change change) {
  const Rules rules = rules_of(action, {});
  ReviewReader reader;
  const Review review = reader.read(pod_of(images).dump()).value();
  const Plan planned = plan(review, rules);
  std::vector<verdict::Verdict> verdicts;
  for (const auto& reference : planned.references) {
    verdicts.push_back(testing::fake_verdict(reference));
    change(verdicts.back());
  }
  return decide(review, planned, verdicts).warnings;
}

TEST(Warnings, TellWhatATrustPolicyOnlyLogs) {
  const auto logged = [](verdict::Verdict& verdict) {
    verdict.warnings = {"expiry was set to \"log\" and failed", "second"};
  };
  EXPECT_THAT(
      notes_of({"signed.example/a"}, Action::kEnforce, logged),
      ElementsAre("countersign: container \"c0\": expiry was set to \"log\" and failed (and "
                  "1 more)"));
  EXPECT_THAT(notes_of({"signed.example/a"}, Action::kAudit, logged), IsEmpty());
  // A denial says what it has to say in its message.
  EXPECT_THAT(notes_of({"unsigned.example/a"}, Action::kEnforce, logged), IsEmpty());
  EXPECT_THAT(notes_of({"unsigned.example/a", "signed.example/a"}, Action::kWarn, logged),
              ElementsAre(StartsWith("countersign would deny: CS101"),
                          StartsWith("countersign: container \"c1\": expiry")));
  const auto long_one = [](verdict::Verdict& verdict) {
    verdict.warnings = {std::string(500, 'x') + "\n"};
  };
  EXPECT_THAT(notes_of({"signed.example/a"}, Action::kEnforce, long_one),
              ElementsAre(::testing::SizeIs(kMaxWarningBytes)));
  EXPECT_THAT(notes_of(std::vector<std::string>(12, "signed.example/a"), Action::kEnforce, logged),
              SizeIs(kMaxWarnings));
}

// shows: R-244
TEST(Warnings, OfRegistriesAreTwoAtMostAndEachOnce) {
  const auto says = [](std::vector<std::string> texts) {
    return [texts = std::move(texts)](verdict::Verdict& verdict) {
      verdict.registry_warnings = texts;
    };
  };
  EXPECT_THAT(notes_of({"signed.example/a", "signed.example/b"}, Action::kEnforce, says({"old"})),
              ElementsAre("countersign: registry signed.example: old"));
  EXPECT_THAT(
      notes_of({"signed.example/a", "unsigned.example/b"}, Action::kEnforce, says({"old", "slow"})),
      ElementsAre("countersign: registry signed.example: old",
                  "countersign: registry signed.example: slow"));
  EXPECT_THAT(notes_of({"unsigned.example/a"}, Action::kEnforce, says({"old"})),
              ElementsAre("countersign: registry unsigned.example: old"));
  EXPECT_THAT(notes_of({"signed.example/a"}, Action::kAudit, says({"old"})), IsEmpty());
  EXPECT_THAT(notes_of({"signed.example/a"}, Action::kEnforce, says({std::string(500, 'x')})),
              ElementsAre(::testing::SizeIs(kMaxWarningBytes)));
}

// shows: K-122 K-123
TEST(Texts, AreSanitised) {
  const std::string evil = "evil\n\r\t\x1b[31m\x7f\u0085/x\u00e9\u4e2d\U0001f600";
  const Json spec = {{"containers", Json::array({container(evil, evil)})}};
  for (const Rules& rules : {Rules(), kWarn, kAudit}) {
    Json review = pod_review(spec);
    review["request"]["name"] = evil;
    review["request"]["namespace"] = evil;
    const auto got = answered(review, rules);
    std::vector<std::string> texts = {got.annotation("images"), got.annotation("rule")};
    if (!got.allowed()) {
      texts.push_back(got.message());
      texts.push_back(got.response()["status"]["details"]["causes"][0]["message"]);
    }
    if (got.response().contains("warnings")) texts.push_back(got.response()["warnings"][0]);
    for (const auto& text : texts) {
      EXPECT_FALSE(has_control(text)) << text;
      EXPECT_THAT(text, Not(HasSubstr("\u0085")));
      EXPECT_TRUE(is_valid_utf8(text));
    }
  }
}

TEST(Texts, OfVerdictsAreSanitised) {
  const auto review = ReviewReader().read(pod_with("r.example/x").dump()).value();
  const auto planned = plan(review, Rules());
  std::vector<verdict::Verdict> verdicts(1);
  verdicts[0].outcome = Outcome::kUntrustedSigner;
  verdicts[0].message = "CN=evil\n\xff\xfe\x01";
  verdicts[0].remedy = "do\nthis";
  verdicts[0].statement = "a\"\n";
  verdicts[0].digest = "sha256:\n";
  const auto decision = decide(review, planned, verdicts);
  EXPECT_FALSE(has_control(decision.message)) << decision.message;
  EXPECT_TRUE(is_valid_utf8(decision.message));
  EXPECT_THAT(decision.message, HasSubstr("CN=evil\\n??\\x01"));
}

// shows: K-124
TEST(Message, IsNeverTooLong) {
  for (const std::size_t count :
       {std::size_t{1}, std::size_t{3}, std::size_t{4}, std::size_t{50}, std::size_t{1024}}) {
    for (const std::string& image : {"unsigned.example/cart:2.0", "Not An Image"}) {
      const auto got = answered(pod_of(count, image));
      EXPECT_LE(got.message().size(), kMaxMessageBytes);
      EXPECT_THAT(got.message(), StartsWith("Pod shop/web: container \"c0\" "));
      EXPECT_THAT(got.failed(), SizeIs(count));
      const auto lines = std::ranges::count(got.message(), '\n');
      if (static_cast<std::size_t>(lines) + 1 < count) {
        EXPECT_THAT(
            got.message(),
            EndsWith("\nand " + std::to_string(count - static_cast<std::size_t>(lines)) + " more"));
      }
    }
  }
  const auto fifty = answered(pod_of(50, "unsigned.example/cart:2.0"));
  EXPECT_LE(fifty.response()["status"].dump().size(), 8192U);
}

// shows: K-123
TEST(Message, IsCutBetweenCodePoints) {
  for (std::size_t length = 0; length < 16; ++length) {
    std::string name(length, 'a');
    for (int i = 0; i < 500; ++i) name += "\U0001f600";
    Json review = pod_review(Json{{"containers", Json::array({container(name, name)})}});
    review["request"]["name"] = name;
    review["request"]["namespace"] = name;
    review["request"]["kind"]["kind"] = "Pod";
    for (const Rules& rules : {Rules(), kWarn}) {
      const auto got = answered(review, rules);
      const std::string text =
          got.allowed() ? got.response()["warnings"][0].get<std::string>() : got.message();
      EXPECT_TRUE(is_valid_utf8(text));
      EXPECT_LE(text.size(), got.allowed() ? kMaxWarningBytes : kMaxMessageBytes);
      EXPECT_TRUE(is_valid_utf8(got.annotation("images")));
    }
  }
}

TEST(Message, OfOneLongVerdictIsCut) {
  const auto review = ReviewReader().read(pod_of({"r.example/x", "r.example/y"}).dump()).value();
  const auto planned = plan(review, Rules());
  std::vector<verdict::Verdict> verdicts(2);
  for (auto& verdict : verdicts) {
    verdict.outcome = Outcome::kUntrustedSigner;
    verdict.message = std::string(5000, 'm');
    verdict.remedy = std::string(5000, 'r');
    verdict.statement = std::string(5000, 's');
  }
  const auto decision = decide(review, planned, verdicts);
  EXPECT_LE(decision.message.size(), kMaxMessageBytes);
  EXPECT_THAT(decision.message, EndsWith("\nand 1 more"));
}

TEST(Message, ShortensDigestsInReferences) {
  const std::string digest = "sha256:" + std::string(64, 'e');
  EXPECT_THAT(answered(pod_with("unsigned.example/cart:2.0@" + digest)).message(),
              StartsWith("Pod shop/web: container \"app\" "
                         "unsigned.example/cart:2.0@sha256:eeeeeeee… (sha256:ab12cd34…): "));
}

TEST(Message, NamesObjectsWithoutNamespace) {
  Json review = pod_with("unsigned.example/x");
  review["request"].erase("namespace");
  review["request"]["object"]["metadata"].erase("namespace");
  EXPECT_THAT(answered(review).message(), StartsWith("Pod web: container"));
}

// shows: K-125
TEST(Annotations, AreQualifiedAndShort) {
  std::vector<Rule> many;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "rule-with-a-long-name-" + std::to_string(i);
    many.push_back(rule(name, {}, {"unsigned.example/x" + std::to_string(i)}, Action::kAudit));
  }
  std::vector<std::string> images;
  for (int i = 0; i < 200; ++i) images.push_back("unsigned.example/x" + std::to_string(i));
  for (const auto& got : {answered(pod_of(images), rules_of(Action::kEnforce, std::move(many))),
                          answered(pod_of(images)), answered(pod_with("signed.example/x")),
                          answered(Review(), Rules())}) {
    for (const auto& [key, value] : got.response()["auditAnnotations"].items()) {
      EXPECT_THAT(key, ::testing::MatchesRegex("[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"));
      ASSERT_TRUE(value.is_string());
      EXPECT_LE(value.get<std::string>().size(), kMaxAnnotationBytes);
      EXPECT_FALSE(value.get<std::string>().empty());
    }
  }
  EXPECT_THAT(answered(pod_of(images)).annotation("images"), EndsWith(" more"));
}

// shows: K-128
TEST(Denial, NeverAsksForARetryOfTheClient) {
  for (const std::string& image :
       {"unsigned.example/x", "down.example/x", "slow.example/x", "bug.example/x", "X"}) {
    const auto got = answered(pod_with(image));
    EXPECT_FALSE(got.response()["status"]["details"].contains("retryAfterSeconds"));
    EXPECT_THAT(got.response()["status"]["code"].get<int>(), ::testing::AnyOf(403, 503));
    EXPECT_NE(got.response()["status"]["reason"], "Timeout");
  }
}

TEST(Decision, GivesEachImageItsPart) {
  const Rules rules =
      rules_of(Action::kEnforce, {rule("mcr", {}, {"mcr.microsoft.com/**"}, Action::kSkip),
                                  rule("trial", {}, {"unsigned.example/**"}, Action::kAudit)});
  const auto got = answered(
      pod_of({"mcr.microsoft.com/x", "unsigned.example/x", "signed.example/x", "down.example/x"}),
      rules);
  const auto& images = got.decision.images;
  ASSERT_THAT(images, SizeIs(4));
  EXPECT_EQ(images[0].effect, Effect::kSkip);
  EXPECT_EQ(images[0].skip, SkipReason::kRule);
  EXPECT_EQ(images[0].verdict, nullptr);
  EXPECT_EQ(images[1].effect, Effect::kWouldDeny);
  EXPECT_EQ(images[1].rule, "trial");
  EXPECT_EQ(images[1].action, Action::kAudit);
  EXPECT_EQ(images[2].effect, Effect::kAllow);
  ASSERT_NE(images[2].verdict, nullptr);
  EXPECT_EQ(images[2].verdict->repository, "signed.example/x");
  EXPECT_EQ(images[3].effect, Effect::kDeny);
  EXPECT_EQ(images[3].outcome, Outcome::kRegistryUnreachable);
  EXPECT_EQ(got.decision.action, Action::kEnforce);
  EXPECT_EQ(name(Effect::kWouldDeny), "would-deny");
}

TEST(Decision, CountsATrustPolicysSkipAsSkipped) {
  const auto review = ReviewReader().read(pod_with("r.example/x").dump()).value();
  std::vector<verdict::Verdict> verdicts(1);
  verdicts[0].outcome = Outcome::kSkipped;
  const auto decision = decide(review, plan(review, Rules()), verdicts);
  EXPECT_TRUE(decision.allowed);
  EXPECT_EQ(decision.effect, Effect::kSkip);
}

/// A Pod of two images, of which the first is out because of `outcome` and verified before.
struct Bridged {
  explicit Bridged(Outcome outcome, const Rules& its_rules = {}, Outcome other = Outcome::kVerified)
      : rules(its_rules),
        review(ReviewReader().read(pod_of({"a.example/a", "b.example/b"}).dump()).value()),
        planned(plan(review, rules)),
        verdicts(2) {
    verdicts[0].outcome = outcome;
    verdicts[1].outcome = other;
  }
  [[nodiscard]] Decision decided() const {
    auto answers = answers_of(verdicts);
    answers[0].age = std::chrono::seconds(61);
    return decide(review, planned, std::span<const verdict::Answer>(answers));
  }

  Rules rules;
  Review review;
  Plan planned;
  std::vector<verdict::Verdict> verdicts;
};

TEST(Decision, AdmitsWhatVerifiedBeforeInFourOutages) {
  for (const OutcomeInfo& each : all_outcomes()) {
    if (admits(each.outcome)) continue;
    const bool bridged = verdict::may_be_bridged(each.outcome);
    const Bridged pod(each.outcome);
    const Decision decision = pod.decided();
    EXPECT_EQ(decision.allowed, bridged) << each.code;
    EXPECT_EQ(decision.effect, bridged ? Effect::kAllow : Effect::kDeny) << each.code;
    EXPECT_EQ(decision.outcome, each.outcome) << each.code;
  }
}

TEST(Decision, SaysThatAnOutageWasBridged) {
  const Bridged pod(Outcome::kRegistryUnreachable);
  const Decision decision = pod.decided();
  EXPECT_THAT(decision.warnings,
              ElementsAre("countersign: container \"c0\": CS204 registry-unreachable; admitted: "
                          "verified less than 2 min ago"));
  EXPECT_THAT(decision.annotations.images,
              StartsWith("a.example/a CS204 registry-unreachable last-good; b.example/b CS000"));
  EXPECT_EQ(decision.annotations.verdict, "allow");
  EXPECT_TRUE(decision.causes.empty());
}

TEST(Decision, BridgesOneImageOnly) {
  const Bridged pod(Outcome::kRegistryUnreachable, {}, Outcome::kRegistryUnreachable);
  const Decision decision = pod.decided();
  EXPECT_FALSE(decision.allowed);
  EXPECT_EQ(decision.code, 503);
  EXPECT_THAT(decision.causes, SizeIs(1));
  EXPECT_FALSE(Bridged(Outcome::kRegistryUnreachable, {}, Outcome::kUnsigned).decided().allowed);
}

TEST(Decision, WhereNothingIsDeniedNothingIsBridged) {
  for (const Rules& rules : {kWarn, kAudit}) {
    const Bridged pod(Outcome::kRegistryUnreachable, rules);
    const Decision decision = pod.decided();
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.effect, Effect::kWouldDeny);
    EXPECT_THAT(decision.annotations.images, Not(HasSubstr("last-good")));
  }
}

}  // namespace
}  // namespace countersign::admission
