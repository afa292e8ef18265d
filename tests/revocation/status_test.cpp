// What the statuses of its certificates mean for a chain.
#include "revocation/status.hpp"

#include <gtest/gtest.h>

#include "support/pki.hpp"

namespace countersign::revocation {
namespace {

using countersign::testing::make_chain;
using enum Status;

std::vector<x509::Certificate> chain_of(const testing::ChainSpec& spec) {
  std::vector<x509::Certificate> out;
  for (const Bytes& der : make_chain(spec).ders) out.push_back(*x509::Certificate::parse(der));
  return out;
}

const testing::Edit kOcsp = [](auto& each) { each.with(testing::ocsp_responder("http://o")); };
const testing::Edit kCrl = [](auto& each) {
  each.with(testing::crl_distribution_point("http://c"));
};

/// "revoked 1 because"
std::string concluded(const std::vector<x509::Certificate>& chain,
                      const std::vector<Status>& statuses) {
  ChainAnswer answer;
  for (const Status status : statuses)
    answer.push_back({.status = status, .reason = "because " + std::to_string(answer.size())});
  const Conclusion conclusion = conclude(chain, answer);
  const char* word = conclusion.status == kGood      ? "good"
                     : conclusion.status == kRevoked ? "revoked"
                                                     : "unknown";
  return word + (" " + std::to_string(conclusion.place)) + " " + conclusion.reason;
}

// shows: N-479
TEST(ChainStatus, WhoeverNamesNobodyIsNotAskedAbout) {
  const auto plain = chain_of({});
  EXPECT_FALSE(must_be_asked_about(plain));
  EXPECT_EQ(concluded(plain, {}), "good 0 ");
  const auto at_root = chain_of({.root = kCrl});
  EXPECT_FALSE(must_be_asked_about(at_root));
  const std::vector<x509::Certificate> alone = {chain_of({.leaf = kOcsp}).front()};
  EXPECT_FALSE(must_be_asked_about(alone));
  EXPECT_TRUE(must_be_asked_about(chain_of({.leaf = kOcsp})));
  EXPECT_TRUE(must_be_asked_about(chain_of({.intermediate = kCrl})));
  EXPECT_FALSE(must_be_asked_about({}));
}

// shows: N-486
TEST(ChainStatus, TheWorstCountsAndTheNearestToTheLeafSpeaks) {
  const auto chain = chain_of({.intermediates = 2, .leaf = kOcsp, .intermediate = kCrl});
  EXPECT_EQ(concluded(chain, {kGood, kGood, kGood, kNonRevocable}), "good 0 ");
  EXPECT_EQ(concluded(chain, {kUnknown, kRevoked, kGood}), "revoked 1 because 1");
  EXPECT_EQ(concluded(chain, {kRevoked, kUnknown, kGood}), "revoked 0 because 0");
  EXPECT_EQ(concluded(chain, {kGood, kRevoked, kRevoked}), "revoked 1 because 1");
  EXPECT_EQ(concluded(chain, {kGood, kUnknown, kUnknown}), "unknown 1 because 1");
  EXPECT_EQ(concluded(chain, {kUnknown, kUnknown, kRevoked}), "revoked 2 because 2");
}

TEST(ChainStatus, WhatIsMissingOrImpossibleIsUnknown) {
  const auto chain = chain_of({.leaf = kOcsp, .intermediate = kCrl});
  EXPECT_EQ(concluded(chain, {}), "unknown 0 nobody was asked");
  EXPECT_EQ(concluded(chain, {kGood}), "unknown 1 nobody was asked");
  EXPECT_EQ(concluded(chain, {kNonRevocable, kGood}), "unknown 0 because 0");
  EXPECT_EQ(CertificateStatus().status, kUnknown);
  EXPECT_EQ(Conclusion().status, kUnknown);
}

// What is said of the root, or of one that names nobody, counts for nothing.
TEST(ChainStatus, NobodyIsAskedAboutTheRoot) {
  const auto chain = chain_of({.leaf = kOcsp, .root = kCrl});
  EXPECT_EQ(concluded(chain, {kGood, kRevoked, kRevoked}), "good 0 ");
}

}  // namespace
}  // namespace countersign::revocation
