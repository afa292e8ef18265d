#include "commands/verify_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "adapters/files/read_file.hpp"
#include "adapters/layout/oci_layout.hpp"
#include "admission/decision.hpp"
#include "admission/plan.hpp"
#include "base/text.hpp"
#include "commands/console.hpp"
#include "commands/exit_status.hpp"
#include "commands/local_trust.hpp"
#include "commands/manifest_reader.hpp"
#include "commands/report.hpp"
#include "commands/run_to_end.hpp"
#include "commands/snapshot.hpp"
#include "commands/worker_pool.hpp"

namespace countersign::commands {
namespace {

constexpr std::size_t kMaxPemBytes = std::size_t{1024} * 1024;
constexpr std::size_t kMaxPasswordBytes = std::size_t{64} * 1024;

/// An image with what became of it.
struct Finding {
  std::string source;
  std::string place;  ///< "spec.containers[0].image"; empty for an image of the command line
  verdict::Verdict verdict;
  std::string action;
  std::string rule;
  bool denied = false;
};

std::optional<std::string> read_password() {
  std::string password = read_stdin(kMaxPasswordBytes);
  while (password.ends_with('\n') || password.ends_with('\r')) password.pop_back();
  if (password.empty() || password.size() > kMaxPasswordBytes) return std::nullopt;
  return password;
}

http::RegistrySettings& entry_for(http::Settings& settings, const std::string& registry) {
  const auto found =
      std::ranges::find(settings.registries, registry, &http::RegistrySettings::match);
  if (found != settings.registries.end()) return *found;
  http::RegistrySettings entry;
  if (const auto* wider = http::find_registry(settings, registry).settings; wider != nullptr)
    entry = *wider;
  entry.match = registry;
  return *settings.registries.insert(settings.registries.begin(), std::move(entry));
}

/// What is wrong, and whether that is the usage or a file that an option names.
struct Complaint {
  ExitStatus status = kUsage;
  std::string text;
};

/// Adds what the options say of OCSP and CRL. Returns what is wrong.
std::optional<Complaint> apply_revocation_options(const VerifyOptions& options,
                                                  Snapshot& snapshot) {
  for (const std::string& network : options.egress_allow) {
    auto allowed = config::parse_egress_network(network);
    if (!allowed)
      return Complaint{kUsage, fmt::format("--egress-allow: {}", allowed.error().message())};
    snapshot.registries.egress_allow.push_back(*std::move(allowed));
  }
  if (!options.revocation_offline.empty()) {
    auto folder = responders::OfflineFolder::open(options.revocation_offline);
    if (!folder) {
      return Complaint{kBadConfiguration,
                       fmt::format("--revocation-offline: {}", folder.error().message())};
    }
    snapshot.revocation->offline = *std::move(folder);
  }
  return std::nullopt;
}

/// Adds what the options say of registries to what the configuration says. Returns what is wrong.
std::optional<Complaint> apply_registry_options(const VerifyOptions& options,
                                                http::Settings& settings) {
  for (const std::string& host : options.plain_http)
    entry_for(settings, ascii_lower(host)).plain_http = true;
  for (const std::string& host : options.insecure_skip_tls_verify) {
    entry_for(settings, ascii_lower(host)).insecure_skip_verify = true;
  }
  if (!options.ca_file.empty()) {
    auto pem = files::read_file(options.ca_file, kMaxPemBytes, files::LinkRule::kFollow);
    if (!pem)
      return Complaint{kBadConfiguration, fmt::format("--ca-file: {}", pem.error().message())};
    settings.ca.push_back(*std::move(pem));
    if (auto fine = http::check(settings); !fine) {
      return Complaint{kBadConfiguration,
                       fmt::format("--ca-file {}: {}", options.ca_file, fine.error().message())};
    }
  }
  if (!options.username.empty()) {
    std::set<std::string> registries;
    for (const std::string& image : options.images) {
      if (const auto reference = oci::ImageReference::parse(image))
        registries.insert(reference->registry());
    }
    if (registries.size() != 1)
      return Complaint{kUsage, "--username is for one registry: name images of exactly one"};
    const auto password = read_password();
    if (!password) return Complaint{kUsage, "--password-stdin: no password on standard input"};
    entry_for(settings, *registries.begin()).credentials =
        oci::DockerConfig::of(*registries.begin(), {.username = options.username,
                                                    .password = oci::Secret(*password),
                                                    .identity_token = {},
                                                    .registry_token = {}});
  } else if (options.configuration.empty()) {
    auto credentials = read_docker_config();
    if (!credentials) return Complaint{kBadConfiguration, credentials.problems().to_string()};
    for (const std::string& warning : credentials->warnings()) complain("warning: " + warning);
    settings.default_credentials = *std::move(credentials);
  }
  if (auto fine = http::check(settings); !fine) return Complaint{kUsage, fine.error().message()};
  return std::nullopt;
}

config::Checked<std::shared_ptr<const Snapshot>> snapshot_for(const VerifyOptions& options) {
  if (!options.configuration.empty()) return load_snapshot(options.configuration);
  auto materials = read_local_trust(options.trust_policy, options.trust_store);
  if (!materials) return materials.problems();
  config::Configuration configuration;
  configuration.file = materials->policy.source;
  return build_snapshot(std::move(configuration), *std::move(materials));
}

/// Every image that is to be verified, each distinct one once, so that all can be verified side by
/// side.
class Batch {
 public:
  /// `required` is asked of every image, beside what its rule asks for.
  explicit Batch(verdict::UserMetadata required) : required_(std::move(required)) {}

