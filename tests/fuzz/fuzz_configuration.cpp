// Any bytes as a configuration file. There is a value exactly if there are no problems; what is
// said is the same each time, on one line a problem; and a configuration that is printed reads back
// as itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "config/loader.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

auto load(std::string_view text) {
  countersign::config::Problems problems("fuzz.yaml");
  auto configuration = countersign::config::load_configuration(text, problems);
  return countersign::config::checked(std::move(configuration), std::move(problems));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = load(text);
  const auto again = load(text);
  require(first.has_value() == first.problems().empty());
  require(first.problems().to_string() == again.problems().to_string());
  for (const auto& problem : first.problems().list()) {
    const std::string line = problem.to_string();
    require(!line.contains('\n') && countersign::is_valid_utf8(line));
  }
  if (!first) return 0;
  const std::string printed = print_configuration(*first);
  require(printed == print_configuration(*again));
  const auto reread = load(printed);
  require(reread.has_value());
  require(print_configuration(*reread) == printed);
  return 0;
}
