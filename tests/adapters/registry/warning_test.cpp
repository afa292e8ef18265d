#include "adapters/registry/warning.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

namespace countersign::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

http::Response with_warnings(const std::vector<std::string>& values) {
  http::Response response;
  for (const std::string& value : values) response.headers.emplace_back("warning", value);
  return response;
}

TEST(RegistryWarning, HasOneForm) {
  EXPECT_EQ(parse_warning("299 - \"Your token ends soon.\""), "Your token ends soon.");
  EXPECT_EQ(parse_warning(" 299 - \"a \\\"b\\\" \\\\\" "), "a \"b\" \\");
  EXPECT_EQ(parse_warning("299 - \"line\nbreak \x1b[31m\""), "line\\nbreak \\x1b[31m");
  const auto cut = parse_warning("299 - \"" + std::string(1000, 'x') + "\"");
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->size(), kMaxWarningBytes);
  for (const std::string_view other :
       {"", "299", "299 - ", "299 - text", "299 - \"", "299 - \"open", "299 - \"\"", "299 - \" \"",
        "199 - \"other code\"", "299 agent \"x\"", "299 - \"a\" \"Sat, 25 Aug 2012 23:34:45 GMT\"",
        "299 - \"a\", 299 - \"b\"", "299 - \"a\\\""}) {
    EXPECT_EQ(parse_warning(other), std::nullopt) << other;
  }
}

// shows: R-244
TEST(RegistryWarning, AreTwoAtMostAndEachOnce) {
  ports::Trace trace;
  note_warnings(with_warnings({"299 - \"a\"", "299 - \"a\"", "nonsense"}), trace);
  note_warnings(with_warnings({"299 - \"a\""}), trace);
  EXPECT_THAT(trace.warnings, ElementsAre("a"));
  note_warnings(with_warnings({"299 - \"b\"", "299 - \"c\""}), trace);
  EXPECT_THAT(trace.warnings, ElementsAre("a", "b"));
}

TEST(RegistryWarning, AreReadUpToALimit) {
  const auto value_of = [](std::size_t bytes) {
    return "199 - \"" + std::string(bytes - 8, 'x') + "\"";
  };
  ports::Trace trace;
  note_warnings(with_warnings({value_of(kMaxWarningsBytes - 9), "299 - \"a\""}), trace);
  EXPECT_THAT(trace.warnings, SizeIs(1));
  ports::Trace more;
  note_warnings(with_warnings({value_of(kMaxWarningsBytes - 8), "299 - \"a\""}), more);
  note_warnings(with_warnings({"299 - \"b\""}), more);
  EXPECT_THAT(more.warnings, IsEmpty());
}

}  // namespace
}  // namespace countersign::registry
