// What is remembered of revoked certificates, and what clears it.
#include "adapters/responders/revoked_memory.hpp"

#include <gtest/gtest.h>

#include "support/pki.hpp"

namespace countersign::responders {
namespace {

using revocation::Finding;
using revocation::Status;
using revocation::Subject;

class Memories : public ::testing::Test {
 protected:
  Memories() {
    for (const Bytes& der : testing::make_chain().ders)
      chain_.push_back(*x509::Certificate::parse(der));
  }
  /// Of the chain whose keys start at `first_key`.
  static Status weigh(RevokedMemory& memory, unsigned first_key, const Result<Finding>& found) {
    const auto ders = testing::make_chain({.first_key = first_key}).ders;
    const auto leaf = x509::Certificate::parse(ders[0]);
    const auto issuer = x509::Certificate::parse(ders[1]);
    const Subject subject{
        .certificate = *leaf, .issuer = *issuer, .signing_time = std::nullopt, .now = {1000, 0}};
    return memory.weigh(subject, found).status;
  }
  Status weigh(const Result<Finding>& found, std::optional<std::int64_t> signed_at = {}) {
    const Subject subject{
        .certificate = chain_[0],
        .issuer = chain_[1],
        .signing_time = signed_at ? std::optional(Instant{*signed_at, 0}) : std::nullopt,
        .now = {1000, 0}};
    return memory_.weigh(subject, found).status;
  }
  static Finding revoked(std::int64_t at, std::optional<std::int64_t> invalid = {}) {
    return {.status = Status::kRevoked,
            .reason = "said so",
            .this_update = {at, 0},
            .next_update = {2000, 0},
            .invalidity_date = invalid ? std::optional(Instant{*invalid, 0}) : std::nullopt};
  }
  static Finding good(std::int64_t at) {
    return {.status = Status::kGood, .this_update = {at, 0}, .next_update = {2000, 0}};
  }
  static Error down() { return {Outcome::kRevocationUnknown, "X", "down"}; }

  std::vector<x509::Certificate> chain_;
  RevokedMemory memory_;
};

TEST_F(Memories, OfNothing) {
  EXPECT_EQ(weigh(good(1)), Status::kGood);
  EXPECT_EQ(weigh(down()), Status::kUnknown);
  EXPECT_EQ(weigh(Finding{}), Status::kUnknown);
}

TEST_F(Memories, EndWithNewerDataOnly) {
  EXPECT_EQ(weigh(revoked(100)), Status::kRevoked);
  EXPECT_EQ(weigh(down()), Status::kRevoked);
  EXPECT_EQ(weigh(Finding{.this_update = {500, 0}, .next_update = {}}),
            Status::kRevoked);  // it does not know
  EXPECT_EQ(weigh(good(99)), Status::kRevoked);
  EXPECT_EQ(weigh(good(100)), Status::kRevoked);
  EXPECT_EQ(weigh(good(101)), Status::kGood);
  EXPECT_EQ(weigh(down()), Status::kUnknown);
}

TEST_F(Memories, AreThoseOfTheNewest) {
  EXPECT_EQ(weigh(revoked(200)), Status::kRevoked);
  EXPECT_EQ(weigh(revoked(100)), Status::kRevoked);
  EXPECT_EQ(weigh(good(150)), Status::kRevoked);
}

TEST_F(Memories, KeepTheInvalidityDate) {
  Finding stands = revoked(100, 50);
  stands.status = Status::kGood;  // for a signature from before
  EXPECT_EQ(weigh(stands, 40), Status::kGood);
  EXPECT_EQ(weigh(down(), 40), Status::kUnknown);
  EXPECT_EQ(weigh(down(), 60), Status::kRevoked);
  EXPECT_EQ(weigh(down()), Status::kRevoked);
}

TEST_F(Memories, AreOfOneIssuerAndNumber) {
  EXPECT_EQ(weigh(revoked(100)), Status::kRevoked);
  chain_.clear();
  for (const Bytes& der : testing::make_chain({.first_key = 20}).ders)
    chain_.push_back(*x509::Certificate::parse(der));
  EXPECT_EQ(weigh(down()), Status::kUnknown);
}

TEST_F(Memories, AreBoundedInNumber) {
  EXPECT_EQ(RevokedMemory::kMaxEntries, 10'000U);
  RevokedMemory memory(3);
  for (const unsigned each : {20U, 30U, 40U})
    EXPECT_EQ(weigh(memory, each, revoked(100)), Status::kRevoked);
  for (const unsigned each : {20U, 30U, 40U})
    EXPECT_EQ(weigh(memory, each, down()), Status::kRevoked) << "three fit: " << each;
  EXPECT_EQ(weigh(memory, 50, revoked(100)), Status::kRevoked);
  EXPECT_EQ(weigh(memory, 20, down()), Status::kUnknown) << "not asked about for the longest";
  for (const unsigned each : {30U, 40U, 50U})
    EXPECT_EQ(weigh(memory, each, down()), Status::kRevoked) << each;
}

}  // namespace
}  // namespace countersign::responders
