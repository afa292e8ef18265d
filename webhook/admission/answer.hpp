#pragma once
/// The response AdmissionReview as text.
///
/// Source: kubernetes-admission 1.5. Only a verdict: never `patch` or `patchType`, never
/// `retryAfterSeconds`; an allowed object has no `status`. Left to the caller: HTTP 200 and the
/// content type `application/json`.

#include <string>

#include "admission/decision.hpp"
#include "admission/review.hpp"

namespace countersign::admission {

/// Appends the answer to `out`.
void write_answer(const Review& review, const Decision& decision, std::string& out);

}  // namespace countersign::admission
