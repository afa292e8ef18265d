#include "objects/yaml_scalar.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>

namespace countersign::objects {
namespace {

/// The whole text as a number; whole numbers with their prefix for the base ("0x10", "010").
template <class Number>
bool read_number(const std::string& text, Number& number) {
  std::istringstream stream(text);
  stream.unsetf(std::ios::dec);
  return (stream >> std::noskipws >> number) && (stream >> std::ws).eof();
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

}  // namespace

Json scalar_as_kubectl_reads_it(const std::string& text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return nullptr;
  if (is_one_of(text, {"true", "True", "TRUE"})) return true;
  if (is_one_of(text, {"false", "False", "FALSE"})) return false;
  constexpr std::string_view kFirst = "0123456789+-.";
  if (!kFirst.contains(text.front())) return text;
  std::int64_t whole = 0;
  if (read_number(text, whole)) return whole;
  double number = 0;
  const bool numeric = text.find_first_not_of("0123456789+-.eE") == std::string::npos;
  if (numeric && read_number(text, number) && std::isfinite(number)) return number;
  return text;
}

}  // namespace countersign::objects
