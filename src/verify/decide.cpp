#include "verify/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace countersign::verify {
namespace {

bool is_verdict(Outcome outcome) { return class_of(outcome) == OutcomeClass::kVerdict; }

/// Decisions 2: verdicts before outages; among each, the one that came farthest, and of those the
/// first.
const SignatureReport& nearest_to_success(const std::vector<SignatureReport>& reports) {
  const auto rank = [](const SignatureReport& report) {
    return std::pair(is_verdict(report.outcome), static_cast<int>(report.stopped_at));
  };
  return *std::ranges::max_element(reports, {}, rank);
}

std::string_view where_looked(ListingMethod method) {
  switch (method) {
    case ListingMethod::kReferrersApi:
      return "the registry's referrers API and the referrers tag";
    case ListingMethod::kReferrersTag:
      return "the referrers tag";
    case ListingMethod::kLayout:
      return "the OCI layout";
  }
  return "";
}

void set_outcome(Verdict& verdict, Outcome outcome, Reason reason, std::string message) {
  verdict.outcome = outcome;
  verdict.reason = reason;
  verdict.message = std::move(message);
  verdict.remedy = info(outcome).remedy;
}

}  // namespace

void decide(Evidence evidence, Verdict& verdict) {
  verdict.signatures = std::move(evidence.reports);
  for (const SignatureReport& report : verdict.signatures) {
    if (report.outcome != Outcome::kVerified) continue;
    verdict.outcome = Outcome::kVerified;
    verdict.valid_until = report.valid_until;
    verdict.message = fmt::format("signed by \"{}\"", report.signer.subject);
    verdict.remedy.clear();
    verdict.warnings.insert(verdict.warnings.end(), report.warnings.begin(), report.warnings.end());
    return;
  }
  const bool only_outages = std::ranges::none_of(
      verdict.signatures, [](const SignatureReport& report) { return is_verdict(report.outcome); });
  // An outage outranks `unsigned`: what could not be read may have held the good signature.
  if (evidence.incomplete && only_outages) return decide_failure(*evidence.incomplete, verdict);
  const std::string stopped_early =
      evidence.not_processed == 0
          ? std::string()
          : fmt::format("; stopped early at {} signatures, {} more are listed",
                        verdict.signatures.size() + evidence.not_signatures,
                        evidence.not_processed);
  if (verdict.signatures.empty()) {
    set_outcome(verdict, Outcome::kUnsigned, "ST-20", std::string(info(Outcome::kUnsigned).text));
    if (evidence.not_signatures > 0) {
      verdict.message += fmt::format(" ({} listed, none of them is one)", evidence.not_signatures);
    }
    verdict.message += stopped_early;
    verdict.warnings.push_back(
        fmt::format("signatures were looked for in {}", where_looked(evidence.method)));
    verdict.remedy =
        fmt::format("sign it: notation sign {}@{}", verdict.repository, verdict.digest);
    return;
  }
  const SignatureReport& best = nearest_to_success(verdict.signatures);
  std::string message = best.message;
  if (verdict.signatures.size() > 1) {
    message += fmt::format(" (the nearest to success of {} signatures)", verdict.signatures.size());
  }
  set_outcome(verdict, best.outcome, best.reason, message + stopped_early);
  // What could not be read may have held the good signature.
  if (evidence.incomplete) {
    verdict.warnings.push_back("not every signature could be read: " +
                               evidence.incomplete->message());
  }
}

void decide_failure(const Error& error, Verdict& verdict) {
  set_outcome(verdict, error.outcome(), error.reason(), error.message());
}

}  // namespace countersign::verify
