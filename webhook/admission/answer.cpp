#include "admission/answer.hpp"

#include <string_view>

#include "base/json_text.hpp"

namespace countersign::admission {
namespace {

/// An ordinary answer; longer ones grow.
constexpr std::size_t kReserve = 512;

/// `write` appends one element.
template <class Range, class Write>
void write_array(const Range& range, std::string& out, Write write) {
  out += '[';
  bool first = true;
  for (const auto& each : range) {
    if (!first) out += ',';
    first = false;
    write(each);
  }
  out += ']';
}

void write_cause(const Cause& cause, std::string& out) {
  JsonObjectWriter members(out);
  members.field("reason", cause.reason).field("message", cause.message);
  if (!cause.field.empty()) members.field("field", cause.field);
  members.close();
}

void write_status(const Decision& decision, std::string& out) {
  JsonObjectWriter status(out);
  status.raw("metadata", "{}").field("status", "Failure");
  status.field("message", decision.message).field("reason", decision.reason());
  if (!decision.causes.empty()) {
    JsonObjectWriter details(status.open("details"));
    write_array(decision.causes, details.open("causes"),
                [&](const Cause& cause) { write_cause(cause, out); });
    details.close();
  }
  status.field("code", decision.code).close();
}

void write_annotations(const AuditAnnotations& annotations, std::string& out) {
  JsonObjectWriter members(out);
  members.word("verdict", annotations.verdict);
  if (!annotations.images.empty()) members.field("images", annotations.images);
  if (!annotations.rule.empty()) members.field("rule", annotations.rule);
  members.close();
}

}  // namespace

void write_answer(const Review& review, const Decision& decision, std::string& out) {
  out.reserve(out.size() + kReserve + decision.message.size() + decision.annotations.images.size());
  JsonObjectWriter document(out);
  document.word("apiVersion", name(review.api_version)).word("kind", "AdmissionReview");
  JsonObjectWriter response(document.open("response"));
  response.field("uid", review.uid).field("allowed", decision.allowed);
  if (!decision.allowed) write_status(decision, response.open("status"));
  if (!decision.warnings.empty()) {
    write_array(decision.warnings, response.open("warnings"),
                [&](std::string_view warning) { append_json_string(out, warning); });
  }
  write_annotations(decision.annotations, response.open("auditAnnotations"));
  response.close();
  document.close();
}

}  // namespace countersign::admission
