#include "verify/last_good.hpp"

#include <gtest/gtest.h>

#include <string>

namespace countersign::verify {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const std::string kDigest = "sha256:" + std::string(64, 'a');
const std::string kOther = "sha256:" + std::string(64, 'b');

oci::ImageReference image(const std::string& text) {
  return oci::ImageReference::parse(text).value();
}
const oci::ImageReference kByDigest = image("shop.example/cart@" + kDigest);
const oci::ImageReference kByTag = image("shop.example/cart:2.0");

Verdict verdict_of(Outcome outcome, std::string digest = kDigest) {
  Verdict verdict;
  verdict.outcome = outcome;
  verdict.digest = std::move(digest);
  return verdict;
}

class LastGoodTest : public ::testing::Test {
 protected:
  void learn(Outcome outcome, const oci::ImageReference& of = kByDigest,
             const UserMetadata& required = {}) {
    now += std::chrono::milliseconds(1);  // nothing begins when something else ends
    memory.learn(of, {.required = required}, verdict_of(outcome), now);
  }
  /// How many seconds ago, or -1.
  std::int64_t recalled(Outcome outcome = Outcome::kRegistryUnreachable,
                        const oci::ImageReference& of = kByDigest,
                        const UserMetadata& required = {}) {
    const auto ago = memory.recall(of, {.required = required}, outcome, minutes(10));
    return ago ? ago->count() : -1;
  }

