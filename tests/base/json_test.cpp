#include "base/json.hpp"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "support/matchers.hpp"

namespace countersign {
namespace {

using namespace std::string_view_literals;
using testing::FailsSaying;
using testing::IsOk;

constexpr Outcome kOutcome = Outcome::kSignatureInvalid;

Result<Json> parse(std::string_view text, JsonLimits limits = {.max_bytes = 1000, .max_depth = 4}) {
  return parse_json(text, limits, kOutcome, "X-1");
}

TEST(Json, TakesOneValueWithBlanksAround) {
  for (const std::string_view text :
       {"{}"sv, " \t\r\n[1, 2] \n"sv, "null"sv, "\"\\u0000\""sv, "[[[[]]]]"sv,
        R"({"a":{"a":1},"b":{"a":1}})"sv, "\"\xF0\x9F\x90\xB3\""sv}) {
    EXPECT_THAT(parse(text), IsOk()) << text;
  }
}

TEST(Json, RefusesWhateverTwoReadersCouldTakeForDifferentThings) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", "not valid JSON at 1:1"},
      {" ", "not valid JSON at 1:2"},
      {"{", "not valid JSON at 1:2"},
      {"{\n \"a\": tru}", "not valid JSON at 2:10"},
      {"{} {}", "not valid JSON at 1:4"},
      {"{}x", "not valid JSON at 1:3"},
      {"{}\0"sv, "JSON must not have NUL characters"},
      {"{}\0{\"a\":1}"sv, "JSON must not have NUL characters"},
      {"\0{}"sv, "JSON must not have NUL characters"},
      {"\xEF\xBB\xBF{}", "JSON must not start with a byte-order mark"},
      {"{\"a\":1,\"a\":1}", "JSON: member \"a\" stands twice in one object"},
      {"[{\"b\":{\"a\":1,\"\\u0061\":2}}]", "JSON: member \"a\" stands twice in one object"},
      {"{\"a\":null,\"a\":1}", "JSON: member \"a\" stands twice in one object"},
      {"[[[[[]]]]]", "JSON: nested deeper than 4"},
      {"[[[[{}]]]]", "JSON: nested deeper than 4"},
      {"{'a':1}", "not valid JSON at 1:2"},
      {"{a:1}", "not valid JSON at 1:2"},
      {"[1,]", "not valid JSON at 1:4"},
      {"[1,2}", "not valid JSON at 1:5"},
      {"/**/{}", "not valid JSON at 1:1"},
      {"[01]", "not valid JSON at 1:3"},
      {"[+1]", "not valid JSON at 1:2"},
      {"[.5]", "not valid JSON at 1:2"},
      {"[1.]", "not valid JSON at 1:4"},
      {"[0x10]", "not valid JSON at 1:3"},
      {"[NaN]", "not valid JSON at 1:2"},
      {"[1e999]", "not valid JSON at 1:6"},
      {"\"\xC3\"", "not valid JSON at 1:3"},
      {"\"\xC0\x80\"", "not valid JSON at 1:2"},
      {"\"\xED\xA0\x80\"", "not valid JSON at 1:3"},
      {"\"\\ud800\"", "not valid JSON at 1:8"},
      {"\"\\udc00\"", "not valid JSON at 1:7"},
      {"\"\n\"", "not valid JSON at 1:2"},
      {"\"\\x41\"", "not valid JSON at 1:3"},
      {"\"a", "not valid JSON at 1:3"},
  };
  for (const auto& [text, message] : cases)
    EXPECT_THAT(parse(text), FailsSaying(kOutcome, message)) << text;
}

TEST(Json, IsBoundedInBytesAndValues) {
  EXPECT_THAT(parse("[    ]", {.max_bytes = 6, .max_depth = 4}), IsOk());
  EXPECT_THAT(parse("[     ]", {.max_bytes = 6, .max_depth = 4}),
              FailsSaying(kOutcome, "JSON of 7 bytes is over the limit of 6"));
  EXPECT_THAT(parse("[1,{},[]]", {.max_bytes = 100, .max_depth = 4, .max_values = 4}), IsOk());
  EXPECT_THAT(parse("[1,{},[],2]", {.max_bytes = 100, .max_depth = 4, .max_values = 4}),
              FailsSaying(kOutcome, "JSON: more than 4 values"));
}

