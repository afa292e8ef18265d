#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace countersign {
namespace {

std::string shown(const std::optional<Bytes>& bytes) { return bytes ? to_hex(*bytes) : "none"; }

struct Case {
  std::string text;
  std::string want;  // hex, or "none"
};

TEST(Base64, TakesOnlyTheOneSpellingOfEachValue) {
  const Case cases[] = {
      {"", ""},
      {"AA==", "00"},
      {"/+8=", "ffef"},
      {"AQID", "010203"},
      {"AQIDBA==", "01020304"},
      // length, padding
      {"A", "none"},
      {"AA", "none"},
      {"AA=", "none"},
      {"AQID=", "none"},
      {"AQIDBA", "none"},
      {"A===", "none"},
      {"====", "none"},
      {"=", "none"},
      {"AA==AA==", "none"},
      {"A=A=", "none"},
      // unused bits that are not zero
      {"AB==", "none"},
      {"/+9=", "none"},
      // other alphabets and white space
      {"_-8=", "none"},
      {"AQ\nID", "none"},
      {"AQID\n", "none"},
      {" AQID", "none"},
      {std::string("AQI\0", 4), "none"},
      {"AQI\xC3", "none"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(shown(from_base64(text)), want) << text;
}

TEST(Base64Url, TakesOnlyTheOneSpellingOfEachValue) {
  const Case cases[] = {
      {"", ""},          {"AA", "00"},     {"_-8", "ffef"},  {"AQID", "010203"}, {"A", "none"},
      {"AAAAA", "none"}, {"AA==", "none"}, {"_-8=", "none"}, {"/+8", "none"},    {"AB", "none"},
      {"_-9", "none"},   {"AA\n", "none"}, {"A A", "none"},
  };
  for (const auto& [text, want] : cases) EXPECT_EQ(shown(from_base64url(text)), want) << text;
}

TEST(Bytes, EveryLengthSurvivesThereAndBack) {
  Bytes bytes;
  for (unsigned i = 0; i < 70; ++i) {
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    EXPECT_EQ(from_base64url(to_base64url(bytes)), bytes);
    EXPECT_EQ(from_hex(to_hex(bytes)), bytes);
    bytes.push_back(static_cast<std::uint8_t>(251 * i + 3));
  }
}

TEST(Hex, TakesPairsOfDigitsOfEitherCase) {
  const Case cases[] = {{"", ""},       {"0aFf", "0aff"}, {"0", "none"},
                        {"0g", "none"}, {"0x", "none"},   {" 0", "none"}};
  for (const auto& [text, want] : cases) EXPECT_EQ(shown(from_hex(text)), want) << text;
}

}  // namespace
}  // namespace countersign
