#pragma once
/// What a registry says to its users beside its answers: `Warning: 299 - "text"`. Shown, never
/// acted on.
///
/// Source: oci-registry 2.5.

#include <optional>
#include <string>
#include <string_view>

#include "adapters/http/message.hpp"
#include "ports/registry.hpp"

namespace countersign::registry {

inline constexpr std::size_t kMaxWarningBytes = 120;    ///< of one text
inline constexpr std::size_t kMaxWarningsBytes = 4096;  ///< read in one verification

/// The text of a header's value, made safe to show; nothing if it is of another form.
[[nodiscard]] std::optional<std::string> parse_warning(std::string_view value);

/// Adds the warnings of an answer that are new, up to `ports::Trace::kMaxWarnings`.
void note_warnings(const http::Response& response, ports::Trace& trace);

}  // namespace countersign::registry
