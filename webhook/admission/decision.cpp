#include "admission/decision.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <iterator>
#include <utility>

#include "base/contains.hpp"
#include "base/text.hpp"

namespace countersign::admission {
namespace {

constexpr int kForbidden = 403;
constexpr int kUnavailable = 503;

constexpr std::size_t kMaxKindBytes = 63;
constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxContainerBytes = 64;
constexpr std::size_t kMaxReferenceBytes = 200;
constexpr std::size_t kMaxTextBytes = 300;
/// With more causes than this, each names its outcome only: the whole status stays small.
constexpr std::size_t kMaxExplainedCauses = 20;
constexpr std::size_t kMaxCauseBytes = 200;
/// A reference with a digest, and its outcome.
constexpr std::size_t kReservedEntryBytes = 160;

constexpr std::string_view kWarningMarker = "countersign would deny: ";
constexpr std::string_view kNoteMarker = "countersign: ";
/// Of all registries together (oci-registry 2.5).
constexpr std::size_t kMaxRegistryNotes = 2;

/// As `printable`, which is slower: most texts are plain and short.
void append_printable(std::string& out, std::string_view text, std::size_t limit) {
  if (text.size() <= limit && is_plain_ascii(text)) {
    out += text;
  } else {
    out += printable(text, limit);
  }
}

/// Decision 2: verdicts before outages, but an outage before `unsigned`; among verdicts the nearest
/// to success, that is the one found last in the order of checks. Outcomes of a row are equals.
constexpr std::initializer_list<std::initializer_list<Outcome>> kVerdictsInOrder = {
    {Outcome::kMetadataMismatch},
    {Outcome::kRevoked},
    {Outcome::kTimestampInvalid, Outcome::kCertificateExpired},
    {Outcome::kSignatureExpired},
    {Outcome::kIdentityMismatch},
    {Outcome::kUntrustedSigner},
    {Outcome::kPluginRequired},
    {Outcome::kSignatureInvalid},
    {Outcome::kPlatformUnsigned},
    {Outcome::kNoPolicy, Outcome::kImageNotFound, Outcome::kRegistryRefused,
     Outcome::kInvalidReference},
    {Outcome::kMalformedReview, Outcome::kUnsupportedObject},
};

std::size_t rank(Outcome outcome) {
  constexpr std::size_t kOutage = kVerdictsInOrder.size();
  if (outcome == Outcome::kUnsigned) return kOutage + 1;
  if (outcome == Outcome::kVerified || outcome == Outcome::kSkipped) return kOutage + 2;
  std::size_t place = 0;
  for (const auto row : kVerdictsInOrder) {
    if (std::ranges::find(row, outcome) != row.end()) return place;
    ++place;
  }
  return kOutage;
}

bool is_outage(Outcome outcome) { return class_of(outcome) == OutcomeClass::kOutage; }

/// Enforce is the strictest.
Action strictest(Action a, Action b) { return std::min(a, b); }

/// What failed: an image, or the object as a whole.
struct Finding {
  const Image* image = nullptr;
  const verdict::Verdict* verdict = nullptr;  ///< null for a problem of the object
  Outcome outcome = Outcome::kInternalError;
  std::string_view message;
  std::string_view remedy;
};

const verdict::Verdict& missing_verdict() {
  static const verdict::Verdict kMissing = [] {
    verdict::Verdict verdict;
    verdict.message = "the image was not verified";
    verdict.remedy = info(Outcome::kInternalError).remedy;
    return verdict;
  }();
  return kMissing;
}

/// "shop/cart@sha256:ab12cd34…"
std::string short_reference(std::string_view reference) {
  constexpr std::size_t kShownDigits = 8;
  const std::size_t at = reference.find('@');
  const std::size_t colon = at == std::string_view::npos ? at : reference.find(':', at);
  if (colon == std::string_view::npos || reference.size() - colon - 1 <= kShownDigits) {
    return printable(reference, kMaxReferenceBytes);
  }
  return printable(reference.substr(0, colon + 1 + kShownDigits), kMaxReferenceBytes) + "…";
}

std::string short_digest(std::string_view digest) {
  constexpr std::size_t kShownDigits = 8;
  const std::size_t colon = digest.find(':');
  if (colon == std::string_view::npos) return printable(digest, kMaxContainerBytes);
  const std::string_view shown = digest.substr(0, colon + 1 + kShownDigits);
  return printable(shown, kMaxContainerBytes) + (shown.size() < digest.size() ? "…" : "");
}

/// `container "app" shop.example/cart:2.0`
std::string place_of(const Image& image) {
  return fmt::format("{} \"{}\" {}", noun(image.list), printable(image.name, kMaxContainerBytes),
                     image.reference.empty() ? "(no image)" : short_reference(image.reference));
}

/// `container "app" shop.example/cart:2.0 (sha256:ab12cd34…): CS101 unsigned: no signature; sign
/// it: …`
std::string line_of(const Finding& finding) {
  std::string line;
  if (finding.image != nullptr) {
    line = place_of(*finding.image);
    const std::string_view digest = finding.verdict->digest;
    if (!digest.empty() && !finding.image->reference.ends_with(digest)) {
      fmt::format_to(std::back_inserter(line), " ({})", short_digest(digest));
    }
    line += ": ";
  }
  fmt::format_to(std::back_inserter(line), "{} {}: {}", code(finding.outcome),
                 name(finding.outcome),
                 printable(finding.message.empty() ? info(finding.outcome).text : finding.message,
                           kMaxTextBytes));
  if (!finding.remedy.empty()) {
    fmt::format_to(std::back_inserter(line), "; {}", printable(finding.remedy, kMaxTextBytes));
  }
  if (finding.verdict != nullptr && !finding.verdict->statement.empty()) {
    fmt::format_to(std::back_inserter(line), " (trust policy \"{}\")",
                   printable(finding.verdict->statement, kMaxContainerBytes));
  }
  return line;
}

/// "Pod shop/web: "
std::string object_prefix(const Review& review) {
  return fmt::format(
      "{} {}{}{}: ", review.kind.empty() ? "object" : printable(review.kind, kMaxKindBytes),
      printable(review.namespace_name, kMaxKindBytes), review.namespace_name.empty() ? "" : "/",
      printable(review.object_name, kMaxNameBytes));
}

/// One line a finding, the winning one first, never longer than kMaxMessageBytes.
std::string message_of(const Review& review, std::span<const Finding> findings) {
  std::string message = object_prefix(review);
  std::size_t shown = 0;
  for (const Finding& finding : findings) {
    const std::size_t rest = findings.size() - shown - 1;
    const std::size_t reserved = rest == 0 ? 0 : fmt::formatted_size("\nand {} more", rest);
    const std::size_t room = kMaxMessageBytes - message.size() - reserved;
    if (shown == 0) {
      message += printable(line_of(finding), room);
    } else {
      const std::string line = line_of(finding);
      if (line.size() + 1 > room) break;
      message += '\n';
      message += line;
    }
    ++shown;
  }
  if (shown < findings.size()) {
    fmt::format_to(std::back_inserter(message), "\nand {} more", findings.size() - shown);
  }
  return message;
}

std::vector<Cause> causes_of(std::span<const Finding> findings) {
  std::vector<Cause> causes;
  causes.reserve(findings.size());
  for (const Finding& finding : findings) {
    Cause cause{.reason = code(finding.outcome),
                .message = std::string(name(finding.outcome)),
                .field = {}};
    if (findings.size() <= kMaxExplainedCauses) {
      const std::string_view message =
          finding.message.empty() ? info(finding.outcome).text : finding.message;
      cause.message += ": " + printable(message, kMaxCauseBytes);
    }
    if (finding.image != nullptr) cause.field = finding.image->path();
    causes.push_back(std::move(cause));
  }
  return causes;
}

/// One an image, kMaxWarnings at most, the last of which then says how many more there are.
std::vector<std::string> warnings_of(std::span<const Finding> findings) {
  std::vector<std::string> warnings;
  const std::size_t shown = findings.size() <= kMaxWarnings ? findings.size() : kMaxWarnings - 1;
  for (const Finding& finding : findings.first(shown)) {
    const std::string what =
        finding.image != nullptr ? place_of(*finding.image) : printable(finding.message);
    warnings.push_back(printable(fmt::format("{}{} {}: {}", kWarningMarker, code(finding.outcome),
                                             name(finding.outcome), what),
                                 kMaxWarningBytes));
  }
  if (shown < findings.size()) {
    warnings.push_back(fmt::format("{}{} more images", kWarningMarker, findings.size() - shown));
  }
  return warnings;
}

/// What users should know of an image that is admitted: failures that its trust policy only logs.
/// One an image.
std::string note_of(const Image& image, const verdict::Verdict& verdict) {
  const std::size_t more = verdict.warnings.size() - 1;
  return printable(fmt::format("{}{} \"{}\": {}{}", kNoteMarker, noun(image.list),
                               printable(image.name, kMaxContainerBytes), verdict.warnings.front(),
                               more > 0 ? fmt::format(" (and {} more)", more) : ""),
                   kMaxWarningBytes);
}

bool is_bridged(const ImageDecision& image) {
  return image.effect == Effect::kAllow && !admits(image.outcome);
}

/// `countersign: container "app": CS204 registry-unreachable; admitted: verified less than 5 min
/// ago`
std::string bridge_note(const Image& image, const ImageDecision& decision) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(*decision.verified_ago).count() + 1;
  return printable(
      fmt::format("{}{} \"{}\": {} {}; admitted: verified less than {} min ago", kNoteMarker,
                  noun(image.list), printable(image.name, kMaxContainerBytes),
                  code(decision.outcome), name(decision.outcome), minutes),
      kMaxWarningBytes);
}

/// Adds notes for users as far as there is room. Nobody is told of what is only audited.
void add_notes(const Review& review, Decision& decision) {
  std::vector<std::string> from_registries;
  const auto add = [&](std::string note) {
    if (decision.warnings.size() < kMaxWarnings && !contains(decision.warnings, note))
      decision.warnings.push_back(std::move(note));
  };
  for (std::size_t i = 0; i < decision.images.size(); ++i) {
    const ImageDecision& image = decision.images[i];
    if (image.verdict == nullptr || image.action == Action::kAudit) continue;
    if (is_bridged(image)) add(bridge_note(review.images[i], image));
    if (image.effect == Effect::kAllow && !image.verdict->warnings.empty())
      add(note_of(review.images[i], *image.verdict));
    for (const std::string& text : image.verdict->registry_warnings) {
      std::string note = printable(
          fmt::format("{}registry {}: {}", kNoteMarker,
                      image.verdict->repository.substr(0, image.verdict->repository.find('/')),
                      text),
          kMaxWarningBytes);
      if (from_registries.size() < kMaxRegistryNotes && !contains(from_registries, note))
        from_registries.push_back(std::move(note));
    }
  }
  for (std::string& note : from_registries) add(std::move(note));
}

/// Closes the entry that starts at `start` (with its separator). If the text would become too long,
/// it is taken back: the caller says how much is left out.
bool fits_annotation(std::string& text, std::size_t start) {
  constexpr std::size_t kReserve = 32;  // "; and 1024 more"
  if (text.size() + kReserve <= kMaxAnnotationBytes) return true;
  text.resize(start);
  return false;
}

/// "nginx:1.27 CS101 unsigned sha256:…; busybox CS001 unchanged"
void annotate_images(const Review& review, Decision& decision) {
  std::string& text = decision.annotations.images;
  text.reserve(std::min(kMaxAnnotationBytes, decision.images.size() * kReservedEntryBytes));
  for (std::size_t i = 0; i < decision.images.size(); ++i) {
    const ImageDecision& image = decision.images[i];
    const std::size_t start = text.size();
    if (i > 0) text += "; ";
    append_printable(text, review.images[i].reference, kMaxReferenceBytes);
    text += ' ';
    text += code(image.outcome);
    text += ' ';
    text += image.skip ? name(*image.skip) : name(image.outcome);
    if (image.verdict != nullptr && !image.verdict->digest.empty()) {
      text += ' ';
      append_printable(text, image.verdict->digest, kMaxReferenceBytes);
    }
    if (is_bridged(image)) text += " last-good";
    if (fits_annotation(text, start)) continue;
    fmt::format_to(std::back_inserter(text), "; and {} more", decision.images.size() - i);
    return;
  }
}

void annotate_rules(Decision& decision) {
  std::string& text = decision.annotations.rule;
  for (std::size_t i = 0; i < decision.images.size(); ++i) {
    const auto rule = decision.images[i].rule;
    if (i > 0 && decision.images[i - 1].rule == rule)
      continue;  // an object's images mostly share one
    const auto before = std::span(decision.images).first(i);
    if (std::ranges::any_of(before, [&](const ImageDecision& each) { return each.rule == rule; }))
      continue;
    const std::size_t start = text.size();
    if (i > 0) text += ',';
    append_printable(text, rule, kMaxNameBytes);
    if (!fits_annotation(text, start)) return;
  }
}

void conclude(const Review& review, std::vector<Finding>& denied, std::vector<Finding>& tolerated,
              std::span<const Finding> warned, Decision& decision) {
  // Images stand in one vector: their addresses keep their order within a rank.
  const auto by_rank = [](const Finding& finding) {
    return std::pair(rank(finding.outcome), finding.image);
  };
  std::ranges::sort(denied, {}, by_rank);
  decision.allowed = denied.empty();
  decision.warnings = warnings_of(warned);
  if (!denied.empty()) {
    decision.effect = Effect::kDeny;
    decision.outcome = denied.front().outcome;
    const bool only_outages = std::ranges::all_of(
        denied, [](const Finding& finding) { return is_outage(finding.outcome); });
    decision.code = only_outages ? kUnavailable : kForbidden;
    decision.message = message_of(review, denied);
    decision.causes = causes_of(denied);
  } else {
    decision.message.clear();
    if (!tolerated.empty()) {
      decision.effect = Effect::kWouldDeny;
      decision.outcome = std::ranges::min_element(tolerated, {}, by_rank)->outcome;
    }
  }
  decision.annotations.verdict = name(decision.effect);
}

Decision skipped(SkipReason reason) {
  Decision decision;
  decision.allowed = true;
  decision.message.clear();
  decision.effect = Effect::kSkip;
  decision.action = Action::kSkip;
  decision.outcome = Outcome::kSkipped;
  decision.skip = reason;
  decision.annotations.verdict = name(Effect::kSkip);
  return decision;
}

Decision decide_problem(const Review& review, const Plan& plan) {
  const Error& problem = *review.problem;
  const Finding finding{
      .image = nullptr,
      .verdict = nullptr,
      .outcome = admits(problem.outcome()) ? Outcome::kInternalError : problem.outcome(),
      .message = problem.message(),
      .remedy = info(problem.outcome()).remedy};
  Decision decision;
  decision.action = plan.problem_action;
  decision.annotations.rule = printable(plan.problem_rule, kMaxNameBytes);
  std::vector<Finding> denied;
  std::vector<Finding> tolerated;
  (plan.problem_action == Action::kEnforce ? denied : tolerated).push_back(finding);
  conclude(review, denied, tolerated,
           plan.problem_action == Action::kWarn ? std::span<const Finding>(tolerated)
                                                : std::span<const Finding>(),
           decision);
  return decision;
}

ImageDecision decide_image(const ImagePlan& planned, const Plan& plan,
                           std::span<const verdict::Answer> answers) {
  ImageDecision decision{.action = planned.action, .rule = planned.rule, .skip = std::nullopt};
  if (planned.step == Step::kSkip) {
    decision.effect = Effect::kSkip;
    decision.outcome = Outcome::kSkipped;
    decision.skip = planned.skip;
    return decision;
  }
  decision.verdict = &missing_verdict();
  if (planned.step == Step::kSettled && planned.at < plan.settled.size()) {
    decision.verdict = &plan.settled[planned.at];
  } else if (planned.step == Step::kVerify && planned.at < answers.size() &&
             answers[planned.at].verdict) {
    decision.verdict = answers[planned.at].verdict.get();
    decision.verified_ago = answers[planned.at].age;
  }
  decision.outcome = decision.verdict->outcome;
  if (admits(decision.outcome)) {
    decision.effect = decision.outcome == Outcome::kSkipped ? Effect::kSkip : Effect::kAllow;
  } else if (planned.action == Action::kEnforce && decision.verified_ago &&
             verdict::may_be_bridged(decision.outcome)) {
    decision.effect = Effect::kAllow;
  } else {
    decision.effect = planned.action == Action::kEnforce ? Effect::kDeny : Effect::kWouldDeny;
  }
  return decision;
}

}  // namespace

