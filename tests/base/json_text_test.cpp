#include "base/json_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace countersign {
namespace {

std::string written(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

/// What a reader makes of it.
std::string read_back(std::string_view text) {
  return nlohmann::json::parse(written(text)).get<std::string>();
}

TEST(AppendJsonString, EscapesWhatMustBe) {
  EXPECT_EQ(written(""), R"("")");
  EXPECT_EQ(written("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(written("\n\r\t\x01\x1f\x7f"), R"("\n\r\t\u0001\u001f\u007f")");
  EXPECT_EQ(written(std::string_view("\0", 1)), R"("\u0000")");
  EXPECT_EQ(written("é€😀"), "\"é€😀\"");
}

// Text is looked at eight bytes at a time: every character must be seen at every place of such a
// group.
TEST(AppendJsonString, SeesEveryCharacterAtEveryPlace) {
  for (unsigned c = 0; c < 0x80; ++c) {
    for (std::size_t length = 1; length < 20; ++length) {
      for (std::size_t place = 0; place < length; ++place) {
        std::string text(length, 'x');
        text[place] = static_cast<char>(c);
        ASSERT_EQ(read_back(text), text) << c << " at " << place << " of " << length;
      }
    }
  }
}

TEST(AppendJsonString, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(written("abcdefgh\xff\xc3(ijklmnop\xed\xa0\x80"),
            "\"abcdefgh\xEF\xBF\xBD\xEF\xBF\xBD(ijklmnop\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST(JsonObjectWriter, WritesEveryKindOfMember) {
  std::string out = "before ";
  JsonObjectWriter object(out);
  object.field("text", "a\"b").field("yes", true).field("number", -42).field("real", 1.5);
  object.raw("raw", "[1,2]").word("word", "skip").word("none", "").field("empty", "");
  append_json_string(object.open("open"), "x");
  object.close();
  EXPECT_EQ(
      out,
      R"(before {"text":"a\"b","yes":true,"number":-42,"real":1.500,"raw":[1,2],"word":"skip","none":"","empty":"","open":"x"})");
}

// A string that grows while a name is written must neither lose nor gain a byte.
TEST(JsonObjectWriter, GrowsAtAnyPlace) {
  for (std::size_t filled = 0; filled < 600; ++filled) {
    std::string out(filled, ' ');
    out.shrink_to_fit();
    JsonObjectWriter object(out);
    for (int i = 0; i < 12; ++i) object.field("name-of-a-member", "v");
    object.close();
    std::string want(filled, ' ');
    want += '{';
    for (int i = 0; i < 12; ++i)
      want += std::string(i > 0 ? "," : "") + R"("name-of-a-member":"v")";
    want += '}';
    ASSERT_EQ(out, want) << filled;
  }
}

}  // namespace
}  // namespace countersign
