#include "server/reply.hpp"

#include <charconv>

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

void append_number(std::string& out, std::size_t number) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

void write_reply(const Reply& reply, Connection connection, Part part, std::string& out) {
  constexpr std::size_t kHeaderReserve = 256;
  out.clear();
  out.reserve(kHeaderReserve + reply.body.size());
  out += "HTTP/1.1 ";
  append_number(out, reply.status);
  out += ' ';
  out += status_text(reply.status);
  out += "\r\nContent-Type: ";
  out += reply.content_type;
  out += "\r\nContent-Length: ";
  append_number(out, reply.body.size());
  out += "\r\n";
  out += reply.extra_headers;
  if (connection == Connection::kClose) out += "Connection: close\r\n";
  out += "\r\n";
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
