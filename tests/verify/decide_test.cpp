// Which outcome an image gets from all that was found out about its signatures.
#include <gtest/gtest.h>

#include "verify/decide.hpp"

namespace countersign::verify {
namespace {

SignatureReport report(Outcome outcome, Step stopped_at, std::string message = "") {
  SignatureReport out;
  out.outcome = outcome;
  out.stopped_at = stopped_at;
  out.message = message.empty() ? std::string(name(outcome)) : std::move(message);
  out.signer.subject = "CN=signer";
  return out;
}

const SignatureReport kGood = report(Outcome::kVerified, Step::kDone);
const SignatureReport kTampered = report(Outcome::kSignatureInvalid, Step::kIntegrity);
const SignatureReport kStranger = report(Outcome::kUntrustedSigner, Step::kTrustStore);
const SignatureReport kOtherIdentity = report(Outcome::kIdentityMismatch, Step::kIdentity);
const SignatureReport kPastExpiry = report(Outcome::kSignatureExpired, Step::kExpiry);
const SignatureReport kOldCertificate = report(Outcome::kCertificateExpired, Step::kTimestamp);
const SignatureReport kOtherImage =
    report(Outcome::kSignatureInvalid, Step::kTarget, "other image");
const SignatureReport kUnknownRevocation = report(Outcome::kRevocationUnknown, Step::kRevocation);
const SignatureReport kGone = report(Outcome::kRegistryMisbehaved, Step::kFetch);
const SignatureReport kLate = report(Outcome::kDeadlineExceeded, Step::kFetch);

const Error kThrottled(Outcome::kRegistryThrottled, "RATE_LIMITED", "429");

Verdict decided(Evidence evidence) {
  Verdict verdict;
  verdict.repository = "shop.example/cart";
  verdict.digest = "sha256:abc";
  decide(std::move(evidence), verdict);
  return verdict;
}
Outcome outcome_of(std::vector<SignatureReport> reports, std::optional<Error> incomplete = {}) {
  Evidence evidence;
  evidence.reports = std::move(reports);
  evidence.incomplete = std::move(incomplete);
  return decided(std::move(evidence)).outcome;
}

TEST(Decide, WhatNobodyDecidedDenies) {
  EXPECT_EQ(Verdict().outcome, Outcome::kInternalError);
  EXPECT_EQ(outcome_of({SignatureReport()}), Outcome::kInternalError);
}

// shows: N-47 N-48
TEST(Decide, OneGoodSignatureIsEnough) {
  EXPECT_EQ(outcome_of({kGood}), Outcome::kVerified);
  EXPECT_EQ(outcome_of({kTampered, kGone, kGood}), Outcome::kVerified);
  EXPECT_EQ(outcome_of({kTampered, kGood}, kThrottled), Outcome::kVerified);
}

const SignatureReport kRevokedOne = report(Outcome::kRevoked, Step::kRevocation);

// One signature's verdict says nothing of another that could not be judged.
TEST(Decide, WhatStayedUndecidedOutranksVerdicts) {
  EXPECT_EQ(outcome_of({kTampered, kUnknownRevocation}), Outcome::kRevocationUnknown);
  EXPECT_EQ(outcome_of({kUnknownRevocation, kTampered}), Outcome::kRevocationUnknown);
  EXPECT_EQ(outcome_of({kGone, kStranger, kLate}), Outcome::kRegistryMisbehaved);
  EXPECT_EQ(outcome_of({kStranger}, kThrottled), Outcome::kRegistryThrottled);
}

TEST(Decide, RevokedOutranksAllButVerified) {
  EXPECT_EQ(outcome_of({kOtherImage, kUnknownRevocation, kRevokedOne, kGone}, kThrottled),
            Outcome::kRevoked);
  EXPECT_EQ(outcome_of({kRevokedOne, kGood}), Outcome::kVerified);
}

TEST(Decide, AnUnsignedThatRestsOnAnOddAnswerSaysSo) {
  Evidence evidence;
  evidence.rests_on = "the API answered 403 with text/html, twice";
  const Verdict verdict = decided(std::move(evidence));
  EXPECT_EQ(verdict.outcome, Outcome::kUnsigned);
  EXPECT_TRUE(verdict.is_tentative);
  EXPECT_NE(verdict.message.find("; the API answered 403"), std::string::npos);
  EXPECT_FALSE(decided({}).is_tentative);
}

TEST(Decide, AnOutageOutranksUnsigned) {
  EXPECT_EQ(outcome_of({}), Outcome::kUnsigned);
  EXPECT_EQ(outcome_of({}, kThrottled), Outcome::kRegistryThrottled);
  EXPECT_EQ(outcome_of({kGone}), Outcome::kRegistryMisbehaved);
  EXPECT_EQ(outcome_of({kGone}, kThrottled), Outcome::kRegistryThrottled);
}

TEST(Decide, AmongVerdictsTheNearestToSuccessWins) {
  const std::vector<SignatureReport> ascending = {kStranger,   kTampered,       kOtherIdentity,
                                                  kPastExpiry, kOldCertificate, kOtherImage};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      const SignatureReport& nearest = ascending[std::max(i, j)];
      EXPECT_EQ(outcome_of({ascending[i], ascending[j]}), nearest.outcome) << i << " " << j;
    }
  }
  Evidence evidence;
  evidence.reports = {kOtherImage, report(Outcome::kSignatureInvalid, Step::kTarget, "second")};
  EXPECT_EQ(decided(evidence).message, "other image (the nearest to success of 2 signatures)");
}

