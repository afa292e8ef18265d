#pragma once
/// The images of one review as JSON: the list `images` of `admission.decided` in the log.

#include <string>

#include "admission/decision.hpp"
#include "admission/review.hpp"

namespace countersign::report {

/// Appends the array.
void write_reviewed_images(const admission::Review& review, const admission::Decision& decision,
                           std::string& out);

}  // namespace countersign::report
