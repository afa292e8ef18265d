#include "commands/review_command.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include "commands/console.hpp"
#include "commands/exit_status.hpp"
#include "commands/run_to_end.hpp"
#include "commands/snapshot.hpp"
#include "commands/worker_pool.hpp"

namespace countersign::commands {

int review(const std::string& configuration_file) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto snapshot = load_snapshot(configuration_file);
  if (!snapshot) {
    std::fputs(snapshot.problems().to_string().c_str(), stderr);
    return kBadConfiguration;
  }
  std::string body = read_stdin(admission::ReviewReader::kMaxBytes);
  NullSink sink;
  const ops::Log log(sink, ops::Level::kError);
  const config::LimitsConfig& limits = (*snapshot)->configuration.limits;
  WorkerPool workers(limits.verification);
  Worker& worker = workers.add(*snapshot, log, {.max_signatures = limits.signatures});
  std::string answer;
  constexpr std::chrono::milliseconds kTimeout{10000};
  const auto answered = run_to_end(
      worker, worker.reviews().answer(body, 0, std::chrono::steady_clock::now(), kTimeout, answer));
  if (answered.refusal.http_status != 0) {
    complain(answered.refusal.message);
    return kUnreadableInput;
  }
  fmt::print("{}\n", answer);
  if (answered.allowed) return kAdmitted;
  return answered.code == 503 ? kUndecided : kDenied;
}

}  // namespace countersign::commands
