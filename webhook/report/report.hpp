#pragma once
/// What became of images, for people and programs: one value that every writer reads. Pure.
///
/// Source: docs/cli.md, "JSON"; docs/outcomes.md.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admission/decision.hpp"
#include "admission/review.hpp"
#include "verdict/verdict.hpp"

namespace countersign::report {

/// One image, or one object that could not be read as a whole.
struct Entry {
  std::string source;  ///< "web.yaml: Deployment shop/web"; empty for an image of the command line
  std::string place;   ///< "spec.containers[0].image"; likewise
  std::string image;   ///< as written
  std::shared_ptr<const verdict::Verdict> verdict;  ///< never null
  std::string action;
  std::string rule;
  bool denied = false;
  std::optional<std::chrono::seconds> verified_ago{};  ///< of an outage that may be bridged
};

struct Report {
  std::vector<Entry> entries;
};

/// The worst that the report holds.
enum class Result : std::uint8_t {
  kAdmitted,   ///< nothing is denied
  kUndecided,  ///< what is denied is so for an outage
  kDenied,     ///< something is denied by a verdict
};
[[nodiscard]] Result result_of(const Report& report) noexcept;

/// Adds what was decided of one object. `decision` was made of `review`.
void add_object(std::string source, const admission::Review& review,
                const admission::Decision& decision, Report& report);

/// The verdict of an image that a rule passes over.
[[nodiscard]] std::shared_ptr<const verdict::Verdict> skipped_by(std::string_view rule,
                                                                 std::string repository);

}  // namespace countersign::report
