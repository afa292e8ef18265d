#include "commands/console.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>

namespace countersign::commands {

void complain(std::string_view text) {
  std::fputs(fmt::format("countersign: {}\n", text).c_str(), stderr);
}

std::string read_stdin(std::size_t limit) {
  std::string text;
  std::string chunk(std::size_t{64} * 1024, '\0');
  while (text.size() <= limit) {
    std::cin.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    text.append(chunk, 0, static_cast<std::size_t>(std::cin.gcount()));
    if (!std::cin) break;
  }
  return text;
}

}  // namespace countersign::commands
