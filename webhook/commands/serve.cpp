#include "commands/serve.hpp"

#include <sys/resource.h>

#include <csignal>
#include <cstdio>

#include "commands/exit_status.hpp"
#include "commands/version.hpp"
#include "runtime/webhook.hpp"

namespace countersign::commands {
namespace {

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

ops::Level log_level(config::LogLevel level) {
  switch (level) {
    case config::LogLevel::kDebug:
      return ops::Level::kDebug;
    case config::LogLevel::kInfo:
      return ops::Level::kInfo;
    case config::LogLevel::kWarn:
      return ops::Level::kWarn;
    case config::LogLevel::kError:
      return ops::Level::kError;
  }
  return ops::Level::kInfo;
}

}  // namespace

int serve(const std::string& configuration_file) {
  std::signal(SIGPIPE, SIG_IGN);
  raise_file_limit();
  const auto generation = runtime::load_generation(configuration_file);
  if (!generation) {
    std::fputs(generation.problems().to_string().c_str(), stderr);
    return kBadConfiguration;
  }
  const config::LogConfig& settings = (*generation)->configuration.log;
  const auto sink = ops::make_stderr_sink(
      settings.format == config::LogFormat::kText ? ops::Format::kText : ops::Format::kJson);
  const ops::Log log(*sink, log_level(settings.level));
  log.info("server.starting")
      .field("version", version())
      .field("commit", commit())
      .field("configuration", configuration_file);
  for (const std::string& warning : (*generation)->warnings)
    log.warn("configuration.warning").field("message", warning);
  runtime::Webhook webhook(*generation, log,
                           {.workers = runtime::worker_count(),
                            .version = std::string(version()),
                            .commit = std::string(commit())});
  if (auto opened = webhook.open(); !opened) {
    log.error("server.cannot_start").field("message", opened.error().message());
    return kCannotStart;
  }
  webhook.run();
  return kAdmitted;
}

}  // namespace countersign::commands