std::string_view name(Effect effect) noexcept {
  switch (effect) {
    case Effect::kDeny:
      return "deny";
    case Effect::kWouldDeny:
      return "would-deny";
    case Effect::kAllow:
      return "allow";
    case Effect::kSkip:
      return "skip";
  }
  return "deny";
}

Decision decide(const Review& review, const Plan& plan, std::span<const verdict::Answer> answers) {
  if (plan.skip) return skipped(*plan.skip);
  if (review.problem) return decide_problem(review, plan);
  // A plan of another review would leave images unjudged.
  if (plan.images.size() != review.images.size()) return {};
  if (plan.images.empty()) return skipped(SkipReason::kNoImages);
  // Answers that do not belong to these references are worth nothing.
  if (answers.size() != plan.references.size()) answers = {};

  Decision decision;
  decision.effect = Effect::kSkip;
  decision.action = Action::kSkip;
  decision.outcome = Outcome::kSkipped;
  decision.images.reserve(plan.images.size());
  std::vector<Finding> denied;
  std::vector<Finding> tolerated;
  std::vector<Finding> warned;
  for (std::size_t i = 0; i < plan.images.size(); ++i) {
    const ImageDecision image = decide_image(plan.images[i], plan, answers);
    decision.images.push_back(image);
    decision.action = strictest(decision.action, image.action);
    if (image.effect == Effect::kSkip && !decision.skip) decision.skip = image.skip;
    if (image.effect == Effect::kAllow) {
      decision.effect = Effect::kAllow;
      // An outage that was bridged is what one should hear of.
      if (admits(decision.outcome)) decision.outcome = image.outcome;
    }
    if (image.effect != Effect::kDeny && image.effect != Effect::kWouldDeny) continue;
    const Finding finding{.image = &review.images[i],
                          .verdict = image.verdict,
                          .outcome = image.outcome,
                          .message = image.verdict->message,
                          .remedy = image.verdict->remedy};
    (image.effect == Effect::kDeny ? denied : tolerated).push_back(finding);
    if (image.action == Action::kWarn) warned.push_back(finding);
  }
  conclude(review, denied, tolerated, warned, decision);
  add_notes(review, decision);
  if (decision.effect != Effect::kSkip) decision.skip.reset();
  annotate_images(review, decision);
  annotate_rules(decision);
  return decision;
}

}  // namespace countersign::admission
