#pragma once
/// Replies as HTTP/1.1 writes them.

#include <cstdint>
#include <string>
#include <string_view>

#include "server/handler.hpp"

namespace countersign::server {

/// A short text for people; the connection ends after it.
[[nodiscard]] Reply plain_reply(unsigned status, std::string_view text);

enum class Connection : std::uint8_t { kKeepAlive, kClose };
/// HEAD gets the header alone.
enum class Part : std::uint8_t { kWhole, kHeader };

/// Replaces `out` by the reply.
void write_reply(const Reply& reply, Connection connection, Part part, std::string& out);

}  // namespace countersign::server
