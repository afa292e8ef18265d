#pragma once
/// What must hold for every input of a fuzz target.

#include <cstdio>
#include <cstdlib>
#include <source_location>
#include <string_view>

#include "base/error.hpp"
#include "base/text.hpp"

namespace countersign::fuzz {

/// Ends the program where it does not hold, and says which claim it was.
inline void require(bool condition, std::source_location where = std::source_location::current()) {
  if (condition) return;
  std::fprintf(stderr, "%s:%u: does not hold\n", where.file_name(), where.line());
  std::abort();
}

/// What every error about foreign bytes keeps: a text that is short and safe to show.
inline void require_showable(const Error& error) {
  constexpr std::size_t kLongest = 4000;
  require(!error.reason().id().empty() && !error.message().empty());
  require(error.message().size() < kLongest && is_valid_utf8(error.message()));
  for (const char c : error.message()) require(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

}  // namespace countersign::fuzz
