#include "report/image_report.hpp"

#include "base/json_text.hpp"

namespace countersign::report {
namespace {

void write_checks(const verdict::SignatureReport& signature, std::string& out) {
  out += '[';
  bool first = true;
  for (const verdict::CheckReport& check : signature.checks) {
    if (!first) out += ',';
    first = false;
    JsonObjectWriter object(out);
    object.field("check", trust::name(check.check))
        .field("result", verdict::name(check.result))
        .field("action", trust::name(check.action))
        .field("reason", check.reason);
    object.close();
  }
  out += ']';
}

void write_strings(const std::vector<std::string>& strings, std::string& out) {
  out += '[';
  for (std::size_t i = 0; i < strings.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, strings[i]);
  }
  out += ']';
}

void write_signature(const verdict::SignatureReport& signature, std::string& out) {
  JsonObjectWriter object(out);
  object.field("digest", signature.digest)
      .field("mediaType", signature.media_type)
      .field("outcome", name(signature.outcome))
      .field("code", code(signature.outcome))
      .field("reason", signature.reason.id())
      .field("message", signature.message)
      .field("scheme", signature.scheme)
      .field("signingTime", signature.signing_time)
      .field("expiry", signature.expiry);
  JsonObjectWriter signer(object.open("signer"));
  signer.field("subject", signature.signer.subject)
      .field("issuer", signature.signer.issuer)
      .field("serial", signature.signer.serial)
      .field("thumbprint", signature.signer.thumbprint);
  signer.close();
  JsonObjectWriter metadata(object.open("userMetadata"));
  for (const auto& [key, value] : signature.user_metadata) {
    std::string name;
    append_json_string(name, key);
    // The writer quotes names itself.
    metadata.field(std::string_view(name).substr(1, name.size() - 2), value);
  }
  metadata.close();
  write_checks(signature, object.open("checks"));
  if (!signature.warnings.empty()) write_strings(signature.warnings, object.open("warnings"));
  object.close();
}

}  // namespace

void write_image_report(const verdict::Verdict& verdict, const ImageFacts& facts,
                        std::string& out) {
  JsonObjectWriter object(out);
  object.field("image", shown_part(facts.image))
      .field("repository", verdict.repository)
      .field("digest", verdict.digest)
      .field("outcome", name(verdict.outcome))
      .field("code", code(verdict.outcome))
      .field("class", name(class_of(verdict.outcome)))
      .field("reason", verdict.reason.id())
      .field("action", facts.action)
      .field("decision", facts.decision)
      .field("rule", facts.rule)
      .field("statement", verdict.statement)
      .field("message", verdict.message)
      .field("remedy", verdict.remedy);
  std::string& signatures = object.open("signatures");
  signatures += '[';
  for (std::size_t i = 0; i < verdict.signatures.size(); ++i) {
    if (i > 0) signatures += ',';
    write_signature(verdict.signatures[i], signatures);
  }
  signatures += ']';
  if (!verdict.warnings.empty()) write_strings(verdict.warnings, object.open("warnings"));
  if (!verdict.registry_warnings.empty())
    write_strings(verdict.registry_warnings, object.open("registryWarnings"));
  if (facts.verified_ago) object.field("verifiedAgoSeconds", facts.verified_ago->count());
  JsonObjectWriter timings(object.open("timings"));
  timings.field("totalMs", verdict.timings.total_ms)
      .field("registryMs", verdict.timings.registry_ms)
      .field("exchanges", verdict.timings.exchanges);
  timings.close();
  object.close();
}

}  // namespace countersign::report
