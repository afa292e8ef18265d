#pragma once
/// `*` and `?` in the last component of a path.

#include <string_view>

namespace countersign::config {

[[nodiscard]] bool is_glob(std::string_view path) noexcept;
/// Whether `name` is what `pattern` asks for: `*` is any text, `?` any one byte. At most the
/// product of both lengths, however many stars there are.
[[nodiscard]] bool glob_matches(std::string_view pattern, std::string_view name) noexcept;

}  // namespace countersign::config
