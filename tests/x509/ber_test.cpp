// BER with definite lengths, and nothing else.
#include "x509/ber.hpp"

#include <gtest/gtest.h>

#include "support/pki.hpp"
#include "x509/der.hpp"

namespace countersign::x509::der {
namespace {

namespace asn1 = countersign::testing::asn1;

std::string shortened(std::string_view hex) {
  const auto der = with_shortest_lengths(*from_hex(hex));
  return der ? to_hex(*der) : "refused";
}

TEST(Ber, LengthsBecomeTheShortest) {
  EXPECT_EQ(shortened("0400"), "0400");
  EXPECT_EQ(shortened("048100"), "0400");
  EXPECT_EQ(shortened("04840000000141"), "040141");
  EXPECT_EQ(shortened("30820005"
                      "0482000141"),
            "3003040141");
  EXPECT_EQ(shortened("0481"
                      "7f" +
                      to_hex(Bytes(127))),
            "047f" + to_hex(Bytes(127)));
  EXPECT_EQ(shortened("048200"
                      "80" +
                      to_hex(Bytes(128))),
            "048180" + to_hex(Bytes(128)));
  EXPECT_EQ(shortened("04830001"
                      "00" +
                      to_hex(Bytes(256))),
            "04820100" + to_hex(Bytes(256)));
  // Two elements in one, of which the first becomes shorter.
  EXPECT_EQ(shortened("3007"
                      "048100"
                      "300205"
                      "00"),
            "30060400"
            "30020500");
  // What only looks like an element stays what it is.
  EXPECT_EQ(shortened("0403"
                      "048100"),
            "0403048100");
}

// shows: N-442
TEST(Ber, RefusesTheRest) {
  for (const char* hex : {"", "30", "0401", "30800000",  // indefinite
                          "308004000000",
                          "3004"
                          "30800000",                      // indefinite, further in
                          "04850000000000",                // five octets of length
                          "0484FFFFFFFF", "048480000000",  // 2^31 and more
                          "04847FFFFFFF", "0482",          // longer than what there is
                          "1F0100", "3F0100",
                          "3003"
                          "1F0100",  // tags of several octets
                          "040000",
                          "0400"
                          "0400",  // trailing octets
                          "3003"
                          "040241",
                          "3001"
                          "04"}) {  // an element longer than what holds it
    EXPECT_EQ(shortened(hex), "refused") << hex;
  }
}

TEST(Ber, DepthIsBounded) {
  Bytes nested = {0x04, 0x00};
  for (std::size_t level = 1; level < kMaxDepth; ++level) nested = asn1::sequence({nested});
  EXPECT_EQ(with_shortest_lengths(nested), nested);
  nested = asn1::sequence({nested});
  EXPECT_EQ(with_shortest_lengths(nested), std::nullopt);
}

TEST(Ber, EncodesWithTheShortestLength) {
  EXPECT_EQ(to_hex(encoded(0x04, {})), "0400");
  EXPECT_EQ(to_hex(encoded(0x04, Bytes(127))), "047f" + to_hex(Bytes(127)));
  EXPECT_EQ(to_hex(encoded(0x04, Bytes(128))), "048180" + to_hex(Bytes(128)));
  EXPECT_EQ(encoded(0x31, Bytes(70000)), asn1::tlv(0x31, Bytes(70000)));
}

}  // namespace
}  // namespace countersign::x509::der
