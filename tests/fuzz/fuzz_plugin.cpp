// Any bytes as what a plugin says, and as changes to a good answer.
//
// The first octet says which command they answer, how the plugin ended, and which checks are
// wanted. What is taken, another reader of JSON must find in the bytes as well; every error denies
// and can be shown.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "base/text.hpp"
#include "fuzz/edited.hpp"
#include "verify/plugin.hpp"

namespace {

using countersign::Bytes;
using countersign::BytesView;
using countersign::Outcome;
using nlohmann::json;
namespace verify = countersign::verify;

constexpr const char* kIdentity = "SIGNATURE_VERIFIER.TRUSTED_IDENTITY";
constexpr const char* kRevocation = "SIGNATURE_VERIFIER.REVOCATION_CHECK";
constexpr std::size_t kMaxMessageBytes = 4096;

void require(bool condition) {
  if (!condition) std::abort();
}

const verify::PluginDemand kDemand{.plugin = "com.example.plugin",
                                   .minimum = countersign::SemanticVersion::parse("1.0.0"),
                                   .minimum_text = "1.0.0",
                                   .unprocessed = {"com.example.a", "com.example.b"}};

const std::string kMetadata =
    R"({"name":"com.example.plugin","description":"d","version":"1.2.3","url":"u",)"
    R"("supportedContractVersions":["1.0"],"capabilities":["SIGNATURE_VERIFIER.TRUSTED_IDENTITY",)"
    R"("SIGNATURE_VERIFIER.REVOCATION_CHECK"]})";
const std::string kAnswer =
    R"({"verificationResults":{"SIGNATURE_VERIFIER.TRUSTED_IDENTITY":{"success":true},)"
    R"("SIGNATURE_VERIFIER.REVOCATION_CHECK":{"success":false,"reason":"revoked"}},)"
    R"("processedAttributes":["com.example.a","com.example.b"]})";
const std::string kFailure = R"({"errorCode":"THROTTLED","errorMessage":"later"})";

void require_shown(const std::string& text) {
  require(text.size() <= kMaxMessageBytes);
  require(countersign::printable(text, kMaxMessageBytes) == text);
}

void require_denied(const countersign::Error& error,
                    const countersign::ports::PluginOutput& output) {
  require(error.outcome() == Outcome::kPluginRequired ||
          (error.outcome() == Outcome::kDeadlineExceeded && output.exit_status == 1));
  require(!error.reason().id().empty() && !error.message().empty());
  require_shown(error.message());
}

bool holds(const json& list, const char* text) {
  return std::ranges::any_of(list, [&](const json& each) { return each == text; });
}

void check_metadata(const countersign::ports::PluginOutput& output) {
  const auto checks = verify::judge_metadata(kDemand, output);
  if (!checks) return require_denied(checks.error(), output);
  require(output.exit_status == 0 && checks->any());
  const json said = json::parse(output.out);
  require(said.at("name") == kDemand.plugin);
  require(holds(said.at("supportedContractVersions"), "1.0"));
  require(checks->trusted_identity == holds(said.at("capabilities"), kIdentity));
  require(checks->revocation == holds(said.at("capabilities"), kRevocation));
  const auto version = countersign::SemanticVersion::parse(said.at("version").get<std::string>());
  require(version && *version >= *kDemand.minimum);
}

void check_finding(const std::optional<verify::PluginFinding>& finding, bool wanted,
                   const json& results, const char* check) {
  require(finding.has_value() == wanted && results.contains(check) == wanted);
  if (!wanted) return;
  require(finding->success == results.at(check).at("success").get<bool>());
  require(finding->success || !finding->reason.empty());
  require_shown(finding->reason);
}

void check_answer(verify::PluginChecks wanted, const countersign::ports::PluginOutput& output) {
  const auto answer = verify::judge_answer(kDemand, wanted, output);
  if (!answer) return require_denied(answer.error(), output);
  require(output.exit_status == 0);
  const json said = json::parse(output.out);
  for (const std::string& each : kDemand.unprocessed)
    require(holds(said.at("processedAttributes"), each.c_str()));
  const json& results = said.at("verificationResults");
  check_finding(answer->trusted_identity, wanted.trusted_identity, results, kIdentity);
  check_finding(answer->revocation, wanted.revocation, results, kRevocation);
}

std::string changed(const std::string& good, BytesView edits) {
  const BytesView bytes = countersign::as_bytes(good);
  const Bytes edited = countersign::fuzz::edited({bytes.begin(), bytes.end()}, edits);
  return std::string(countersign::as_text(edited));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const unsigned how = data[0];
  const BytesView rest(data + 1, size - 1);
  const verify::PluginChecks wanted{.trusted_identity = (how & 1U) != 0,
                                    .revocation = (how & 2U) != 0};
  const int status = static_cast<int>((how >> 2U) & 3U);
  const bool edits = (how & 16U) != 0;
  const auto said = [&](const std::string& good) {
    return edits ? changed(good, rest) : std::string(countersign::as_text(rest));
  };
  const std::string failure = said(kFailure);
  check_metadata({.exit_status = status, .out = said(kMetadata), .err = failure});
  check_answer(wanted, {.exit_status = status, .out = said(kAnswer), .err = failure});
  return 0;
}
