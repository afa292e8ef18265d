#include "x509/der.hpp"

#include <gtest/gtest.h>

#include "support/pki.hpp"

namespace countersign::x509::der {
namespace {

Bytes hex(std::string_view text) { return *from_hex(text); }

TEST(DerReader, TakesDefiniteShortestLengthsOnly) {
  const std::pair<std::string, bool> cases[] = {
      {"0400", true},
      {"040141", true},
      {"048180" + to_hex(Bytes(128)), true},
      {"04820100" + to_hex(Bytes(256)), true},
      {"04", false},
      {"0401", false},
      {"0402414141", false},                     // more bytes
      {"048100", false},                         // long form of a short length
      {"04817F" + to_hex(Bytes(127)), false},    //
      {"04820080" + to_hex(Bytes(128)), false},  // leading zero
      {"0480410000", false},                     // indefinite
      {"0485000000000141", false},               // five octets of length
      {"0484FFFFFFFF", false},                   // longer than what there is
      {"1F0100", false},                         // tag of several octets
      {"", false},
  };
  for (const auto& [text, good] : cases) {
    const Bytes bytes = hex(text);
    EXPECT_EQ(only(bytes, kOctetString).has_value(), good) << text;
  }
}

TEST(DerReader, LeavesAnElementOfAnotherTag) {
  const Bytes bytes = hex("0500");
  Reader reader(bytes);
  EXPECT_FALSE(reader.read(kOctetString));
  EXPECT_FALSE(reader.empty());
  EXPECT_TRUE(reader.read(kNull));
  EXPECT_TRUE(reader.empty());
  EXPECT_FALSE(reader.read());
}

template <class Read>
auto value_of(std::string_view text, Read read) {
  const Bytes bytes = hex(text);
  return read(*Reader(bytes).read());
}

TEST(Der, BooleansAre00OrFf) {
  EXPECT_EQ(value_of("0101FF", boolean), true);
  EXPECT_EQ(value_of("010100", boolean), false);
  for (const auto text : {"010101", "0100", "0102FFFF", "0201FF"})
    EXPECT_EQ(value_of(text, boolean), std::nullopt) << text;
}

TEST(Der, SmallIntegersAreShortestAndNotNegative) {
  EXPECT_EQ(value_of("020100", small_integer), 0);
  EXPECT_EQ(value_of("020200FF", small_integer), 255);
  EXPECT_EQ(value_of("02047FFFFFFF", small_integer), 0x7FFFFFFF);
  for (const auto text : {"0200", "02020001", "0202FFFF", "0201FF", "02050080000000", "010100"}) {
    EXPECT_EQ(value_of(text, small_integer), std::nullopt) << text;
  }
}

TEST(Der, BitStringsOfWholeOctets) {
  EXPECT_TRUE(value_of("030100", whole_bits));
  EXPECT_TRUE(value_of("030200AA", whole_bits));
  for (const auto text : {"0300", "030201AA", "040200AA"})
    EXPECT_FALSE(value_of(text, whole_bits)) << text;
}

TEST(Der, OidsAreWhole) {
  EXPECT_TRUE(value_of("0603551D25", is_oid));
  EXPECT_TRUE(value_of("06042A864801", is_oid));
  EXPECT_FALSE(value_of("0600", is_oid));
  EXPECT_FALSE(value_of("0603551D80", is_oid));    // cut inside an arc
  EXPECT_FALSE(value_of("060455801D25", is_oid));  // arc with a leading zero
  EXPECT_FALSE(value_of("0403551D25", is_oid));
}

TEST(Der, OidsAreShownShort) {
  EXPECT_EQ(oid_text("\x55\x1D\x25"), "2.5.29.37");
  EXPECT_EQ(oid_text("\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B"), "1.2.840.113549.1.1.11");
  EXPECT_EQ(oid_text("\x88\x37"), "2.999");
  EXPECT_LE(oid_text(std::string(60000, '\x7F')).size(), 150U);
}

std::string time_text(std::uint8_t tag, std::string_view text) {
  const Bytes bytes = testing::asn1::text(tag, text);
  const auto instant = time(*Reader(bytes).read());
  return instant ? format_rfc3339(*instant) : "none";
}

TEST(Der, TimesAreThoseOfRfc5280) {
  EXPECT_EQ(time_text(kUtcTime, "491231235959Z"), "2049-12-31T23:59:59Z");
  EXPECT_EQ(time_text(kUtcTime, "500101000000Z"), "1950-01-01T00:00:00Z");
  EXPECT_EQ(time_text(kGeneralizedTime, "20500101000000Z"), "2050-01-01T00:00:00Z");
  EXPECT_EQ(time_text(kGeneralizedTime, "99991231235959Z"), "9999-12-31T23:59:59Z");
  for (const auto text :
       {"4912312359Z", "491231235959", "491231235959+0000", "491231235960Z", "490229000000Z",
        "4912312359 9Z", "49123123595Z", "", "4912312359:0Z", "491331235959Z"}) {
    EXPECT_EQ(time_text(kUtcTime, text), "none") << text;
  }
  for (const auto text : {"20500101000000.5Z", "20500101000000", "205001010000Z", "00000101000000Z",
                          "20500101000000+0100", "20500101240000Z"}) {
    EXPECT_EQ(time_text(kGeneralizedTime, text), "none") << text;
  }
  EXPECT_EQ(time_text(kOctetString, "491231235959Z"), "none");
}

}  // namespace
}  // namespace countersign::x509::der
