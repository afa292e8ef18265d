#pragma once
/// Which rights a token is asked for. A registry's wish is followed only as far as reading our
/// repository goes.
///
/// Source: oci-registry 4.5 (token confusion: a hostile registry must not make us mint a write
/// token). Pure.

#include <string>
#include <string_view>
#include <vector>

namespace countersign::registry {

/// Sorted and without repeats: "repository:<repository>:pull", and of the challenge's scopes those
/// that only read it
/// (`pull`, `metadata_read`) or that name no resource at all (ECR Public's "aws").
[[nodiscard]] std::vector<std::string> scopes_to_request(std::string_view repository,
                                                         std::string_view challenge_scope);

}  // namespace countersign::registry
