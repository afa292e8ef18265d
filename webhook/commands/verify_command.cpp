#include "commands/verify_command.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <iterator>
#include <utility>

#include "adapters/files/read_file.hpp"
#include "adapters/layout/oci_layout.hpp"
#include "async/run_to_end.hpp"
#include "base/text.hpp"
#include "commands/console.hpp"
#include "commands/exit_status.hpp"
#include "commands/verify_setup.hpp"
#include "objects/manifest_reader.hpp"
#include "report/json_report.hpp"
#include "report/text_report.hpp"
#include "runtime/assessment.hpp"
#include "runtime/worker_pool.hpp"

namespace countersign::commands {
namespace {

using objects::kMaxManifestFileBytes;
using objects::ManifestObject;
using report::Entry;
using report::Report;
using runtime::Assessment;

/// Of the command line: rules by namespace and image, then the verdict.
struct NamedImage {
  Entry entry;
  std::shared_ptr<const verify::Ask> ask;  ///< null if there is nothing to verify
};

NamedImage plan_image(const std::string& text, const runtime::Generation& generation,
                      const VerifyOptions& options, const verdict::UserMetadata& required) {
  NamedImage planned;
  Entry& entry = planned.entry;
  entry.image = printable(text, 1024);
  auto parsed = oci::parse_image(text);
  std::optional<std::string> name;
  if (parsed) name = parsed->name();
  const auto choice = generation.rules.choose(
      options.namespace_name, [&]() -> std::optional<std::string_view> { return name; });
  entry.action = admission::name(choice.action);
  entry.rule = choice.rule;
  if (choice.action == admission::Action::kSkip) {
    entry.verdict = report::skipped_by(choice.rule, name.value_or(""));
  } else if (!parsed) {
    entry.verdict =
        std::make_shared<const verdict::Verdict>(verify::invalid_reference_verdict(parsed.error()));
  } else {
    verdict::UserMetadata wanted = *choice.user_metadata;
    wanted.insert(required.begin(), required.end());
    planned.ask = std::make_shared<const verify::Ask>(
        verify::Ask{.image = *std::move(parsed), .required = std::move(wanted)});
  }
  return planned;
}

/// Everything that is to be verified.
struct Wanted {
  std::vector<NamedImage> images;
  std::vector<std::string> sources;  ///< of the objects
  std::vector<std::unique_ptr<Assessment>> objects;
};

Result<std::vector<ManifestObject>> read_objects(const VerifyOptions& options) {
  std::vector<ManifestObject> objects;
  for (const std::string& file : options.files) {
    const std::string label = file == "-" ? "standard input" : file;
    auto text = file == "-"
                    ? Result<std::string>(read_stdin(kMaxManifestFileBytes))
                    : files::read_file(file, kMaxManifestFileBytes, files::LinkRule::kFollow);
    if (!text) return std::move(text).error().while_doing(label);
    COUNTERSIGN_TRY(auto more, objects::read_manifests(*text, label, options.namespace_name));
    std::ranges::move(more, std::back_inserter(objects));
  }
  return objects;
}

/// Objects as reviews. Errors: `kMalformedReview`.
Status read_reviews(const std::vector<ManifestObject>& objects, admission::ReviewReader& reader,
                    Wanted& wanted) {
  for (const ManifestObject& object : objects) {
    auto review = reader.read(object.review);
    if (!review) return std::move(review).error().while_doing(object.source);
    wanted.sources.push_back(object.source);
    wanted.objects.push_back(std::make_unique<Assessment>(*std::move(review)));
  }
  return ok();
}

/// All images side by side, those of the command line and those of objects.
asio::awaitable<bool, Executor> verify_all(Wanted& wanted, const verdict::UserMetadata& required,
                                           runtime::GenerationPtr generation,
                                           runtime::ImageVerifier& verifier, Deadline deadline) {
  runtime::ImageVerifier::Asks asks;
  for (const NamedImage& image : wanted.images) {
    if (image.ask) asks.push_back(image.ask);
  }
  std::vector<Assessment*> objects;
  for (const auto& object : wanted.objects) objects.push_back(object.get());
  const auto answers = co_await runtime::assess_all(objects, required, std::move(asks), generation,
                                                    verifier, deadline);
  std::size_t next = 0;
  for (NamedImage& image : wanted.images) {
    if (!image.ask) continue;
    // Without a verdict its verification ended abnormally.
    image.entry.verdict =
        answers[next].verdict ? answers[next].verdict : std::make_shared<const verdict::Verdict>();
    image.entry.verified_ago = answers[next].age;
    ++next;
  }
  co_return true;
}

ExitStatus status_of(report::Result result) {
  switch (result) {
    case report::Result::kAdmitted:
      return kAdmitted;
    case report::Result::kUndecided:
      return kUndecided;
    case report::Result::kDenied:
      return kDenied;
  }
  return kBug;
}

}  // namespace

int verify(const VerifyOptions& options) {
  std::signal(SIGPIPE, SIG_IGN);
  const Deadline deadline(real_clock().now() + options.timeout);
  runtime::WorkerOptions worker_options;
  if (!options.now.empty()) {
    const auto now = parse_rfc3339(options.now);
    if (!now) {
      complain(fmt::format("--now {}: want an RFC 3339 time such as 2026-11-24T10:00:00Z",
                           printable(options.now, 64)));
      return kUsage;
    }
    worker_options.now = [now] { return *now; };
  }
  const auto loaded = generation_for(options);
  if (const auto* wrong = std::get_if<Complaint>(&loaded)) {
    if (wrong->whole) {
      std::fputs(wrong->text.c_str(), stderr);
    } else {
      complain(wrong->text);
    }
    return wrong->status;
  }
  const auto& generation = std::get<runtime::GenerationPtr>(loaded);
  const auto objects = read_objects(options);
  if (!objects) {
    complain(objects.error().message());
    return kUnreadableInput;
  }
  const verdict::UserMetadata required(options.user_metadata.begin(), options.user_metadata.end());
  Wanted wanted;
  for (const std::string& image : options.images)
    wanted.images.push_back(plan_image(image, *generation, options, required));
  admission::ReviewReader reader;
  if (auto read = read_reviews(*objects, reader, wanted); !read) {
    complain(read.error().message());
    return kUnreadableInput;
  }

  std::optional<layout::OciLayout> layout;
  if (!options.oci_layout.empty()) worker_options.source = &layout.emplace(options.oci_layout);
  ops::NullSink sink;
  const ops::Log log(sink, ops::Level::kError);
  runtime::WorkerPool workers;
  runtime::Worker& worker = workers.add(generation, log, worker_options);
  run_to_end(worker.io(), verify_all(wanted, required, generation, worker.verifier(), deadline));

  Report report;
  for (NamedImage& image : wanted.images) {
    image.entry.denied = !admits(image.entry.verdict->outcome) &&
                         image.entry.action == admission::name(admission::Action::kEnforce);
    report.entries.push_back(std::move(image.entry));
  }
  for (std::size_t i = 0; i < wanted.objects.size(); ++i)
    report::add_object(wanted.sources[i], wanted.objects[i]->review, wanted.objects[i]->decision,
                       report);
  if (options.json) {
    fmt::print("{}\n", report::to_json(report));
  } else {
    fmt::print("{}", report::to_text(report, options.verbose ? report::Detail::kEveryCheck
                                                             : report::Detail::kShort));
  }
  return status_of(report::result_of(report));
}

}  // namespace countersign::commands
