#pragma once
/// What this program is.

#include <string>
#include <string_view>

namespace countersign::commands {

[[nodiscard]] std::string_view version() noexcept;  ///< "0.1.0"
[[nodiscard]] std::string_view commit() noexcept;   ///< abbreviated; "unknown" outside a checkout
/// Version, commit, compiler and libraries, one a line.
[[nodiscard]] std::string version_text();

}  // namespace countersign::commands