  std::size_t add(oci::ImageReference reference, verdict::UserMetadata of_rule) {
    of_rule.insert(required_.begin(), required_.end());
    const auto [place, is_new] = places_.try_emplace({reference.text(), of_rule}, images_.size());
    if (is_new) images_.push_back({std::move(reference), std::move(of_rule)});
    return place->second;
  }
  void verify(Worker& worker, Deadline deadline) {
    if (!images_.empty())
      verdicts_ = run_to_end(worker, worker.verifier().verify(images_, deadline));
  }
  [[nodiscard]] const verdict::Verdict& verdict(std::size_t place) const {
    return verdicts_.at(place);
  }

 private:
  verdict::UserMetadata required_;
  std::vector<ImageVerifier::Wanted> images_;
  std::map<std::pair<std::string, verdict::UserMetadata>, std::size_t> places_;
  std::vector<verdict::Verdict> verdicts_;
};

/// `verify IMAGE`: rules by namespace and image, then the verdict.
struct PlannedImage {
  Finding finding;
  std::optional<std::size_t> place;  ///< in the batch; none if there is nothing to verify
};

PlannedImage plan_image(const std::string& text, const Snapshot& snapshot,
                        const VerifyOptions& options, Batch& batch) {
  PlannedImage planned;
  Finding& finding = planned.finding;
  auto parsed = oci::parse_image(text);
  std::optional<std::string> name;
  if (parsed) name = parsed->name();
  const auto choice = snapshot.rules.choose(
      options.namespace_name, [&]() -> std::optional<std::string_view> { return name; });
  finding.action = admission::name(choice.action);
  finding.rule = choice.rule;
  if (choice.action == admission::Action::kSkip) {
    finding.verdict.image = printable(text, 1024);
    finding.verdict.repository = name.value_or("");
    finding.verdict.outcome = Outcome::kSkipped;
    finding.verdict.message = fmt::format("the rule \"{}\" asks for no verification", choice.rule);
  } else if (!parsed) {
    finding.verdict = verify::invalid_reference_verdict(text, parsed.error());
  } else {
    planned.place = batch.add(*std::move(parsed), *choice.user_metadata);
  }
  return planned;
}

Finding judge_image(PlannedImage planned, const Batch& batch) {
  Finding finding = std::move(planned.finding);
  if (planned.place) finding.verdict = batch.verdict(*planned.place);
  finding.denied = !admits(finding.verdict.outcome) &&
                   finding.action == admission::name(admission::Action::kEnforce);
  return finding;
}

/// `verify -f`: what the webhook would do with the object.
struct PlannedObject {
  std::string source;
  admission::Review review;
  admission::Plan plan;
  std::vector<std::size_t> places;  ///< of the plan's references in the batch
};

Result<PlannedObject> plan_object(const ManifestObject& object, const Snapshot& snapshot,
                                  admission::ReviewReader& reader, Batch& batch) {
  auto read = reader.read(object.review);
  if (!read) return std::move(read).error().while_doing(object.source);
  PlannedObject planned{
      .source = object.source, .review = *std::move(read), .plan = {}, .places = {}};
  planned.plan = admission::plan(planned.review, snapshot.rules);
  for (std::size_t i = 0; i < planned.plan.references.size(); ++i)
    planned.places.push_back(batch.add(planned.plan.references[i], *planned.plan.required[i]));
  return planned;
}

std::vector<Finding> judge_object(const PlannedObject& planned, const Batch& batch) {
  const admission::Review& review = planned.review;
  std::vector<verdict::Verdict> verdicts;
  for (const std::size_t place : planned.places) verdicts.push_back(batch.verdict(place));
  const admission::Decision decision = admission::decide(review, planned.plan, verdicts);
  std::vector<Finding> findings;
  if (review.problem && !decision.skip) {
    Finding finding;
    finding.source = planned.source;
    finding.verdict = verify::invalid_reference_verdict("", *review.problem);
    finding.action = admission::name(decision.action);
    finding.rule = decision.annotations.rule;
    finding.denied = !decision.allowed;
    findings.push_back(std::move(finding));
    return findings;
  }
  for (std::size_t i = 0; i < decision.images.size(); ++i) {
    const admission::ImageDecision& image = decision.images[i];
    Finding finding;
    finding.source = planned.source;
    finding.place = review.images[i].path();
    finding.action = admission::name(image.action);
    finding.rule = image.rule;
    finding.denied = image.effect == admission::Effect::kDeny;
    if (image.verdict != nullptr) {
      finding.verdict = *image.verdict;
    } else {
      finding.verdict.image = review.images[i].reference;
      finding.verdict.outcome = Outcome::kSkipped;
      finding.verdict.message = fmt::format("the rule \"{}\" asks for no verification", image.rule);
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

void print_text(const std::vector<Finding>& findings, bool verbose) {
  std::string last_source;
  for (const Finding& finding : findings) {
    const verdict::Verdict& verdict = finding.verdict;
    if (!finding.source.empty() && finding.source != last_source) {
      fmt::print("{}\n", finding.source);
      last_source = finding.source;
    }
    const std::string_view word = finding.denied            ? "DENIED "
                                  : admits(verdict.outcome) ? "ok     "
                                                            : "allowed";
    fmt::print("{} {}{}{}: {} {}: {}{}\n", word, finding.place, finding.place.empty() ? "" : " ",
               printable(verdict.image, 300), code(verdict.outcome), name(verdict.outcome),
               verdict.message,
               !admits(verdict.outcome) && !finding.denied
                   ? fmt::format(" (rule \"{}\" says {})", finding.rule, finding.action)
                   : "");
    if (!verdict.digest.empty()) fmt::print("        digest: {}\n", verdict.digest);
    if (!verdict.remedy.empty()) fmt::print("        remedy: {}\n", verdict.remedy);
    for (const std::string& warning : verdict.warnings) fmt::print("        note: {}\n", warning);
    if (verdict.outcome == Outcome::kVerified && !verdict.image.contains('@'))
      fmt::print("        note: the tag may be moved; what was verified is {}@{}\n",
                 verdict.repository, verdict.digest);
    for (const std::string& warning : verdict.registry_warnings)
      fmt::print("        the registry says: {}\n", warning);
    if (!verbose) continue;
    for (const verdict::SignatureReport& signature : verdict.signatures) {
      fmt::print("        signature {} ({}): {} {}{}{}\n", signature.digest, signature.media_type,
                 code(signature.outcome), name(signature.outcome),
                 signature.message.empty() ? "" : ": ", signature.message);
      for (const verdict::CheckReport& check : signature.checks) {
        fmt::print("          {} {} ({}){}{}\n", trust::name(check.check),
                   verdict::name(check.result), trust::name(check.action),
                   check.reason.empty() ? "" : ": ", check.reason);
      }
    }
    fmt::print("        {:.1f} ms, of them {:.1f} ms with the registry\n", verdict.timings.total_ms,
               verdict.timings.registry_ms);
  }
}

void print_json(const std::vector<Finding>& findings) {
  std::string out =
      R"({"apiVersion":"countersign.dev/v1alpha1","kind":"VerificationReport","images":[)";
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (i > 0) out += ',';
    write_image_report(findings[i].verdict,
                       {.action = findings[i].action,
                        .decision = findings[i].denied ? "deny" : "allow",
                        .rule = findings[i].rule},
                       out);
  }
  out += "]}";
  fmt::print("{}\n", nlohmann::ordered_json::parse(out).dump(
                         2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

/// 1 before 2: a verdict denies, however many could not be decided.
int status_of(const std::vector<Finding>& findings) {
  int status = kAdmitted;
  for (const Finding& finding : findings) {
    if (!finding.denied) continue;
    if (class_of(finding.verdict.outcome) != OutcomeClass::kOutage) return kDenied;
    status = kUndecided;
  }
  return status;
}

Result<std::vector<ManifestObject>> read_objects(const VerifyOptions& options) {
  std::vector<ManifestObject> objects;
  for (const std::string& file : options.files) {
    const std::string label = file == "-" ? "standard input" : file;
    auto text = file == "-"
                    ? Result<std::string>(read_stdin(kMaxManifestFileBytes))
                    : files::read_file(file, kMaxManifestFileBytes, files::LinkRule::kFollow);
    if (!text) return std::move(text).error().while_doing(label);
    COUNTERSIGN_TRY(auto more, read_manifests(*text, label, options.namespace_name));
    std::ranges::move(more, std::back_inserter(objects));
  }
  return objects;
}

}  // namespace

int verify(const VerifyOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  const Deadline deadline = Deadline::after(options.timeout);
  WorkerOptions worker_options;
  if (!options.now.empty()) {
    const auto now = parse_rfc3339(options.now);
    if (!now) {
      complain(fmt::format("--now {}: want an RFC 3339 time such as 2026-11-24T10:00:00Z",
                           printable(options.now, 64)));
      return kUsage;
    }
    worker_options.now = [now] { return *now; };
  }
  const auto loaded = snapshot_for(options);
  if (!loaded) {
    std::fputs(loaded.problems().to_string().c_str(), stderr);
    return kBadConfiguration;
  }
  auto snapshot = std::make_shared<Snapshot>(**loaded);
  if (options.verbose) {
    for (const std::string& warning : snapshot->warnings) complain("warning: " + warning);
  }
  if (const auto wrong = apply_registry_options(options, snapshot->registries)) {
    complain(wrong->text);
    return wrong->status;
  }
  if (const auto wrong = apply_revocation_options(options, *snapshot)) {
    complain(wrong->text);
    return wrong->status;
  }
  const auto objects = read_objects(options);
  if (!objects) {
    complain(objects.error().message());
    return kUnreadableInput;
  }

  std::optional<layout::OciLayout> layout;
  if (!options.oci_layout.empty()) worker_options.source = &layout.emplace(options.oci_layout);
  worker_options.max_signatures = snapshot->configuration.limits.signatures;
  NullSink sink;
  const ops::Log log(sink, ops::Level::kError);
  WorkerPool workers(options.timeout);
  Worker& worker = workers.add(snapshot, log, worker_options);
  Batch batch({options.user_metadata.begin(), options.user_metadata.end()});
  std::vector<PlannedImage> images;
  for (const std::string& image : options.images)
    images.push_back(plan_image(image, *snapshot, options, batch));
  std::vector<PlannedObject> planned;
  admission::ReviewReader reader;
  for (const ManifestObject& object : *objects) {
    auto one = plan_object(object, *snapshot, reader, batch);
    if (!one) {
      complain(one.error().message());
      return kUnreadableInput;
    }
    planned.push_back(*std::move(one));
  }
  batch.verify(worker, deadline);

  std::vector<Finding> findings;
  for (PlannedImage& image : images) findings.push_back(judge_image(std::move(image), batch));
  for (const PlannedObject& object : planned)
    std::ranges::move(judge_object(object, batch), std::back_inserter(findings));
  if (options.json) {
    print_json(findings);
  } else {
    print_text(findings, options.verbose);
  }
  return status_of(findings);
}

}  // namespace countersign::commands
