// What an envelope may cost: each limit just kept, and just exceeded.
#include "envelope/limits.hpp"

#include <gtest/gtest.h>

#include "envelope/envelope.hpp"
#include "support/cose_builder.hpp"
#include "support/jws_builder.hpp"

namespace countersign::envelope {
namespace {

namespace cbor = countersign::testing::cbor;
using countersign::testing::CoseBuilder;
using countersign::testing::JwsBuilder;

/// "" if it opens, else the rule that it breaks and the message.
std::string opened(std::string_view media_type, BytesView envelope) {
  const auto result = open_envelope(media_type, envelope);
  if (result) return "";
  EXPECT_EQ(result.error().outcome(), Outcome::kSignatureInvalid);
  return std::string(result.error().reason().id()) + " " + result.error().message();
}
TEST(EnvelopeLimits, Bytes) {
  EXPECT_EQ(kMaxEnvelopeBytes, 4194304U);
  const std::string why = "ST-7 envelope of 4194305 bytes is over the limit of 4194304";

  std::string jws = JwsBuilder().build();
  jws.resize(kMaxEnvelopeBytes, ' ');
  EXPECT_EQ(opened("application/jose+json", as_bytes(jws)), "");
  jws += ' ';
  EXPECT_EQ(opened("application/jose+json", as_bytes(jws)), why);

  const CoseBuilder valid;
  const auto cose = [&](std::size_t padding) {
    CoseBuilder builder(valid);
    builder.unprotected().put("x", cbor::bytes(Bytes(padding), cbor::Width::kFour));
    return builder.build();
  };
  const std::size_t padding = kMaxEnvelopeBytes - cose(0).size();
  EXPECT_EQ(opened("application/cose", cose(padding)), "");
  EXPECT_EQ(opened("application/cose", cose(padding + 1)), why);
}

}  // namespace
}  // namespace countersign::envelope
