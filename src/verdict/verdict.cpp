#include "verdict/verdict.hpp"

namespace countersign::verdict {

std::string_view name(CheckResult result) noexcept {
  switch (result) {
    case CheckResult::kPassed:
      return "passed";
    case CheckResult::kFailed:
      return "failed";
    case CheckResult::kSkipped:
      return "skipped";
    case CheckResult::kNotReached:
      return "notReached";
  }
  return "";
}

}  // namespace countersign::verdict
