#include "adapters/registry/warning.hpp"

#include "adapters/http/headers.hpp"
#include "base/contains.hpp"
#include "base/text.hpp"

namespace countersign::registry {

std::optional<std::string> parse_warning(std::string_view value) {
  constexpr std::string_view kStart = "299 - \"";
  value = trimmed(value);
  if (!value.starts_with(kStart)) return std::nullopt;
  value.remove_prefix(kStart.size());
  std::string text;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '"') {
      if (i + 1 != value.size() || trimmed(text).empty()) return std::nullopt;
      return printable(trimmed(text), kMaxWarningBytes);
    }
    if (value[i] == '\\' && ++i == value.size()) return std::nullopt;
    text += value[i];
  }
  return std::nullopt;
}

void note_warnings(const http::Response& response, ports::Trace& trace) {
  for (const std::string_view value : header_values(response, "warning")) {
    trace.warning_bytes += value.size();
    if (trace.warning_bytes > kMaxWarningsBytes) return;
    if (trace.warnings.size() == ports::Trace::kMaxWarnings) return;
    auto text = parse_warning(value);
    if (text && !contains(trace.warnings, *text)) trace.warnings.push_back(*std::move(text));
  }
}

}  // namespace countersign::registry
