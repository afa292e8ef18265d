#pragma once
/// A report as text for a terminal. Pure.

#include <cstdint>
#include <string>

#include "report/report.hpp"

namespace countersign::report {

enum class Detail : std::uint8_t { kShort, kEveryCheck };
[[nodiscard]] std::string to_text(const Report& report, Detail detail);

}  // namespace countersign::report
