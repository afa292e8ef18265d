// Plain documents have a reader of their own: whatever it takes, the general one takes alike.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "base/json.hpp"

namespace countersign {
namespace {

/// Both must agree, but for what only the strict door refuses.
void expect_agreement(const std::string& text) {
  const auto ours = parse_json(text, {}, Outcome::kSignatureInvalid, "TEST");
  const Json theirs = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (ours) {
    ASSERT_FALSE(theirs.is_discarded()) << text;
    EXPECT_EQ(*ours, theirs) << text;
    EXPECT_EQ(ours->dump(), theirs.dump()) << text;  // integers stay integers
    EXPECT_EQ(ours->type(), theirs.type()) << text;
  } else if (!ours.error().message().contains("twice")) {
    EXPECT_TRUE(theirs.is_discarded() || text.contains('\0') || text.starts_with("\xEF")) << text;
  }
}

TEST(PlainJson, AgreesWithTheGeneralParser) {
  const std::vector<std::string> texts = {"",
                                          " ",
                                          "null",
                                          "true",
                                          "false",
                                          "nul",
                                          "nulll",
                                          "truefalse",
                                          "0",
                                          "00",
                                          "01",
                                          "-0",
                                          "-1",
                                          "7",
                                          " 7 ",
                                          "7.",
                                          "7.0",
                                          "7e1",
                                          "7E+1",
                                          "999999999999999999",
                                          "1000000000000000000",
                                          "18446744073709551615",
                                          "18446744073709551616",
                                          "1e400",
                                          "[1",
                                          "[1]]",
                                          "[",
                                          "]",
                                          "[]",
                                          "[ ]",
                                          "[,]",
                                          "[1,]",
                                          "[1,,2]",
                                          "[1 2]",
                                          "[1,2]",
                                          "[[],[[]],{}]",
                                          "{",
                                          "}",
                                          "{}",
                                          "{ }",
                                          "{,}",
                                          R"({"a"})",
                                          R"({"a":})",
                                          R"({"a":1,})",
                                          R"({"a":1 "b":2})",
                                          R"({"a":1,"b":[2,{"c":null}]})",
                                          R"({a:1})",
                                          R"({1:1})",
                                          R"({"a":1}{})",
                                          R"({"a":1}x)",
                                          R"("")",
                                          R"("a)",
                                          R"("a"b)",
                                          R"("\n")",
                                          R"("\u00e9")",
                                          R"("\ud800")",
                                          "\"\xC3\xA9\"",
                                          "\"\xC3\"",
                                          "\"\x7F\"",
                                          "\"\x1F\"",
                                          "\"\t\"",
                                          "[\"a\"\t,\r\n\"b\"]",
                                          "\v1",
                                          "1\f",
                                          R"({"a":1,"a":2})",
                                          R"({"":{"":""}})",
                                          "/**/1",
                                          "'a'",
                                          "NaN",
                                          "+1",
                                          ".5",
                                          "[1]\n",
                                          "\xEF\xBB\xBF"
                                          "1",
                                          std::string("1\0", 2),
                                          R"([{"a":[}])",
                                          R"([1}])",
                                          R"({"a":1])"};
  for (const std::string& text : texts) expect_agreement(text);
}

TEST(PlainJson, AgreesOnRandomTexts) {
  constexpr std::string_view kPieces[] = {"{",     "}",       "[",  "]",  ",",  ":",
                                          "\"a\"", "\"b\"",   "1",  "0",  " ",  "true",
                                          "null",  "\"\\n\"", "\"", "-1", "2.5"};
  std::mt19937 random(1);  // NOLINT(cert-msc*): the same texts in every run
  std::uniform_int_distribution<std::size_t> piece(0, std::size(kPieces) - 1);
  std::uniform_int_distribution<int> length(1, 9);
  for (int i = 0; i < 50'000; ++i) {
    std::string text;
    for (int left = length(random); left > 0; --left) text += kPieces[piece(random)];
    expect_agreement(text);
  }
}

TEST(PlainJson, KeepsTheLimits) {
  const auto fails = [](const std::string& text, const JsonLimits& limits) {
    return !parse_json(text, limits, Outcome::kSignatureInvalid, "TEST");
  };
  EXPECT_TRUE(fails("[[1]]", {.max_depth = 1}));
  EXPECT_FALSE(fails("[[1]]", {.max_depth = 2}));
  EXPECT_TRUE(fails("[1,2]", {.max_values = 2}));
  EXPECT_FALSE(fails("[1,2]", {.max_values = 3}));
  EXPECT_TRUE(fails("[1,2]", {.max_bytes = 4}));
  EXPECT_TRUE(fails(R"({"a":1,"a":1})", {}));
}

}  // namespace
}  // namespace countersign
