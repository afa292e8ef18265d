#include "server/reply.hpp"

#include <fmt/format.h>

#include <iterator>

namespace countersign::server {
namespace {

std::string_view status_text(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Payload Too Large";
    case 415:
      return "Unsupported Media Type";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

void write_reply(const Reply& reply, Connection connection, Part part, std::string& out) {
  out.clear();
  fmt::format_to(std::back_inserter(out),
                 "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}{}\r\n",
                 reply.status, status_text(reply.status), reply.content_type, reply.body.size(),
                 reply.extra_headers,
                 connection == Connection::kKeepAlive ? "" : "Connection: close\r\n");
  if (part == Part::kWhole) out += reply.body;
}

Reply plain_reply(unsigned status, std::string_view text) {
  Reply reply;
  reply.status = status;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = std::string(text) + "\n";
  reply.close = true;
  return reply;
}

}  // namespace countersign::server
