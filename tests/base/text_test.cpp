#include "base/text.hpp"

#include <gtest/gtest.h>

#include <array>

namespace countersign {
namespace {

using namespace std::string_view_literals;

TEST(Printable, EscapesCutsAndNeverBreaksACodePoint) {
  const std::tuple<std::string_view, std::size_t, std::string_view> cases[] = {
      {"plain", 256, "plain"},
      {"", 256, ""},
      {"caf\xC3\xA9", 256, "caf\xC3\xA9"},
      {"a\nb\rc\td", 256, "a\\nb\\rc\\td"},
      {"a\0b\x1b[31m\x7f"sv, 256, "a\\x00b\\x1b[31m\\x7f"},
      {"\xC2\x85\xC2\x9F\xC2\xA0", 256, "??\xC2\xA0"},
      {"\xFF\xC3", 256, "??"},
      {"\xED\xA0\x80", 256, "???"},
      {"\xC0\xAF", 256, "??"},
      {"0123456789", 10, "0123456789"},
      {"01234567890", 10, "0123456..."},
      {"012345\xC3\xA9\xC3\xA9z", 10, "012345..."},
      {"\n\n\n\n\n", 8, "\\n\\n..."},
  };
  for (const auto& [text, limit, want] : cases) {
    const std::string got = printable(text, limit);
    EXPECT_EQ(got, want);
    EXPECT_LE(got.size(), limit);
    EXPECT_TRUE(is_valid_utf8(got));
  }
}

TEST(Printable, HidesWhatChangesItsSurroundings) {
  EXPECT_EQ(printable("a\u202Eb\u2028c\u200Bd\u2066e\uFEFFf"), "a?b?c?d?e?f");
  EXPECT_EQ(printable("\u2010\u2030\u00E9"), "\u2010\u2030\u00E9");
}

TEST(Printable, PlainAsciiIsWhatStaysAsItIs) {
  EXPECT_TRUE(is_plain_ascii(""));
  for (std::size_t size = 1; size <= 20; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (unsigned c = 0; c < 256; ++c) {
        std::string text(size, c % 2 == 0 ? ' ' : '~');
        text[at] = static_cast<char>(c);
        EXPECT_EQ(is_plain_ascii(text), c >= 0x20 && c < 0x7F) << size << " " << at << " " << c;
      }
    }
  }
}

TEST(Printable, IsStable) {
  for (const std::string_view text : {"a\\nb"sv, "caf\xC3\xA9"sv, "?"sv})
    EXPECT_EQ(printable(text), text);
}

TEST(Utf8, OnlyShortestFormsOfScalarValues) {
  for (const auto text : {""sv, "a"sv, "\xC2\x80"sv, "\xE0\xA0\x80"sv, "\xED\x9F\xBF"sv,
                          "\xEE\x80\x80"sv, "\xF0\x90\x80\x80"sv, "\xF4\x8F\xBF\xBF"sv}) {
    EXPECT_TRUE(is_valid_utf8(text));
  }
  for (const auto text :
       {"\x80"sv, "\xBF"sv, "\xC1\xBF"sv, "\xC2"sv, "\xE0\x9F\xBF"sv, "\xE1\x80"sv,
        "\xED\xA0\x80"sv, "\xF0\x8F\xBF\xBF"sv, "\xF4\x90\x80\x80"sv, "\xF5\x80\x80\x80"sv,
        "\xF1\x80\x80"sv, "a\xFF"sv}) {
    EXPECT_FALSE(is_valid_utf8(text));
  }
}

TEST(Utf8, APrefixEndsBetweenCodePoints) {
  EXPECT_EQ(utf8_prefix("abc", 3), "abc");
  EXPECT_EQ(utf8_prefix("abc", 2), "ab");
  EXPECT_EQ(utf8_prefix("a\xC3\xA9", 2), "a");
  EXPECT_EQ(utf8_prefix("\xF0\x9F\x90\xB3", 3), "");
}

TEST(Text, CaseMeansAsciiCase) {
  EXPECT_EQ(ascii_lower("AbC\xC3\x89"), "abc\xC3\x89");
  EXPECT_TRUE(ascii_iequals("Payload", "pAYLOAD"));
  EXPECT_FALSE(ascii_iequals("payload", "payloads"));
  EXPECT_FALSE(ascii_iequals("\xC3\x89", "\xC3\xA9"));
  EXPECT_FALSE(ascii_iequals("[", "{"));
}

TEST(Text, TrimsBlanksAndTabsOnly) {
  EXPECT_EQ(trimmed(" \ta b\t "), "a b");
  EXPECT_EQ(trimmed(" \n "), "\n");
  EXPECT_EQ(trimmed("  "), "");
}

TEST(Nearest, SaysWhatWasProbablyMeant) {
  constexpr std::array<std::string_view, 4> kLevels = {"strict", "permissive", "audit", "skip"};
  EXPECT_EQ(nearest("Strict", kLevels), "strict");
  EXPECT_EQ(nearest("strikt", kLevels), "strict");
  EXPECT_EQ(nearest("none", kLevels), "");
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
}

}  // namespace
}  // namespace countersign
