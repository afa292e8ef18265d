// Which octets are CBOR, and what they say.
#include "envelope/cbor.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "envelope/limits.hpp"
#include "support/cose_builder.hpp"
#include "support/matchers.hpp"

namespace countersign::envelope::cbor {
namespace {

namespace write = countersign::testing::cbor;
using countersign::testing::FailsWith;
using countersign::testing::IsOk;
using write::hex;
using write::Width;

/// The value in the notation of RFC 8949 section 8; floats with a point.
std::string shown(const Value& value) {
  std::string text;
  switch (value.type) {
    case Type::kUnsigned:
    case Type::kNegative:
      return value.integer() ? std::to_string(*value.integer())
                             : "-1-" + std::to_string(value.number);
    case Type::kBytes:
      return "h'" + to_hex(value.content) + "'";
    case Type::kText:
      return "\"" + std::string(value.text()) + "\"";
    case Type::kFloat:
      return "float " + std::to_string(value.real);
    case Type::kSimple:
      return "simple " + std::to_string(value.number);
    case Type::kTag:
      return std::to_string(value.number) + "(" + shown(value.items.at(0)) + ")";
    case Type::kArray:
      for (const Value& item : value.items) text += (text.empty() ? "" : ", ") + shown(item);
      return "[" + text + "]";
    case Type::kMap:
      for (std::size_t i = 0; i + 1 < value.items.size(); i += 2)
        text += (i == 0 ? "" : ", ") + shown(value.items[i]) + ": " + shown(value.items[i + 1]);
      return "{" + text + "}";
  }
  return text;
}

std::string read(const Bytes& bytes, Tags tags = Tags::kAllowed) {
  const auto value = parse(bytes, tags);
  if (value) return shown(*value);
  EXPECT_EQ(value.error().outcome(), Outcome::kSignatureInvalid);
  EXPECT_EQ(value.error().reason().id(), "CO-3");
  return value.error().message();
}

struct Row {
  std::string name;
  Bytes bytes;
  std::string want;  // the value, or the whole message
};
class Cbor : public ::testing::TestWithParam<Row> {};
TEST_P(Cbor, SaysThis) { EXPECT_EQ(read(GetParam().bytes), GetParam().want); }
constexpr auto kRowName = [](const auto& each) { return each.param.name; };

std::vector<Row> values() {
  return {
      {"Zero", hex("00"), "0"},
      {"TwentyThree", hex("17"), "23"},
      {"TwentyFour", hex("1818"), "24"},
      {"ThreeOctets", hex("1903e8"), "1000"},
      {"FiveOctets", hex("1a000f4240"), "1000000"},
      {"NineOctets", hex("1b000000e8d4a51000"), "1000000000000"},
      {"Largest", hex("1b7fffffffffffffff"), "9223372036854775807"},
      {"MinusOne", hex("20"), "-1"},
      {"MinusThousand", hex("3903e7"), "-1000"},
      {"Smallest", hex("3b7fffffffffffffff"), "-9223372036854775808"},
      {"BelowSmallest", hex("3bffffffffffffffff"), "-1-18446744073709551615"},
      {"LongFormOfZero", hex("1b0000000000000000"), "0"},
      {"LongFormOfMinusOne", hex("390000"), "-1"},
      {"BytesEmpty", hex("40"), "h''"},
      {"BytesFour", hex("4401020304"), "h'01020304'"},
      {"BytesInLongForm", hex("5a0000000107"), "h'07'"},
      {"TextEmpty", hex("60"), "\"\""},
      {"TextOfTwoOctets", hex("62c3bc"), "\"\xC3\xBC\""},
      {"TextInLongForm", hex("7b00000000000000026161"), "\"aa\""},
      {"ArrayEmpty", hex("80"), "[]"},
      {"ArrayInArray", hex("8301820203820405"), "[1, [2, 3], [4, 5]]"},
      {"ArrayInLongForm", hex("9b00000000000000020102"), "[1, 2]"},
      {"MapEmpty", hex("a0"), "{}"},
      {"MapUnsorted", hex("a203040102"), "{3: 4, 1: 2}"},
      {"MapInLongForm", hex("b900010102"), "{1: 2}"},
      {"MapOfAllKeys", hex("a801002000410100613100f500f600f9000000e000"),
       "{1: 0, -1: 0, h'01': 0, \"1\": 0, simple 21: 0, simple 22: 0, float 0.000000: 0, "
       "simple 0: 0}"},
      {"Tag", hex("c11a514b67b0"), "1(1363896240)"},
      {"TagInTag", hex("c0c101"), "0(1(1))"},
      {"TagOfNineOctets", hex("dbffffffffffffffff00"), "18446744073709551615(0)"},
      {"False", hex("f4"), "simple 20"},
      {"True", hex("f5"), "simple 21"},
      {"Null", hex("f6"), "simple 22"},
      {"Undefined", hex("f7"), "simple 23"},
      {"SimpleUnassigned", hex("f0"), "simple 16"},
      {"SimpleOfTwoOctets", hex("f820"), "simple 32"},
      {"SimpleLast", hex("f8ff"), "simple 255"},
      {"HalfOne", hex("f93c00"), "float 1.000000"},
      {"HalfLargest", hex("f97bff"), "float 65504.000000"},
      {"HalfMinusFour", hex("f9c400"), "float -4.000000"},
      {"HalfSmallestNormal", hex("f90400"), "float 0.000061"},
      {"HalfInfinity", hex("f97c00"), "float inf"},
      {"HalfMinusInfinity", hex("f9fc00"), "float -inf"},
      {"Single", hex("fa47c35000"), "float 100000.000000"},
      {"Double", hex("fb3ff199999999999a"), "float 1.100000"},
  };
}
INSTANTIATE_TEST_SUITE_P(Values, Cbor, ::testing::ValuesIn(values()), kRowName);

std::vector<Row> malformed() {
  const std::string end = "CBOR: unexpected end";
  const std::string indefinite = "CBOR: indefinite lengths are not allowed";
  const std::string reserved = "CBOR: reserved additional information";
  const std::string string = "CBOR: a string is longer than its input";
  const std::string elements = "CBOR: more elements than input";
  const std::string many = "CBOR: more than 16384 values";
  const std::string twice = "CBOR: a map key stands twice";
  const std::string utf8 = "CBOR: text that is not UTF-8";
  const std::string after = "CBOR: bytes after the value";
  const std::string key = "CBOR: a map key that is no plain value";
  std::vector<Row> rows = {
      {"Empty", {}, end},
      {"HeadCut1", hex("18"), end},
      {"HeadCut2", hex("1900"), end},
      {"HeadCut4", hex("1a000000"), end},
      {"HeadCut8", hex("1b00000000000000"), end},
      {"FloatCut", hex("fb00000000000000"), end},
      {"TagCut", hex("c1"), elements},
      {"BytesCut", hex("4201"), string},
      {"TextCut", hex("6261"), string},
      {"ArrayCut", hex("8201"), elements},
      {"ArrayCutInside", hex("82811801"), end},
      {"MapCut", hex("a101"), elements},
      {"After", hex("0000"), after},
      {"BreakAfter", hex("00ff"), after},
      {"AfterMap", hex("a0f6"), after},
      {"IndefiniteBytes", hex("5f4101ff"), indefinite},
      {"IndefiniteText", hex("7f6161ff"), indefinite},
      {"IndefiniteArray", hex("9f01ff"), indefinite},
      {"IndefiniteMap", hex("bf0102ff"), indefinite},
      {"IndefiniteInside", hex("a1019fff"), indefinite},
      {"IndefiniteTag", hex("df00"), indefinite},
      {"IndefiniteInteger", hex("1f"), indefinite},
      {"Break", hex("ff"), indefinite},
      {"BreakInside", hex("8101ff"), after},
      {"BreakAsItem", hex("81ff"), indefinite},
      {"SimpleOfTwoOctetsBelow32", hex("f81f"), "CBOR: malformed simple value"},
      {"FalseOfTwoOctets", hex("f814"), "CBOR: malformed simple value"},
      {"TwoToThe63", hex("1b8000000000000000"), "CBOR: integer does not fit 64 bits with sign"},
      {"TwoToThe63AsKey", hex("a11b800000000000000000"),
       "CBOR: integer does not fit 64 bits with sign"},
      {"KeyTwice", hex("a201000100"), twice},
      {"KeyTwiceApart", hex("a3010002000100"), twice},
      {"KeyTwiceInAnotherForm", hex("a20100180100"), twice},
      {"KeyTwiceNegative", hex("a2200039000000"), twice},
      {"KeyTwiceText", hex("a2616100616100"), twice},
      {"KeyTwiceTextInAnotherForm", hex("a261610078016100"), twice},
      {"KeyTwiceBytes", hex("a2410100410100"), twice},
      {"KeyTwiceNull", hex("a2f600f600"), twice},
      {"KeyTwiceFloat", hex("a2f93c0000fb3ff000000000000000"), twice},
      {"KeyTwiceZeroFloats", hex("a2f9000000f9800000"), twice},
      {"KeyTwiceDeep", hex("818181a201000100"), twice},
      {"KeyTwiceUnderTag", hex("c1a201000100"), twice},
      {"KeyTwiceInValue", hex("a101a201000100"), twice},
      {"KeyArray", hex("a18000"), key},
      {"KeyMap", hex("a1a000"), key},
      {"KeyTag", hex("a1c10100"), key},
      {"KeyNan", hex("a1f97e0000"), "CBOR: a map key that is not a number"},
      {"Utf8Alone", hex("6180"), utf8},
      {"Utf8Cut", hex("61c3"), utf8},
      {"Utf8TooLong", hex("62c080"), utf8},
      {"Utf8Surrogate", hex("63eda080"), utf8},
      {"Utf8AboveLast", hex("64f4908080"), utf8},
      {"Utf8AsKey", hex("a161ff00"), utf8},
      {"ArrayOf16384", hex("994000"), many},
      {"ArrayOf16383ThatAreNotThere", hex("993fff"), elements},
      {"MapOf8192", hex("b92000"), many},
      {"MapOf8191ThatAreNotThere", hex("b91fff"), elements},
      {"ArrayOf2To40", hex("9b0000010000000000"), many},
      {"MapOf2To63", hex("bb8000000000000000"), many},
      {"ArrayOf2To64", hex("9bffffffffffffffff"), many},
      {"BytesOf2To40", hex("5b0000010000000000"), string},
      {"BytesOf2To64", hex("5bffffffffffffffff"), string},
      {"TextOf2To64", hex("7bffffffffffffffff"), string},
  };
  for (unsigned major = 0; major < 8; ++major) {
    for (unsigned info = 28; info < 31; ++info) {
      rows.push_back({"Reserved" + std::to_string(major) + "of" + std::to_string(info),
                      {static_cast<std::uint8_t>(major << 5U | info), 0, 0},
                      reserved});
    }
  }
  return rows;
}
INSTANTIATE_TEST_SUITE_P(Malformed, Cbor, ::testing::ValuesIn(malformed()), kRowName);

TEST(CborTags, AreForbiddenOrAllowedAtEveryDepth) {
  for (const Bytes& tagged : {hex("c101"), hex("81c101"), hex("a101c101"), hex("d28440a04040")}) {
    EXPECT_EQ(read(tagged, Tags::kForbidden), "CBOR: tags are not allowed here");
    EXPECT_THAT(parse(tagged, Tags::kAllowed), IsOk());
  }
}

TEST(CborDepth, Is32ContainersAndWhatTheyHold) {
  EXPECT_THAT(parse(write::nested(32, hex("00")), Tags::kForbidden), IsOk());
  EXPECT_THAT(parse(write::nested(31, hex("80")), Tags::kForbidden), IsOk());
  EXPECT_THAT(parse(write::nested(31, hex("a10101")), Tags::kForbidden), IsOk());
  EXPECT_EQ(read(write::nested(33, hex("00"))), "CBOR: nested deeper than 32");
  EXPECT_EQ(read(write::nested(32, hex("80"))), "CBOR: nested deeper than 32");
  EXPECT_EQ(read(write::nested(32, hex("a0"))), "CBOR: nested deeper than 32");
  EXPECT_EQ(read(write::nested(100000, hex("00"))), "CBOR: nested deeper than 32");
  EXPECT_EQ(read(write::join({Bytes(100000, 0xC1), hex("00")})), "CBOR: nested deeper than 32");
}

TEST(CborCounts, AreOfAllValuesTogether) {
  ASSERT_EQ(kMaxValues, 16384U);
  const std::string many = "CBOR: more than 16384 values";
  const auto filled = [](std::size_t values) {
    return write::array(std::vector<Bytes>(values - 1, hex("f6")));
  };
  EXPECT_THAT(parse(filled(kMaxValues), Tags::kForbidden), IsOk());
  EXPECT_EQ(read(filled(kMaxValues + 1)), many);
  // The outermost array, and what is in the two inner ones.
  const Bytes half = filled(kMaxValues / 2);
  EXPECT_THAT(parse(write::array({half, filled(kMaxValues / 2 - 1)}), Tags::kForbidden), IsOk());
  EXPECT_EQ(read(write::array({half, half})), many);
  // Keys, values and a tag.
  std::vector<Bytes> pairs;
  for (int key = 0; key < 8191; ++key) {
    pairs.push_back(write::integer(key));
    pairs.push_back(hex("f6"));
  }
  EXPECT_THAT(parse(write::tag(1, write::map(pairs)), Tags::kAllowed), IsOk());
  EXPECT_EQ(read(write::tag(1, write::tag(1, write::map(pairs)))), many);
  EXPECT_EQ(read(write::array({write::tag(1, write::map(pairs))})), many);
}

TEST(CborKeys, AreFoundByTypeAndValue) {
  const Bytes bytes = hex("a403016133022203413304");
  const auto map = parse(bytes, Tags::kForbidden);
  ASSERT_THAT(map, IsOk());
  EXPECT_EQ(map->find(std::int64_t{3})->integer(), 1);
  EXPECT_EQ(map->find("3")->integer(), 2);
  EXPECT_EQ(map->find(std::int64_t{-3})->integer(), 3);
  EXPECT_EQ(map->find(std::int64_t{4}), nullptr);
  EXPECT_EQ(map->find("4"), nullptr);
}

TEST(CborFloats, ReadSmallHalvesExactly) {
  EXPECT_EQ(parse(hex("f90001"), Tags::kForbidden)->real, std::ldexp(1.0, -24));
  EXPECT_EQ(parse(hex("f983ff"), Tags::kForbidden)->real, -std::ldexp(1023.0, -24));
  EXPECT_TRUE(std::isnan(parse(hex("f97e00"), Tags::kForbidden)->real));
  EXPECT_TRUE(std::isnan(parse(hex("fa7fc00000"), Tags::kForbidden)->real));
  EXPECT_EQ(parse(hex("fa7f800000"), Tags::kForbidden)->real,
            std::numeric_limits<double>::infinity());
}

TEST(CborViews, LeadIntoTheInput) {
  const Bytes bytes = hex("824201026161");
  const auto value = parse(bytes, Tags::kForbidden);
  ASSERT_THAT(value, IsOk());
  EXPECT_EQ(value->items[0].content.data(), bytes.data() + 2);
  EXPECT_EQ(value->items[1].content.data(), bytes.data() + 5);
}

TEST(CborHeads, AreTheShortest) {
  for (const std::size_t size : {0U, 1U, 23U, 24U, 255U, 256U, 65535U, 65536U, 16777216U}) {
    Bytes head = {0x01};
    append_bytes_head(head, size);
    EXPECT_EQ(head, write::join({hex("01"), write::head(2, size)})) << size;
  }
  Bytes head;
  append_bytes_head(head, std::size_t{1} << 32U);
  EXPECT_EQ(to_hex(head), "5b0000000100000000");
}

TEST(CborPrefixes, OfAValueAreNoValue) {
  const Bytes whole = hex("a301820203613bc1fb3ff199999999999a4201024101");
  ASSERT_THAT(parse(whole, Tags::kAllowed), IsOk());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(parse(BytesView(whole).first(size), Tags::kAllowed),
                FailsWith(Outcome::kSignatureInvalid, "CO-3"))
        << size;
  }
}

}  // namespace
}  // namespace countersign::envelope::cbor
