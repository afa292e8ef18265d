#include "verify/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace countersign::verify {
namespace {

bool is_verdict(Outcome outcome) { return class_of(outcome) == OutcomeClass::kVerdict; }

/// Decisions 2: `revoked` of any; else what stayed undecided; else the verdict that came farthest.
/// Of equals the first.
const SignatureReport& telling(const std::vector<SignatureReport>& reports) {
  const auto rank = [](const SignatureReport& report) {
    return std::tuple(report.outcome == Outcome::kRevoked, !is_verdict(report.outcome),
                      static_cast<int>(report.stopped_at));
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

void Evidence::add(const ports::SignatureList& list) {
  method = list.method;
  if (list.incomplete && !incomplete) incomplete = list.incomplete;
  if (!list.rests_on.empty()) rests_on = list.rests_on;
}

bool Evidence::has_verified() const {
  return !reports.empty() && reports.back().outcome == Outcome::kVerified;
}

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
  const bool revoked = std::ranges::any_of(verdict.signatures, [](const SignatureReport& report) {
    return report.outcome == Outcome::kRevoked;
  });
  // What could not be read may have held the good signature.
  if (evidence.incomplete && !revoked) return decide_failure(*evidence.incomplete, verdict);
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
    if (!evidence.rests_on.empty()) {
      verdict.message += "; " + evidence.rests_on;
      verdict.is_tentative = true;
    }
    verdict.warnings.push_back(
        fmt::format("signatures were looked for in {}", where_looked(evidence.method)));
    verdict.remedy =
        fmt::format("sign it: notation sign {}@{}", verdict.repository, verdict.digest);
    return;
  }
  const SignatureReport& best = telling(verdict.signatures);
  std::string message = best.message;
  if (verdict.signatures.size() > 1) {
    message += fmt::format(" ({} of {} signatures)",
                           is_verdict(best.outcome) && !revoked ? "the nearest to success" : "one",
                           verdict.signatures.size());
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
