#pragma once
/// COSE envelopes that are broken in one place, and the rule that each of them breaks.

#include <gtest/gtest.h>

#include <functional>

#include "envelope/envelope.hpp"
#include "support/cose_builder.hpp"
#include "support/matchers.hpp"

namespace countersign::envelope {

namespace cbor = countersign::testing::cbor;
using cbor::hex;
using cbor::Width;
using countersign::testing::Chain;
using countersign::testing::ChainSpec;
using countersign::testing::cose_algorithm_of;
using countersign::testing::cose_signature1;
using countersign::testing::CoseBuilder;
using countersign::testing::How;
using countersign::testing::IsOk;
using countersign::testing::key;
using countersign::testing::KeyKind;
using countersign::testing::kStartOf2026;
using countersign::testing::kStartOf2030;
using countersign::testing::make_chain;

inline constexpr std::string_view kCose = "application/cose";
inline constexpr std::string_view kScheme = "io.cncf.notary.signingScheme";
inline constexpr std::string_view kSigningTime = "io.cncf.notary.signingTime";
inline constexpr std::string_view kAuthenticTime = "io.cncf.notary.authenticSigningTime";
inline constexpr std::string_view kExpiry = "io.cncf.notary.expiry";
inline constexpr std::string_view kTimestamp = "io.cncf.notary.timestampSignature";
inline constexpr std::string_view kAgent = "io.cncf.notary.signingAgent";

inline Chain chain_of(KeyKind kind) {
  ChainSpec spec;
  spec.leaf_key = kind;
  return make_chain(spec);
}

/// "" if it opens, else the rule that it breaks.
inline std::string opened(BytesView envelope) {
  const auto result = open_envelope(kCose, envelope);
  if (result) return "";
  EXPECT_EQ(result.error().outcome(), Outcome::kSignatureInvalid);
  EXPECT_FALSE(result.error().message().empty());
  return std::string(result.error().reason().id());
}

using Edit = std::function<void(CoseBuilder&)>;
struct Row {
  std::string name;
  Edit edit;
  std::string want;  // reason; empty if it opens
};
class Cose : public ::testing::TestWithParam<Row> {};
inline constexpr auto kRowName = [](const auto& each) { return each.param.name; };

inline Edit protect(std::int64_t label, const Bytes& value) {
  return [=](auto& cose) { cose.protected_header().put(label, value); };
}
inline Edit protect(std::string_view label, const Bytes& value) {
  return [=, label = std::string(label)](auto& cose) {
    cose.protected_header().put(std::string_view(label), value);
  };
}
inline Edit unprotect(std::int64_t label, const Bytes& value) {
  return [=](auto& cose) { cose.unprotected().put(label, value); };
}
inline Edit unprotect(std::string_view label, const Bytes& value) {
  return [=, label = std::string(label)](auto& cose) {
    cose.unprotected().put(std::string_view(label), value);
  };
}
inline Edit both(const Edit& first, const Edit& second) {
  return [=](auto& cose) {
    first(cose);
    second(cose);
  };
}

}  // namespace countersign::envelope