TEST(Decide, AmongOutagesTheNearestToSuccessWins) {
  EXPECT_EQ(outcome_of({kLate, kUnknownRevocation, kGone}), Outcome::kRevocationUnknown);
  EXPECT_EQ(outcome_of({kLate, kGone}), Outcome::kDeadlineExceeded);
}

// shows: N-50
TEST(Decide, EveryReportIsKept) {
  Evidence evidence;
  evidence.reports = {kTampered, kStranger, kGone};
  const Verdict verdict = decided(evidence);
  ASSERT_EQ(verdict.signatures.size(), 3U);
  EXPECT_EQ(verdict.signatures[0].message, "signature-invalid");
  EXPECT_EQ(verdict.signatures[1].message, "untrusted-signer");
  EXPECT_EQ(verdict.signatures[2].message, "registry-misbehaved");
  EXPECT_EQ(verdict.message, "registry-misbehaved (one of 3 signatures)");
  EXPECT_FALSE(verdict.remedy.empty());
}

// shows: N-52
TEST(Decide, SaysThatItStoppedEarlyOnlyIfItDid) {
  Evidence evidence;
  evidence.reports = {kTampered};
  EXPECT_EQ(decided(evidence).message, "signature-invalid");
  evidence.not_processed = 2;
  EXPECT_EQ(decided(evidence).message,
            "signature-invalid; stopped early at 1 signatures, 2 more are listed");
  evidence.not_signatures = 3;
  EXPECT_EQ(decided(evidence).message,
            "signature-invalid; stopped early at 4 signatures, 2 more are listed");
}

TEST(Decide, UnsignedSaysWhereItLooked) {
  Evidence evidence;
  evidence.method = ListingMethod::kReferrersTag;
  Verdict verdict = decided(evidence);
  EXPECT_EQ(verdict.outcome, Outcome::kUnsigned);
  EXPECT_EQ(verdict.message, "no Notary Project signature for this digest");
  EXPECT_EQ(verdict.remedy, "sign it: notation sign shop.example/cart@sha256:abc");
  EXPECT_EQ(verdict.warnings,
            std::vector<std::string>{"signatures were looked for in the referrers tag"});
  evidence.not_signatures = 4;
  evidence.not_processed = 5;
  verdict = decided(evidence);
  EXPECT_EQ(verdict.outcome, Outcome::kUnsigned);
  EXPECT_EQ(verdict.message,
            "no Notary Project signature for this digest (4 listed, none of them is one); stopped "
            "early at 4 signatures, 5 "
            "more are listed");
}

TEST(Decide, WarningsOfTheGoodSignatureBecomeTheImages) {
  Evidence evidence;
  SignatureReport bad = kTampered;
  bad.warnings = {"of the bad one"};
  SignatureReport good = kGood;
  good.warnings = {"of the good one"};
  evidence.reports = {bad, good};
  const Verdict verdict = decided(evidence);
  EXPECT_EQ(verdict.warnings, std::vector<std::string>{"of the good one"});
  EXPECT_EQ(verdict.message, "signed by \"CN=signer\"");
  EXPECT_EQ(verdict.remedy, "");
}

TEST(DecideFailure, TakesOutcomeAndTextOfTheError) {
  Verdict verdict;
  decide_failure(kThrottled, verdict);
  EXPECT_EQ(verdict.outcome, Outcome::kRegistryThrottled);
  EXPECT_EQ(verdict.message, "429");
  EXPECT_EQ(verdict.remedy, "retry later");
}

}  // namespace
}  // namespace countersign::verify
