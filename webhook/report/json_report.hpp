#pragma once
/// A report as JSON: a VerificationReport. Pure.
///
/// Source: docs/cli.md, "JSON".

#include <string>

#include "report/report.hpp"

namespace countersign::report {

/// One document, without a newline at its end.
[[nodiscard]] std::string to_json(const Report& report);

}  // namespace countersign::report
