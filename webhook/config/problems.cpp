#include "config/problems.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace countersign::config {

std::string print_place(const std::string& file, Place place) {
  if (place == Place{}) return file;
  return file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::string Problem::to_string() const { return print_place(file, place) + ": " + what; }

void Problems::add(Problem problem) {
  if (list_.size() == kMaxProblems) {
    ++untold_;
    return;
  }
  const auto at = std::ranges::upper_bound(list_, problem.place, {}, &Problem::place);
  list_.insert(at, std::move(problem));
}

std::string Problems::to_string() const {
  std::string out;
  for (const Problem& problem : list_) out += problem.to_string() + "\n";
  if (untold_ != 0) out += file_ + ": and " + std::to_string(untold_) + " more\n";
  return out;
}

std::string did_you_mean(std::string_view meant) {
  return meant.empty() ? std::string() : "; did you mean " + in_quotes(meant) + "?";
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 80;
  return "\"" + printable(text, kShown) + "\"";
}

}  // namespace countersign::config
