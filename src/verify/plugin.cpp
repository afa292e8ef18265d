#include "verify/plugin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/contains.hpp"
#include "base/json.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"

namespace countersign::verify {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPluginAttribute = "io.cncf.notary.verificationPlugin";
constexpr std::string_view kMinVersionAttribute = "io.cncf.notary.verificationPluginMinVersion";
constexpr std::string_view kIdentityCheck = "SIGNATURE_VERIFIER.TRUSTED_IDENTITY";
constexpr std::string_view kRevocationCheck = "SIGNATURE_VERIFIER.REVOCATION_CHECK";

constexpr std::size_t kShownName = 64;
constexpr std::size_t kShownReason = 256;

constexpr Outcome kDenied = Outcome::kPluginRequired;
constexpr Reason kContract{"VE-24"};

/// An answer is two levels of objects and lists of names.
constexpr JsonLimits kAnswerLimits{
    .max_bytes = kMaxPluginAnswerBytes, .max_depth = 16, .max_values = std::size_t{8} * 1024};

constexpr std::array kMetadataMembers = {
    "name"sv,        "description"sv, "version"sv, "url"sv, "supportedContractVersions"sv,
    "capabilities"sv};
constexpr std::array kAnswerMembers = {"verificationResults"sv, "processedAttributes"sv};
constexpr std::array kFindingMembers = {"success"sv, "reason"sv};

Error denied(Reason reason, std::string message) { return {kDenied, reason, std::move(message)}; }

std::string shown(std::string_view text) {
  return fmt::format("\"{}\"", printable(text, kShownName));
}

Error plugin_error(const PluginDemand& demand, std::string_view what) {
  return denied(kContract, fmt::format("verification plugin {} {}", shown(demand.plugin), what));
}

/// VE-20, VE-22: an attribute of the plugin must be critical, and text that is not blank.
Result<std::string> plugin_attribute(const envelope::ExtendedAttribute& attribute, Reason reason) {
  if (!attribute.critical) {
    return denied(reason, fmt::format("{} is not a critical extended attribute", attribute.name));
  }
  if (!attribute.text) return denied(reason, fmt::format("{} is not a string", attribute.name));
  if (trimmed(*attribute.text).empty())
    return denied(reason, fmt::format("{} is an empty string", attribute.name));
  return *attribute.text;
}

bool names_the_plugin(const envelope::ExtendedAttribute& attribute) {
  return !attribute.is_integer &&
         (attribute.name == kPluginAttribute || attribute.name == kMinVersionAttribute);
}

/// VE-23, where no plugin is named that could process them.
Status refuse_critical(const envelope::VerifiedEnvelope& envelope) {
  for (const envelope::ExtendedAttribute& attribute : envelope.extended_attributes()) {
    if (!attribute.critical) continue;
    if (!attribute.is_integer && attribute.name == kMinVersionAttribute) {
      return denied("VE-22",
                    fmt::format("{} is critical but no plugin is named", kMinVersionAttribute));
    }
    return denied("VE-23", fmt::format("unsupported critical attribute {}", shown(attribute.name)));
  }
  return ok();
}

/// What a plugin that failed says of it, as the specification has it or as it comes.
Error failure_of(const PluginDemand& demand, PluginCommand command, const PluginOutput& output) {
  std::string code;
  std::string said = output.err;
  const auto document = parse_json(output.err, kAnswerLimits, kDenied, kContract);
  if (document && document->is_object()) {
    const JsonReader reader(*document, "", kDenied, kContract);
    const auto given_code = reader.optional_string("errorCode");
    const auto given_message = reader.optional_string("errorMessage");
    if (given_code && *given_code) code = **given_code;
    if (given_message && *given_message) said = **given_message;
  }
  const std::string message = fmt::format(
      "verification plugin {} failed at {} with exit status {}{}{}: {}", shown(demand.plugin),
      name(command), output.exit_status, code.empty() ? "" : ", ", printable(code, kShownName),
      said.empty() ? "it says nothing" : printable(trimmed(said), kShownReason));
  // "can be retried by Notation"
  const bool retry = output.exit_status == 1 && (code == "TIMEOUT" || code == "THROTTLED");
  return {retry ? Outcome::kDeadlineExceeded : kDenied, kContract, message};
}

/// The one JSON object that a run must leave on the standard output.
Result<Json> answer_of(const PluginDemand& demand, PluginCommand command,
                       const PluginOutput& output) {
  if (output.exit_status != 0) return failure_of(demand, command, output);
  auto document = parse_json(output.out, kAnswerLimits, kDenied, kContract);
  if (!document) {
    return plugin_error(demand, fmt::format("gives an answer to {} that is not JSON: {}",
                                            name(command), document.error().message()));
  }
  if (!document->is_object()) {
    return plugin_error(demand,
                        fmt::format("gives an answer to {} that is no object", name(command)));
  }
  return document;
}

/// A list of text, not too long. Absent is an error.
Result<std::vector<std::string>> texts(const JsonReader& reader, std::string_view member) {
  COUNTERSIGN_TRY(const Json* list, reader.optional_array(member));
  if (list == nullptr) return reader.error(member, "missing");
  if (list->size() > kMaxPluginListEntries) {
    return reader.error(member, fmt::format("more than {} entries", kMaxPluginListEntries));
  }
  std::vector<std::string> out;
  for (const Json& item : *list) {
    if (!item.is_string()) return reader.error(member, "want an array of strings");
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<PluginChecks> read_metadata(const PluginDemand& demand, const Json& document) {
  const JsonReader reader(document, "metadata", kDenied, kContract);
  COUNTERSIGN_CHECK(reader.refuse_case_variants(kMetadataMembers));
  // "All response attributes are required."
  for (const std::string_view member : {"name"sv, "description"sv, "version"sv, "url"sv}) {
    COUNTERSIGN_TRY(const std::string text, reader.required_string(member));
    if (text.empty()) return reader.error(member, "is empty");
  }
  COUNTERSIGN_TRY(const std::string plugin, reader.required_string("name"));
  if (plugin != demand.plugin) {
    return reader.error("name", fmt::format("the program says that it is {}", shown(plugin)));
  }
  COUNTERSIGN_TRY(const auto contracts, texts(reader, "supportedContractVersions"));
  if (!contains(contracts, kPluginContract)) {
    return reader.error("supportedContractVersions",
                        fmt::format("contract version {} is not among them", kPluginContract));
  }
  COUNTERSIGN_TRY(const std::string version_text, reader.required_string("version"));
  const auto version = SemanticVersion::parse(version_text);
  if (!version) {
    return reader.error("version", shown(version_text) + " is not a SemVer version");
  }
  if (demand.minimum && *version < *demand.minimum) {
    return Error(kDenied, "VE-22",
                 fmt::format("the signature needs version {} or newer, and it has version {}",
                             printable(demand.minimum_text, kShownName),
                             printable(version_text, kShownName)));
  }
  COUNTERSIGN_TRY(const auto capabilities, texts(reader, "capabilities"));
  const PluginChecks checks{.trusted_identity = contains(capabilities, kIdentityCheck),
                            .revocation = contains(capabilities, kRevocationCheck)};
  if (!checks.any()) {
    return reader.error("capabilities", fmt::format("neither {} nor {} is among them",
                                                    kIdentityCheck, kRevocationCheck));
  }
  return checks;
}

Result<PluginFinding> read_finding(const Json& value, std::string path) {
  const JsonReader reader(value, std::move(path), kDenied, kContract);
  COUNTERSIGN_CHECK(reader.check_object());
  COUNTERSIGN_CHECK(reader.refuse_case_variants(kFindingMembers));
  const Json* success = reader.find("success");
  if (success == nullptr || !success->is_boolean())
    return reader.error("success", "want true or false");
  COUNTERSIGN_TRY(const auto reason, reader.optional_string("reason"));
  PluginFinding finding{.success = success->get<bool>(),
                        .reason = printable(reason.value_or(""), kShownReason)};
  if (!finding.success && finding.reason.empty()) finding.reason = "it gives no reason";
  return finding;
}

Result<PluginAnswer> read_answer(const PluginDemand& demand, PluginChecks wanted,
                                 const Json& document) {
  const JsonReader reader(document, "", kDenied, kContract);
  COUNTERSIGN_CHECK(reader.refuse_case_variants(kAnswerMembers));
  COUNTERSIGN_TRY(const auto processed, texts(reader, "processedAttributes"));
  for (const std::string& attribute : demand.unprocessed) {
    if (!contains(processed, attribute)) {
      return Error(kDenied, "VE-23",
                   fmt::format("it did not process the critical attribute {}", shown(attribute)));
    }
  }
  COUNTERSIGN_TRY(const Json* results, reader.optional_object("verificationResults"));
  if (results == nullptr) return reader.error("verificationResults", "missing");
  PluginAnswer answer;
  for (const auto& [check, value] : results->items()) {
    std::optional<PluginFinding>* place = nullptr;
    if (wanted.trusted_identity && check == kIdentityCheck) place = &answer.trusted_identity;
    if (wanted.revocation && check == kRevocationCheck) place = &answer.revocation;
    if (place == nullptr) {
      return reader.error("verificationResults", fmt::format("{} was not asked for", shown(check)));
    }
    COUNTERSIGN_TRY(*place, read_finding(value, "verificationResults." + check));
  }
  if (wanted.trusted_identity != answer.trusted_identity.has_value())
    return reader.error("verificationResults", fmt::format("{} is missing", kIdentityCheck));
  if (wanted.revocation != answer.revocation.has_value())
    return reader.error("verificationResults", fmt::format("{} is missing", kRevocationCheck));
  return answer;
}

void append_list(std::string& out, const std::vector<std::string>& list) {
  out += '[';
  for (const std::string& each : list) {
    if (out.back() != '[') out += ',';
    append_json_string(out, each);
  }
  out += ']';
}

/// The extended attributes that we do not know, with their values. One that is not critical and
/// has no value in JSON is left out.
Status append_attributes(std::string& out, const envelope::VerifiedEnvelope& envelope) {
  JsonObjectWriter writer(out);
  for (const envelope::ExtendedAttribute& attribute : envelope.extended_attributes()) {
    if (names_the_plugin(attribute)) continue;
    if (attribute.is_integer || attribute.json.empty()) {
      if (!attribute.critical) continue;
      return denied("VE-24",
                    fmt::format("the critical attribute {} cannot be handed to a plugin: {}",
                                shown(attribute.name),
                                attribute.is_integer ? "its name is a number"
                                                     : "its value is no text, number, true, false "
                                                       "or null"));
    }
    if (out.size() > kMaxPluginRequestBytes) break;  // the caller says so
    std::string key;
    append_json_string(key, attribute.name);
    std::string& value = writer.open(std::string_view(key).substr(1, key.size() - 2));
    value += attribute.json;
  }
  writer.close();
  return ok();
}

Status append_signature(std::string& out, const envelope::VerifiedEnvelope& envelope,
                        const PluginDemand& demand) {
  JsonObjectWriter signature(out);
  signature.open("criticalAttributes");
  JsonObjectWriter critical(out);
  critical.field("contentType", envelope::kPayloadType);
  critical.field("signingScheme", envelope::name(envelope.scheme()));
  if (envelope.expiry()) critical.field("expiry", format_rfc3339(*envelope.expiry()));
  if (envelope.scheme() == envelope::SigningScheme::kSigningAuthority)
    critical.field("authenticSigningTime", format_rfc3339(envelope.signing_time()));
  critical.field("verificationPlugin", demand.plugin);
  if (demand.minimum) critical.field("verificationPluginMinVersion", demand.minimum_text);
  critical.open("extendedAttributes");
  COUNTERSIGN_CHECK(append_attributes(out, envelope));
  critical.close();
  append_list(signature.open("unprocessedAttributes"), demand.unprocessed);
  std::vector<std::string> chain;
  for (const x509::Certificate& certificate : envelope.chain())
    chain.push_back(to_base64(certificate.der()));
  append_list(signature.open("certificateChain"), chain);
  signature.close();
  return ok();
}

}  // namespace

Result<std::optional<PluginDemand>> plugin_demand(const envelope::VerifiedEnvelope& envelope) {
  const auto* named = envelope.find_attribute(kPluginAttribute);
  if (named == nullptr) {
    COUNTERSIGN_CHECK(refuse_critical(envelope));
    return std::optional<PluginDemand>();
  }
  PluginDemand demand;
  COUNTERSIGN_TRY(demand.plugin, plugin_attribute(*named, "VE-20"));
  if (const auto* minimum = envelope.find_attribute(kMinVersionAttribute)) {
    COUNTERSIGN_TRY(demand.minimum_text, plugin_attribute(*minimum, "VE-22"));
    demand.minimum = SemanticVersion::parse(demand.minimum_text);
    if (!demand.minimum) {
      return denied("VE-22", fmt::format("{} {} is not a SemVer version", kMinVersionAttribute,
                                         shown(demand.minimum_text)));
    }
  }
  for (const envelope::ExtendedAttribute& attribute : envelope.extended_attributes()) {
    if (attribute.critical && !names_the_plugin(attribute))
      demand.unprocessed.push_back(attribute.name);
  }
  return std::optional(std::move(demand));
}

std::string metadata_request() { return "{}"; }

Result<PluginChecks> judge_metadata(const PluginDemand& demand, const PluginOutput& output) {
  COUNTERSIGN_TRY(const Json document, answer_of(demand, PluginCommand::kGetMetadata, output));
  auto checks = read_metadata(demand, document);
  if (checks) return checks;
  return std::move(checks).error().while_doing("verification plugin " + shown(demand.plugin));
}

Result<std::string> verify_request(const envelope::VerifiedEnvelope& envelope,
                                   const PluginDemand& demand, PluginChecks wanted,
                                   const trust::Identities& identities) {
  std::string out;
  JsonObjectWriter request(out);
  request.field("contractVersion", kPluginContract);
  request.open("signature");
  COUNTERSIGN_CHECK(append_signature(out, envelope, demand));
  request.open("trustPolicy");
  JsonObjectWriter policy(out);
  append_list(policy.open("trustedIdentities"), identities.text);
  std::vector<std::string> checks;
  if (wanted.trusted_identity) checks.emplace_back(kIdentityCheck);
  if (wanted.revocation) checks.emplace_back(kRevocationCheck);
  append_list(policy.open("signatureVerification"), checks);
  policy.close();
  request.close();
  if (out.size() > kMaxPluginRequestBytes) {
    return plugin_error(
        demand, fmt::format("would have to be sent more than {} bytes", kMaxPluginRequestBytes));
  }
  return out;
}

Result<PluginAnswer> judge_answer(const PluginDemand& demand, PluginChecks wanted,
                                  const PluginOutput& output) {
  COUNTERSIGN_TRY(const Json document, answer_of(demand, PluginCommand::kVerifySignature, output));
  auto answer = read_answer(demand, wanted, document);
  if (answer) return answer;
  return std::move(answer).error().while_doing("verification plugin " + shown(demand.plugin));
}

}  // namespace countersign::verify
