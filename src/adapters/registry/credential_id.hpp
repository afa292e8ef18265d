#pragma once
/// Names a credential without showing it.

#include <string>

#include "oci/credential.hpp"

namespace countersign::registry {

/// "anonymous" for null; else a hash of all its parts, which is never shown either.
[[nodiscard]] std::string credential_id(const oci::Credential* credential);

}  // namespace countersign::registry
