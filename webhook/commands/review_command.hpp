#pragma once
/// `countersign review`: the webhook's answer to one AdmissionReview, without a server.

#include <string>

namespace countersign::commands {

/// Answers the AdmissionReview on stdin on stdout. Returns the exit status.
int review(const std::string& configuration_file);

}  // namespace countersign::commands
