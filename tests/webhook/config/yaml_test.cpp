#include "config/yaml.hpp"

#include <gtest/gtest.h>

namespace countersign::config {
namespace {

/// The tree on one line, or the problems.
std::string shown(const YamlNode& node) {
  std::string out;
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "~";
    case YamlNode::Kind::kRefused:
      return "!";
    case YamlNode::Kind::kText:
      return node.style == YamlNode::Style::kQuoted ? "'" + node.text + "'" : node.text;
    case YamlNode::Kind::kSequence:
      for (const YamlNode& item : node.items) out += (out.empty() ? "" : ",") + shown(item);
      return "[" + out + "]";
    case YamlNode::Kind::kMapping:
      for (const YamlEntry& entry : node.entries)
        out += (out.empty() ? "" : ",") + entry.key + ":" + shown(entry.value);
      return "{" + out + "}";
  }
  return "?";
}

std::string parsed(std::string_view text) {
  Problems problems("f");
  const auto root = parse_yaml(text, problems);
  if (!problems.empty()) return problems.to_string();
  return root ? shown(*root) : "nothing without a problem";
}

struct Case {
  std::string text;
  std::string want;
};

class YamlReads : public ::testing::TestWithParam<Case> {};
TEST_P(YamlReads, TheTree) { EXPECT_EQ(parsed(GetParam().text), GetParam().want); }
INSTANTIATE_TEST_SUITE_P(
    Table, YamlReads,
    ::testing::Values(Case{"a: b\nc: [1, \"2\"]\n", "{a:b,c:[1,'2']}"}, Case{"a: b", "{a:b}"},
                      Case{"", "~"}, Case{"# only a comment\n", "~"}, Case{"---\na: b\n", "{a:b}"},
                      Case{"a: b\n...\n", "{a:b}"},
                      Case{"\xEF\xBB\xBF"
                           "a: b\n",
                           "{a:b}"},
                      Case{"a: b\r\nc: d\r\n", "{a:b,c:d}"},
                      Case{"{\"a\": {\"b\": [true, null]}}", "{a:{b:[true,~]}}"},
                      Case{"a: |\n  x\n  y\nb: 'it''s'\n", "{a:'x\ny\n',b:'it's'}"},
                      Case{"a: >-\n  x\n  y\n", "{a:'x y'}"},
                      Case{"a: \"x\\n\\u00e9\"\n", "{a:'x\n\u00e9'}"},
                      Case{"a:\n- 1\n- {b: 2}\n", "{a:[1,{b:2}]}"}, Case{"a: x # y\n", "{a:x}"},
                      Case{"a: ~\nb:\nc: null\n", "{a:~,b:~,c:~}"}, Case{"\"<<\": x\n", "{<<:x}"},
                      Case{"a: \"...\"\nb: x\n", "{a:'...',b:x}"}));

class YamlRefuses : public ::testing::TestWithParam<Case> {};
TEST_P(YamlRefuses, WithPlaceAndReason) {
  EXPECT_EQ(parsed(GetParam().text), GetParam().want + "\n");
}
const std::string kTab = "a tab in the indentation; YAML is indented with spaces";
const std::string kOpenQuote = "a quoted text begins after here and does not end";
const std::string kColon =
    "unexpected \":\"; check the indentation, or put text that holds \": \" in quotes";
INSTANTIATE_TEST_SUITE_P(
    Table, YamlRefuses,
    ::testing::Values(
        Case{"a: 1\na: 2\n", "f:2:1: key \"a\" is here a second time; the first is in line 1"},
        Case{"x: {a: 1, \"a\": 2}\n",
             "f:1:11: key \"a\" is here a second time; the first is in line 1"},
        Case{"a: &x 1\n",
             "f:1:4: anchors are not supported; write the value out where it is needed"},
        Case{"&x a: 1\n",
             "f:1:1: anchors are not supported; write the value out where it is needed"},
        Case{"a: &x [1]\nb: *x\n",
             "f:1:4: anchors are not supported; write the value out where it is needed\n"
             "f:2:4: aliases are not supported; write the value out"},
        Case{"a: *.azurecr.io\n",
             "f:1:4: text that begins with \"*\" needs quotes, as YAML takes it for an alias: "
             "write \"*.azurecr.io\""},
        Case{"a: [**/x]\n",
             "f:1:5: text that begins with \"*\" needs quotes, as YAML takes it for an alias: "
             "write \"**/x\""},
        Case{"a: *\n",
             "f:1:4: text that begins with \"*\" needs quotes, as YAML takes it for an alias: "
             "write \"*\""},
        Case{"<<: {a: 1}\n", "f:1:1: merge keys are not supported; write the keys out"},
        Case{"a: !!str 5\n", "f:1:4: tags are not supported; remove \"tag:yaml.org,2002:str\""},
        Case{"a: !x {b: 1}\n", "f:1:4: tags are not supported; remove \"!x\""},
        Case{"a: !<y> b\n", "f:1:4: tags are not supported; remove \"y\""},
        Case{"a: 1\n---\nb: 2\n", "f:2:1: a second document; a configuration is one document"},
        Case{"---\n---\n", "f:2:1: a second document; a configuration is one document"},
        Case{"a: 1\n...\nb: 2\n",
             "f:3:1: this belongs to nothing before it; check the indentation"},
        Case{"- 1\nb: 2\n", "f:2:1: this belongs to nothing before it; check the indentation"},
        Case{"a:\n\tb: 1\n", "f:2:3: " + kTab}, Case{"\ta: 1\n", "f:1:3: " + kTab},
        Case{"a:\n  - x\n\t- y\n", "f:3:1: " + kTab}, Case{"a: \"x\n", "f:1:1: " + kOpenQuote},
        Case{"a: 1\nb: 'x\nc: 2\n", "f:2:1: " + kOpenQuote}, Case{"a: \"x", "f:1:1: " + kOpenQuote},
        Case{"a: [1, 2\n", "f:1:4: a \"[\" without its \"]\", or a \",\" is missing"},
        Case{"a:\n  {b: 1\n", "f:2:3: a \"{\" without its \"}\", or a \",\" is missing"},
        Case{"a: 1}\n}\n", "f:2:1: a \"]\" or \"}\" that closes nothing"},
        Case{"a: [1}\n", "f:1:6: a \"]\" or \"}\" that closes nothing"},
        Case{"a: @x\n", "f:1:4: text cannot begin with \"@\" without quotes"},
        Case{"a: `x`\n", "f:1:4: text cannot begin with \"`\" without quotes"},
        Case{"a: %x\n", "f:1:4: text cannot begin with \"%\" without quotes"},
        Case{"a: b: c\n", "f:1:5: " + kColon},
        Case{"a:\n  b: 1\n c: 2\n", "f:3:2: a key without \":\", or wrong indentation"},
        Case{"a: b\n  c\n",
             "f:1:4: plain text goes on in the next line; put it in quotes, or check the "
             "indentation"},
        Case{"a: \"\\q\"\n", "f:1:7: not YAML: unknown escape character: q"},
        Case{"a: - b\n", "f:1:4: \"-\" begins a list, which belongs in a line of its own"},
        Case{"? [a]\n: b\n", "f:1:3: a key must be text"},
        Case{": b\n", "f:1:1: a key must be text"},
        Case{std::string("a: x\0y\n", 7), "f:1:5: a control character (\\x00)"},
        Case{"a: x\x04\nb: 1\n", "f:1:5: a control character (\\x04)"},
        Case{"a: \x1B[31m\n", "f:1:4: a control character (\\x1b)"},
        Case{"a: x\rb: y\n", "f:1:5: a control character (\\r)"},
        Case{"a: \x7F\n", "f:1:4: a control character (\\x7f)"},
        Case{"a: x\nb: \xC3\x28\n", "f:2:4: not UTF-8"},
        Case{"a: \xED\xA0\x80\n", "f:1:4: not UTF-8"},
        Case{"\xFF\xFE"
             "a\0",
             "f:1:1: not UTF-8"},
        Case{"\u00e9: \u20ac: x\n", "f:1:5: " + kColon}));

TEST(YamlPlaces, CountCharactersAndPointMissingValuesAtTheirKey) {
  Problems problems("f");
  const auto root =
      parse_yaml("\"\u00e9\u20ac\": {\u00fc: x, y: 1}\nempty:\n\nlast: 1\n", problems);
  ASSERT_TRUE(root);
  const YamlNode& inner = root->entries[0].value;
  EXPECT_EQ(inner.place, (Place{1, 7}));
  EXPECT_EQ(inner.find("y")->place, (Place{1, 14}));
  EXPECT_EQ(root->find("empty")->value.place, (Place{2, 1}));
  EXPECT_EQ(root->find("last")->place, (Place{4, 1}));
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(YamlBounds, Depth) {
  EXPECT_EQ(parsed(nested(kMaxYamlDepth)), nested(kMaxYamlDepth));
  EXPECT_EQ(parsed(nested(kMaxYamlDepth + 1)), "f:1:33: nested more than 32 levels deep\n");
  // Of what is never closed, each bracket is one level as a list and one as a key.
  EXPECT_EQ(parsed(std::string(500'000, '[')), "f:1:17: nested more than 32 levels deep\n");
  EXPECT_EQ(parsed(std::string(500'000, '{')), "f:1:32: nested more than 32 levels deep\n");
}

TEST(YamlBounds, Size) {
  EXPECT_EQ(parsed("# " + std::string(kMaxYamlBytes - 2, 'x')), "~");
  EXPECT_EQ(parsed("# " + std::string(kMaxYamlBytes - 1, 'x')), "f: larger than 1 MiB\n");
}

TEST(YamlBounds, Values) {
  std::string text;
  for (std::size_t i = 0; i < kMaxYamlNodes; ++i) text += "- x\n";
  EXPECT_EQ(parsed(text), "f:20000:3: more than 20000 values\n");
}

TEST(YamlBounds, AliasesAreNeverExpanded) {
  std::string text = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before +
            "]\n";
  }
  EXPECT_TRUE(parsed(text).starts_with("f:1:5: anchors are not supported"));
}

class Scalars : public ::testing::TestWithParam<Case> {};
TEST_P(Scalars, AreTypedByTheCoreSchema) {
  Problems problems("f");
  const auto root = parse_yaml("a: " + GetParam().text, problems);
  ASSERT_TRUE(root);
  constexpr std::array kNames = {"text", "boolean", "whole", "number"};
  EXPECT_EQ(kNames[static_cast<std::size_t>(scalar_type(root->entries[0].value))], GetParam().want);
}
INSTANTIATE_TEST_SUITE_P(
    Table, Scalars,
    ::testing::Values(Case{"x", "text"}, Case{"\"1\"", "text"}, Case{"'true'", "text"},
                      Case{"true", "boolean"}, Case{"False", "boolean"}, Case{"yes", "text"},
                      Case{"1", "whole"}, Case{"-12", "whole"}, Case{"+1", "whole"},
                      Case{"007", "whole"}, Case{"1.5", "number"}, Case{".5", "number"},
                      Case{"1.", "number"}, Case{"1e3", "number"}, Case{"-1.5E-3", "number"},
                      Case{"0x1F", "number"}, Case{"0o7", "number"}, Case{".inf", "number"},
                      Case{"-.INF", "number"}, Case{".nan", "number"}, Case{"1.2.3", "text"},
                      Case{"127.0.0.1:5000", "text"}, Case{"1e", "text"}, Case{".", "text"},
                      Case{"0x", "text"}, Case{"e5", "text"}, Case{"5s", "text"}));

TEST(ToJson, KeepsTypesAndOrder) {
  Problems problems("f");
  const auto root = parse_yaml(
      "b: [1, -2, 1.5, true, ~, \"1\", 5s, 007, 0x1F, .inf, 99999999999999999999]\na: {x: "
      "\"q\\\"\\n\\u00e9\", y: }\n",
      problems);
  ASSERT_TRUE(root) << problems.to_string();
  EXPECT_EQ(to_json_text(*root),
            "{\"b\":[1,-2,1.5,true,null,\"1\",\"5s\",7,\"0x1F\",\".inf\",\"99999999999999999999\"],"
            "\"a\":{\"x\":\"q\\\"\\n\u00e9\",\"y\":null}}");
}

}  // namespace
}  // namespace countersign::config
