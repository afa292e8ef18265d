#include "adapters/plugin/plugin_runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "adapters/plugin/process.hpp"
#include "async/join_all.hpp"
#include "async/wakeup.hpp"
#include "base/text.hpp"

namespace countersign::plugin {
namespace {

using ports::PluginCall;
using ports::PluginOutput;
using Stream = asio::posix::basic_stream_descriptor<Executor>;

Error refused(Reason reason, const PluginCall& call, std::string_view what) {
  return {Outcome::kPluginRequired, reason,
          fmt::format("verification plugin \"{}\" {}", printable(call.plugin, 64), what)};
}

/// One process and what is known of it. Its lanes refer to it, and are waited for.
struct Run {
  Run(Executor executor, Clock& clock, Process::Started started, std::string what_it_is_asked)
      : process(std::move(started.process)),
        in(executor, started.streams.in.release()),
        out(executor, started.streams.out.release()),
        err(executor, started.streams.err.release()),
        exit(executor, started.streams.exit.release()),
        request(std::move(what_it_is_asked)),
        ended(executor, clock) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  /// Ends everything; the lanes end by themselves.
  void abandon() {
    process.kill();
    for (Stream* stream : {&in, &out, &err}) close(*stream);
  }
  static void close(Stream& stream) {
    boost::system::error_code ignored;
    stream.close(ignored);
  }

  Process process;
  Stream in;
  Stream out;
  Stream err;
  Stream exit;
  std::string request;
  PluginOutput output;
  std::optional<int> status;
  bool too_much = false;
  bool timed_out = false;
  unsigned working = 0;  ///< lanes but the one that watches
  Wakeup ended;          ///< no lane works any more
};

/// Counts a lane for as long as it works. However it ends, the one that watches hears of the last;
/// a lane that throws ends the process.
class Working {
 public:
  explicit Working(Run& run) : run_(run) { ++run_.working; }
  ~Working() {
    if (std::uncaught_exceptions() > exceptions_) run_.process.kill();
    if (--run_.working == 0) run_.ended.wake();
  }
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;

 private:
  Run& run_;
  int exceptions_ = std::uncaught_exceptions();
};

/// A plugin that does not read its request may know its answer anyway.
asio::awaitable<void, Executor> send_request(Run& run) {
  const Working working(run);
  const auto [error, sent] = co_await asio::async_write(run.in, asio::buffer(run.request), kTuple);
  static_cast<void>(error);
  static_cast<void>(sent);
  Run::close(run.in);
}

enum class Excess : std::uint8_t { kFails, kIsDropped };

asio::awaitable<void, Executor> receive(Run& run, Stream& from, std::string& into,
                                        std::size_t limit, Excess excess) {
  const Working working(run);
  std::array<char, 16 * 1024> buffer{};
  while (true) {
    const auto [error, got] = co_await from.async_read_some(asio::buffer(buffer), kTuple);
    if (error) break;
    const std::size_t room = limit - into.size();
    into.append(buffer.data(), std::min(got, room));
    if (got <= room || excess == Excess::kIsDropped) continue;
    run.too_much = true;
    run.process.kill();
    break;
  }
  Run::close(from);
}

/// Hears no cancellation: whoever cancels kills, and the end of a killed process is a matter of
/// moments.
asio::awaitable<void, Executor> await_exit(Run& run) {
  const Working working(run);
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (!run.status) {
    const auto [error] = co_await run.exit.async_wait(Stream::wait_read, kTuple);
    if (error) co_return;
    run.status = run.process.reap();
  }
}

/// Kills the process when its time is up, or when nobody waits for it any more.
asio::awaitable<void, Executor> watch(Run& run, Deadline deadline) {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (run.working > 0) {
    const Wakeup::Why why = co_await run.ended.wait(deadline.at());
    if (why == Wakeup::Why::kWoken) continue;
    run.timed_out = true;
    run.abandon();
    co_return;
  }
}

Result<std::unique_ptr<Run>> start(Executor executor, Clock& clock, const Plugin& plugin,
                                   PluginCall& call) {
  if (!plugin.program.is_unchanged())
    return refused("PLUGIN_CHANGED", call, "was changed after its digest was checked");
  COUNTERSIGN_TRY(auto started,
                  Process::start(plugin.program.descriptor(),
                                 {"notation-" + plugin.name, std::string(name(call.command))},
                                 plugin.environment));
  return std::make_unique<Run>(executor, clock, std::move(started), std::move(call.request));
}

}  // namespace

Task<PluginOutput> PluginRunner::run(std::shared_ptr<const PluginSet> plugins, PluginCall call,
                                     Deadline deadline) {
  const Plugin* plugin = plugins ? plugins->find(call.plugin) : nullptr;
  if (plugin == nullptr) co_return refused("VE-21", call, "is not listed");
  const Executor executor = co_await asio::this_coro::executor;
  const Semaphore::Permit place = co_await processes_.acquire(clock_, deadline);
  if (!place) {
    if (clock_.now() < deadline.at())
      co_return refused("PLUGIN_CANCELLED", call, "was not started in time");
    co_return Error(Outcome::kOverloaded, "PLUGIN_PLACES",
                    fmt::format("{} verification plugins run already", kMaxProcesses));
  }
  const Deadline bound = earliest(deadline, Deadline(clock_.now() + plugin->timeout));
  COUNTERSIGN_CO_TRY(const std::unique_ptr<Run> run, start(executor, clock_, *plugin, call));
  std::vector<asio::awaitable<void, Executor>> lanes;
  lanes.push_back(await_exit(*run));
  lanes.push_back(send_request(*run));
  lanes.push_back(
      receive(*run, run->out, run->output.out, ports::kMaxPluginAnswerBytes, Excess::kFails));
  lanes.push_back(
      receive(*run, run->err, run->output.err, ports::kMaxPluginErrorBytes, Excess::kIsDropped));
  lanes.push_back(watch(*run, bound));
  const auto failures = co_await join_all(std::move(lanes));
  if (run->timed_out) {
    co_return Error(Outcome::kDeadlineExceeded, "PLUGIN_TIMEOUT",
                    fmt::format("verification plugin \"{}\" did not answer {} in time",
                                printable(call.plugin, 64), name(call.command)));
  }
  if (run->too_much) {
    co_return refused("PLUGIN_OUTPUT", call,
                      fmt::format("says more than {} bytes", ports::kMaxPluginAnswerBytes));
  }
  const bool broken =
      std::ranges::any_of(failures, [](const auto& each) { return each != nullptr; });
  if (broken || !run->status) {
    co_return Error(Outcome::kInternalError, "PLUGIN_RUN", "the run of a plugin ended abnormally");
  }
  if (!plugin->program.is_unchanged())
    co_return refused("PLUGIN_CHANGED", call, "was changed after its digest was checked");
  run->output.exit_status = *run->status;
  co_return std::move(run->output);
}

}  // namespace countersign::plugin
