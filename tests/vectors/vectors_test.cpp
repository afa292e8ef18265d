// Runs every vector: what the files expect is what comes out, check by check.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <ostream>

#include "vectors/run_case.hpp"

namespace countersign::vectors {

void PrintTo(const Case& which, std::ostream* out) { *out << which.name; }

void PrintTo(const Decision& decision, std::ostream* out) {
  *out << decision.outcome;
  for (const auto& [check, result] : decision.checks) *out << ", " << check << ": " << result;
  for (const std::string& address : decision.asked) *out << ", asked " << address;
}

namespace {

// Tests run in the folder tests/.
const char* const kFolder = "vectors";

class Vectors : public testing::TestWithParam<Case> {};

TEST_P(Vectors, HasTheExpectedOutcome) {
  const Found found = run_case(kFolder, GetParam());
  EXPECT_EQ(found.decision, expected_of(GetParam())) << GetParam().path << "\n" << found.message;
  const bool good = found.decision.outcome == "verified" || found.decision.outcome == "skipped";
  EXPECT_EQ(found.message.empty(), good);
}

INSTANTIATE_TEST_SUITE_P(
    All, Vectors, testing::ValuesIn(find_cases(kFolder)),
    [](const testing::TestParamInfo<Case>& info) {
      std::string name = info.param.name;
      std::ranges::replace_if(
          name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
      return name;
    });

}  // namespace
}  // namespace countersign::vectors
