#include "base/outcome.hpp"

#include <gtest/gtest.h>

#include <set>

namespace countersign {
namespace {

/// The contract with everything that branches on a code. Never edit a line: only add.
constexpr std::string_view kContract[][3] = {
    {"CS000", "verified", ""},
    {"CS001", "skipped", ""},
    {"CS101", "unsigned", "verdict"},
    {"CS102", "untrusted-signer", "verdict"},
    {"CS103", "identity-mismatch", "verdict"},
    {"CS104", "signature-invalid", "verdict"},
    {"CS105", "signature-expired", "verdict"},
    {"CS106", "certificate-expired", "verdict"},
    {"CS107", "timestamp-invalid", "verdict"},
    {"CS108", "revoked", "verdict"},
    {"CS109", "plugin-required", "verdict"},
    {"CS110", "no-policy", "verdict"},
    {"CS111", "image-not-found", "verdict"},
    {"CS112", "invalid-reference", "verdict"},
    {"CS113", "platform-unsigned", "verdict"},
    {"CS114", "registry-refused", "verdict"},
    {"CS115", "metadata-mismatch", "verdict"},
    {"CS201", "revocation-unknown", "outage"},
    {"CS202", "registry-unauthorized", "outage"},
    {"CS203", "registry-throttled", "outage"},
    {"CS204", "registry-unreachable", "outage"},
    {"CS205", "registry-misbehaved", "outage"},
    {"CS206", "deadline-exceeded", "outage"},
    {"CS207", "overloaded", "outage"},
    {"CS301", "malformed-review", "request"},
    {"CS302", "unsupported-object", "request"},
    {"CS900", "internal-error", "outage"},
};

TEST(Outcome, CodesNamesAndClassesAreTheContract) {
  ASSERT_EQ(all_outcomes().size(), std::size(kContract));
  for (std::size_t i = 0; i < std::size(kContract); ++i) {
    const OutcomeInfo& row = all_outcomes()[i];
    EXPECT_EQ(row.code, kContract[i][0]);
    EXPECT_EQ(row.name, kContract[i][1]) << row.code;
    EXPECT_EQ(name(row.kind), kContract[i][2]) << row.code;
    EXPECT_EQ(row.anchor, row.name);
    EXPECT_FALSE(row.text.empty()) << row.code;
    EXPECT_EQ(row.remedy.empty(), admits(row.outcome)) << row.code;
  }
}

TEST(Outcome, CodesAndNamesAreUnique) {
  std::set<std::string_view> seen;
  for (const OutcomeInfo& row : all_outcomes()) {
    EXPECT_TRUE(seen.insert(row.code).second) << row.code;
    EXPECT_TRUE(seen.insert(row.name).second) << row.name;
  }
}

TEST(Outcome, OnlyVerifiedAndSkippedAdmit) {
  for (const OutcomeInfo& row : all_outcomes()) {
    EXPECT_EQ(admits(row.outcome), row.code == "CS000" || row.code == "CS001") << row.code;
    EXPECT_EQ(admits(row.outcome), row.kind == OutcomeClass::kNone) << row.code;
  }
}

TEST(Outcome, AValueThatIsNoneIsAnInternalError) {
  EXPECT_EQ(code(static_cast<Outcome>(200)), "CS900");
  EXPECT_FALSE(admits(static_cast<Outcome>(200)));
}

}  // namespace
}  // namespace countersign
