#pragma once
/// One image's verdict as JSON: the object of `verify --output json`, and of `admission.decided` in
/// the log.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "verdict/verdict.hpp"

namespace countersign::report {

/// As much of a text from outside as logs and reports show: any image reference is shorter, and an
/// object may hold megabytes of others.
[[nodiscard]] constexpr std::string_view shown_part(std::string_view text) {
  constexpr std::size_t kMost = 600;
  return text.substr(0, kMost);
}

/// What belongs to who asked: how he wrote it, and what the rules made of it.
struct ImageFacts {
  std::string_view image;
  std::string_view action;    ///< "enforce", …
  std::string_view decision;  ///< "allow" or "deny"
  std::string_view rule;
  std::optional<std::chrono::seconds> verified_ago;  ///< of an outage that may be bridged
};

/// Appends the object.
void write_image_report(const verdict::Verdict& verdict, const ImageFacts& facts, std::string& out);

}  // namespace countersign::report
