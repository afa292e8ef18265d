#include "report/text_report.hpp"

#include <fmt/format.h>

#include <iterator>

#include "base/text.hpp"

namespace countersign::report {
namespace {

using Out = std::back_insert_iterator<std::string>;

void write_signature(const verdict::SignatureReport& signature, Out out) {
  fmt::format_to(out, "        signature {} ({}): {} {}{}{}\n", signature.digest,
                 signature.media_type, code(signature.outcome), name(signature.outcome),
                 signature.message.empty() ? "" : ": ", signature.message);
  for (const verdict::CheckReport& check : signature.checks) {
    fmt::format_to(out, "          {} {} ({}){}{}\n", trust::name(check.check),
                   verdict::name(check.result), trust::name(check.action),
                   check.reason.empty() ? "" : ": ", check.reason);
  }
}

void write_entry(const Entry& entry, Detail detail, Out out) {
  const verdict::Verdict& verdict = *entry.verdict;
  const bool good = admits(verdict.outcome);
  const std::string_view word = entry.denied ? "DENIED " : good ? "ok     " : "allowed";
  fmt::format_to(
      out, "{} {}{}{}: {} {}: {}{}\n", word, entry.place, entry.place.empty() ? "" : " ",
      printable(entry.image, 300), code(verdict.outcome), name(verdict.outcome), verdict.message,
      !good && !entry.denied ? fmt::format(" (rule \"{}\" says {})", entry.rule, entry.action)
                             : "");
  if (!verdict.digest.empty()) fmt::format_to(out, "        digest: {}\n", verdict.digest);
  if (!verdict.remedy.empty()) fmt::format_to(out, "        remedy: {}\n", verdict.remedy);
  for (const std::string& warning : verdict.warnings)
    fmt::format_to(out, "        note: {}\n", warning);
  if (verdict.outcome == Outcome::kVerified && !entry.image.contains('@')) {
    fmt::format_to(out, "        note: the tag may be moved; what was verified is {}@{}\n",
                   verdict.repository, verdict.digest);
  }
  for (const std::string& warning : verdict.registry_warnings)
    fmt::format_to(out, "        the registry says: {}\n", warning);
  if (detail == Detail::kShort) return;
  for (const verdict::SignatureReport& signature : verdict.signatures)
    write_signature(signature, out);
  fmt::format_to(out, "        {:.1f} ms, of them {:.1f} ms with the registry\n",
                 verdict.timings.total_ms, verdict.timings.registry_ms);
}

}  // namespace

std::string to_text(const Report& report, Detail detail) {
  std::string text;
  const Out out = std::back_inserter(text);
  std::string_view last_source;
  for (const Entry& entry : report.entries) {
    if (!entry.source.empty() && entry.source != last_source) {
      fmt::format_to(out, "{}\n", entry.source);
      last_source = entry.source;
    }
    write_entry(entry, detail, out);
  }
  return text;
}

}  // namespace countersign::report
