#include "commands/review_command.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>

#include "async/run_to_end.hpp"
#include "commands/console.hpp"
#include "commands/exit_status.hpp"
#include "runtime/generation.hpp"
#include "runtime/worker_pool.hpp"

namespace countersign::commands {

int review(const std::string& configuration_file) {
  std::signal(SIGPIPE, SIG_IGN);
  const auto generation = runtime::load_generation(configuration_file);
  if (!generation) {
    std::fputs(generation.problems().to_string().c_str(), stderr);
    return kBadConfiguration;
  }
  std::string body = read_stdin(admission::ReviewReader::kMaxBytes);
  ops::NullSink sink;
  const ops::Log log(sink, ops::Level::kError);
  runtime::WorkerPool workers;
  runtime::Worker& worker = workers.add(*generation, log, {});
  std::string answer;
  constexpr std::chrono::milliseconds kTimeout{10000};
  const auto answered = *run_to_end(
      worker.io(), worker.reviews().answer(body, 0, real_clock().now(), kTimeout, answer));
  if (answered.refusal.http_status != 0) {
    complain(answered.refusal.message);
    return kUnreadableInput;
  }
  fmt::print("{}\n", answer);
  if (answered.allowed) return kAdmitted;
  return answered.code == 503 ? kUndecided : kDenied;
}

}  // namespace countersign::commands
