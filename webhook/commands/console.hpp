#pragma once
/// What the commands that answer on standard output share: stdin and stderr.

#include <cstddef>
#include <string>
#include <string_view>

namespace countersign::commands {

/// `countersign: TEXT` on stderr.
void complain(std::string_view text);

/// All of stdin up to `limit` bytes. More than `limit` bytes come back if there was more: the
/// caller sees by the size that it was too much.
std::string read_stdin(std::size_t limit);

}  // namespace countersign::commands