  LastGood::Clock::time_point now{};
  LastGood memory{3, [this] { return now; }};
};

TEST_F(LastGoodTest, BridgesFiveOutagesAndNothingElse) {
  learn(Outcome::kVerified);
  now += seconds(7);
  for (const OutcomeInfo& each : all_outcomes()) {
    const bool bridged = each.outcome == Outcome::kRevocationUnknown ||
                         each.outcome == Outcome::kRegistryThrottled ||
                         each.outcome == Outcome::kRegistryUnreachable ||
                         each.outcome == Outcome::kDeadlineExceeded ||
                         each.outcome == Outcome::kOverloaded;
    EXPECT_EQ(recalled(each.outcome), bridged ? 7 : -1) << each.code;
  }
}

TEST_F(LastGoodTest, KnowsNothingOfWhatNeverVerified) {
  EXPECT_EQ(recalled(), -1);
  for (const OutcomeInfo& each : all_outcomes()) {
    if (each.outcome == Outcome::kVerified) continue;
    learn(each.outcome);
    EXPECT_EQ(recalled(), -1) << each.code;
  }
}

TEST_F(LastGoodTest, ForgetsAtEachVerdictButNotAtOutages) {
  for (const OutcomeInfo& each : all_outcomes()) {
    learn(Outcome::kVerified);
    learn(each.outcome);
    const bool denies = class_of(each.outcome) == OutcomeClass::kVerdict;
    EXPECT_EQ(recalled(), denies ? -1 : 0) << each.code;
  }
}

TEST_F(LastGoodTest, ALaterDenialOutweighsWhatBeganBefore) {
  const auto began = now;
  now += seconds(3);
  learn(Outcome::kRevoked);
  memory.learn(kByDigest, {}, verdict_of(Outcome::kVerified), began);
  EXPECT_EQ(recalled(), -1);
  memory.learn(kByDigest, {}, verdict_of(Outcome::kVerified), now);
  EXPECT_EQ(recalled(), -1);
  now += seconds(1);
  memory.learn(kByDigest, {}, verdict_of(Outcome::kVerified), now);
  EXPECT_EQ(recalled(), 0);
}

TEST_F(LastGoodTest, OnlyReferencesByDigest) {
  learn(Outcome::kVerified, kByTag);
  EXPECT_EQ(recalled(Outcome::kRegistryUnreachable, kByTag), -1);
  EXPECT_EQ(recalled(), 0);  // what the tag led to
  EXPECT_EQ(recalled(Outcome::kRegistryUnreachable, image("shop.example/cart:9@" + kDigest)), 0);
  EXPECT_EQ(recalled(Outcome::kRegistryUnreachable, image("shop.example/cart@" + kOther)), -1);
  EXPECT_EQ(recalled(Outcome::kRegistryUnreachable, image("shop.example/tea@" + kDigest)), -1);
  EXPECT_EQ(recalled(Outcome::kRegistryUnreachable, image("other.example/cart@" + kDigest)), -1);
  // The tag is moved, and what it leads to now is refused: that says nothing of the other digest.
  memory.learn(kByTag, {}, verdict_of(Outcome::kUnsigned, kOther), now);
  EXPECT_EQ(recalled(), 0);
}

TEST_F(LastGoodTest, NothingIsLearntOfADigestThatIsNotKnown) {
  memory.learn(kByTag, {}, verdict_of(Outcome::kVerified, ""), now);
  EXPECT_EQ(memory.size(), 0U);
}

TEST_F(LastGoodTest, TheSameConditions) {
  const UserMetadata main = {{"branch", "main"}};
  const UserMetadata test = {{"branch", "test"}};
  learn(Outcome::kVerified, kByDigest, main);
  EXPECT_EQ(recalled(), -1);
  EXPECT_EQ(recalled(Outcome::kDeadlineExceeded, kByDigest, main), 0);
  EXPECT_EQ(recalled(Outcome::kDeadlineExceeded, kByDigest, test), -1);
  // What lacks one rule's annotations may have another's.
  learn(Outcome::kMetadataMismatch, kByDigest, test);
  EXPECT_EQ(recalled(Outcome::kDeadlineExceeded, kByDigest, main), 0);
  learn(Outcome::kMetadataMismatch, kByDigest, main);
  EXPECT_EQ(recalled(Outcome::kDeadlineExceeded, kByDigest, main), -1);
  // What is revoked is so for all.
  learn(Outcome::kVerified, kByDigest, main);
  learn(Outcome::kRevoked, kByDigest, test);
  EXPECT_EQ(recalled(Outcome::kDeadlineExceeded, kByDigest, main), -1);
}

// One digest, two signatures: the one with the annotations is revoked, the other lacks them.
TEST_F(LastGoodTest, ARevokedSignatureCountsWhateverTheOutcome) {
  const UserMetadata main = {{"branch", "main"}};
  const UserMetadata test = {{"branch", "test"}};
  for (const Outcome outcome : {Outcome::kMetadataMismatch, Outcome::kVerified}) {
    learn(Outcome::kVerified, kByDigest, main);
    Verdict mixed = verdict_of(outcome);
    mixed.signatures.resize(2);
    mixed.signatures[0].outcome = outcome;
    mixed.signatures[1].outcome = Outcome::kRevoked;
    now += seconds(1);
    memory.learn(kByDigest, {.required = test}, mixed, now);
    EXPECT_EQ(recalled(Outcome::kDeadlineExceeded, kByDigest, main), -1);
    EXPECT_EQ(recalled(Outcome::kDeadlineExceeded, kByDigest, test),
              outcome == Outcome::kVerified ? 0 : -1);
  }
}

/// What verified under one policy, or with one namespace's rights, says nothing under another.
TEST_F(LastGoodTest, TheSameTrustAndAccess) {
  const TrustId other_trust = trust_id("another policy", {}, {});
  memory.learn(kByDigest, {.trust = other_trust}, verdict_of(Outcome::kVerified), now);
  memory.learn(kByDigest, {.access = {7}}, verdict_of(Outcome::kVerified), now);
  EXPECT_EQ(recalled(), -1);
  EXPECT_TRUE(
      memory.recall(kByDigest, {.trust = other_trust}, Outcome::kRegistryThrottled, minutes(10)));
  EXPECT_TRUE(memory.recall(kByDigest, {.access = {7}}, Outcome::kRegistryThrottled, minutes(10)));
  EXPECT_FALSE(memory.recall(kByDigest, {.access = {8}}, Outcome::kRegistryThrottled, minutes(10)));
  // A denial of the artifact is one for all.
  learn(Outcome::kRevoked);
  EXPECT_FALSE(
      memory.recall(kByDigest, {.trust = other_trust}, Outcome::kRegistryThrottled, minutes(10)));
}

TEST_F(LastGoodTest, ConditionsOfOneArtifactAreBounded) {
  for (std::uint64_t access = 0; access <= LastGood::kMaxConditions; ++access) {
    now += seconds(1);
    memory.learn(kByDigest, {.access = {access}}, verdict_of(Outcome::kVerified), now);
  }
  EXPECT_EQ(recalled(), -1) << "the oldest goes";
  EXPECT_TRUE(memory.recall(kByDigest, {.access = {1}}, Outcome::kRegistryThrottled, minutes(10)));
}

TEST_F(LastGoodTest, CountsFromTheLastTime) {
  learn(Outcome::kVerified);
  now += minutes(10);
  EXPECT_EQ(recalled(), 600);
  now += seconds(1);
  EXPECT_EQ(recalled(), -1);
  learn(Outcome::kVerified);
  now += seconds(5);
  EXPECT_EQ(recalled(), 5);
}

TEST_F(LastGoodTest, ForgetsWhatWasNotUsedForTheLongestTime) {
  const auto numbered = [](char digit) {
    return image("shop.example/cart@sha256:" + std::string(64, digit));
  };
  for (const char digit : {'1', '2', '3'}) {
    memory.learn(numbered(digit), {},
                 verdict_of(Outcome::kVerified, "sha256:" + std::string(64, digit)), now);
  }
  EXPECT_EQ(recalled(Outcome::kDeadlineExceeded, numbered('1')), 0);
  learn(Outcome::kVerified);  // a fourth
  EXPECT_EQ(memory.size(), 3U);
  EXPECT_EQ(recalled(Outcome::kDeadlineExceeded, numbered('1')), 0);
  EXPECT_EQ(recalled(Outcome::kDeadlineExceeded, numbered('2')), -1);
}

}  // namespace
}  // namespace countersign::verify