TEST(Json, DepthCostsNoStack) {
  const std::string deep(1'000'000, '[');
  EXPECT_THAT(parse(deep, {.max_bytes = 2'000'000, .max_depth = 64}),
              FailsSaying(kOutcome, "JSON: nested deeper than 64"));
  const std::string whole = deep + std::string(1'000'000, ']');
  EXPECT_THAT(
      parse(whole, {.max_bytes = 2'000'000, .max_depth = 1'000'000, .max_values = 2'000'000}),
      IsOk());
}

TEST(Json, KeepsIntegersExact) {
  const auto json = parse("[9007199254740993,18446744073709551615,-9223372036854775808]");
  ASSERT_THAT(json, IsOk());
  EXPECT_EQ((*json)[0].get<std::uint64_t>(), 9007199254740993U);
  EXPECT_EQ((*json)[1].get<std::uint64_t>(), 18446744073709551615U);
  EXPECT_EQ((*json)[2].get<std::int64_t>(), std::numeric_limits<std::int64_t>::min());
}

class Reader : public ::testing::Test {
 protected:
  Json object_ = *parse(
      R"({"s":"x","n":1,"big":9007199254740992,"huge":9007199254740993,"neg":-1,"f":1.0,"e":1e3,)"
      R"("z":null,"a":[],"o":{}})");
  JsonReader reader_{object_, "here", kOutcome, "X-1"};
};

TEST_F(Reader, SaysWhereAndWhatItWants) {
  EXPECT_THAT(reader_.required_string("s"), IsOk());
  EXPECT_THAT(reader_.required_string("n"), FailsSaying(kOutcome, "here.n: want a string"));
  EXPECT_THAT(reader_.required_string("none"), FailsSaying(kOutcome, "here.none: missing"));
  EXPECT_THAT(reader_.required_string("z"), FailsSaying(kOutcome, "here.z: missing"));
  EXPECT_THAT(reader_.optional_string("a"), FailsSaying(kOutcome, "here.a: want a string"));
  EXPECT_THAT(reader_.optional_array("o"), FailsSaying(kOutcome, "here.o: want an array"));
  EXPECT_THAT(reader_.optional_object("a"), FailsSaying(kOutcome, "here.a: want an object"));
}

TEST_F(Reader, TakesNullForAbsent) {
  EXPECT_EQ(reader_.find("z"), nullptr);
  EXPECT_EQ(*reader_.optional_string("z"), std::nullopt);
  EXPECT_EQ(*reader_.optional_array("z"), nullptr);
  EXPECT_EQ(*reader_.optional_object("none"), nullptr);
}

TEST_F(Reader, SizesAreIntegerLiteralsUpTo2To53) {
  EXPECT_EQ(*reader_.required_size("big"), std::uint64_t{1} << 53U);
  for (const auto name : {"huge", "neg", "f", "e", "s", "a"}) {
    EXPECT_THAT(
        reader_.required_size(name),
        FailsSaying(kOutcome, std::string("here.") + name + ": want a non-negative integer"));
  }
}

TEST_F(Reader, RefusesNamesThatDifferOnlyInCase) {
  EXPECT_THAT(reader_.refuse_case_variants(std::array{"s"sv, "q"sv}), IsOk());
  EXPECT_THAT(reader_.refuse_case_variants(std::array{"BIG"sv}),
              FailsSaying(kOutcome, "here.big: differs from \"BIG\" only in case"));
}

TEST(JsonReader, WantsAnObject) {
  const Json array = *parse("[1]");
  EXPECT_THAT(JsonReader(array, "", kOutcome, "X-1").check_object(),
              FailsSaying(kOutcome, "document: want an object"));
  EXPECT_THAT(JsonReader(array, "x", kOutcome, "X-1").check_object(),
              FailsSaying(kOutcome, "x: want an object"));
  EXPECT_EQ(JsonReader(array, "x", kOutcome, "X-1").find("a"), nullptr);
}

}  // namespace
}  // namespace countersign
