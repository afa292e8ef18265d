#include "adapters/plugin/plugin_runner.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "adapters/plugin/process.hpp"
#include "async/timer.hpp"
#include "base/text.hpp"

namespace countersign::plugin {
namespace {

using ports::PluginCall;
using ports::PluginOutput;
using Stream = asio::posix::basic_stream_descriptor<Executor>;

/// How often one who waits for a place looks whether there is one.
constexpr std::chrono::milliseconds kPlaceInterval{10};

Error refused(Reason reason, const PluginCall& call, std::string_view what) {
  return {Outcome::kPluginRequired, reason,
          fmt::format("verification plugin \"{}\" {}", printable(call.plugin, 64), what)};
}

/// One process and what is known of it. Its lanes hold it, so that the process is waited for even
/// if nobody wants its answer any more.
struct Run {
  Run(Executor executor, std::shared_ptr<const PluginSet> whose, PluginSet::Place its_place,
      Process::Started started, std::string what_it_is_asked)
      : plugins(std::move(whose)),
        place(std::move(its_place)),
        process(std::move(started.process)),
        in(executor, started.streams.in.release()),
        out(executor, started.streams.out.release()),
        err(executor, started.streams.err.release()),
        exit(executor, started.streams.exit.release()),
        request(std::move(what_it_is_asked)),
        ended(executor) {}
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

  std::shared_ptr<const PluginSet> plugins;  ///< outlives `place`
  PluginSet::Place place;
  Process process;
  Stream in;
  Stream out;
  Stream err;
  Stream exit;
  std::string request;
  PluginOutput output;
  std::optional<int> status;
  bool too_much = false;
  bool broken = false;  ///< one of our own steps failed
  unsigned lanes = 0;
  Timer ended;  ///< when it is cancelled, no lane is left
};

/// A plugin that does not read its request may know its answer anyway.
asio::awaitable<void, Executor> send_request(std::shared_ptr<Run> run) {
  const auto [error, sent] =
      co_await asio::async_write(run->in, asio::buffer(run->request), kTuple);
  static_cast<void>(error);
  static_cast<void>(sent);
  Run::close(run->in);
}

enum class Excess : std::uint8_t { kFails, kIsDropped };

asio::awaitable<void, Executor> receive(std::shared_ptr<Run> run, Stream& from, std::string& into,
                                        std::size_t limit, Excess excess) {
  std::array<char, 16 * 1024> buffer{};
  while (true) {
    const auto [error, got] = co_await from.async_read_some(asio::buffer(buffer), kTuple);
    if (error) break;
    const std::size_t room = limit - into.size();
    into.append(buffer.data(), std::min(got, room));
    if (got <= room || excess == Excess::kIsDropped) continue;
    run->too_much = true;
    run->process.kill();
    break;
  }
  Run::close(from);
}

asio::awaitable<void, Executor> await_exit(std::shared_ptr<Run> run) {
  while (!run->status) {
    const auto [error] = co_await run->exit.async_wait(Stream::wait_read, kTuple);
    if (error) co_return;
    run->status = run->process.reap();
  }
}

void start_lane(const std::shared_ptr<Run>& run, asio::awaitable<void, Executor> lane) {
  ++run->lanes;
  asio::co_spawn(run->ended.get_executor(), std::move(lane),
                 [run](const std::exception_ptr& failure) {
                   if (failure) {
                     run->broken = true;
                     run->process.kill();
                   }
                   if (--run->lanes == 0) run->ended.cancel();
                 });
}

Result<std::shared_ptr<Run>> start(Executor executor, std::shared_ptr<const PluginSet> plugins,
                                   PluginSet::Place place, const Plugin& plugin, PluginCall& call) {
  if (!plugin.program.is_unchanged())
    return refused("PLUGIN_CHANGED", call, "was changed after its digest was checked");
  COUNTERSIGN_TRY(auto started,
                  Process::start(plugin.program.descriptor(),
                                 {"notation-" + plugin.name, std::string(name(call.command))},
                                 plugin.environment));
  auto run = std::make_shared<Run>(executor, std::move(plugins), std::move(place),
                                   std::move(started), std::move(call.request));
  try {
    start_lane(run, await_exit(run));
    start_lane(run, send_request(run));
    start_lane(
        run, receive(run, run->out, run->output.out, ports::kMaxPluginAnswerBytes, Excess::kFails));
    start_lane(run, receive(run, run->err, run->output.err, ports::kMaxPluginErrorBytes,
                            Excess::kIsDropped));
  } catch (...) {
    run->abandon();
    throw;
  }
  return run;
}

}  // namespace

bool PluginRunner::has(std::string_view plugin) const { return plugins_->find(plugin) != nullptr; }

Task<PluginOutput> PluginRunner::run(PluginCall call, Deadline deadline) {
  const Plugin* plugin = plugins_->find(call.plugin);
  if (plugin == nullptr) co_return refused("VE-21", call, "is not listed");
  const Executor executor = co_await asio::this_coro::executor;
  Timer timer(executor);
  auto place = plugins_->take_place();
  while (!place) {
    if (deadline.passed()) {
      co_return Error(Outcome::kOverloaded, "PLUGIN_PLACES",
                      fmt::format("{} verification plugins run already", kMaxProcesses));
    }
    timer.expires_after(kPlaceInterval);
    const auto [error] = co_await timer.async_wait(kTuple);
    if (error) co_return refused("PLUGIN_CANCELLED", call, "was not started in time");
    place = plugins_->take_place();
  }
  const Deadline bound = earliest(deadline, Deadline::after(plugin->timeout));
  COUNTERSIGN_CO_TRY(const std::shared_ptr<Run> run,
                     start(executor, plugins_, *std::move(place), *plugin, call));
  run->ended.expires_at(bound.at());
  while (run->lanes > 0) {
    const auto [error] = co_await run->ended.async_wait(kTuple);
    static_cast<void>(error);  // the time is up, the last lane has ended, or nobody waits any more
    if (run->lanes == 0) break;
    run->abandon();
    co_return Error(Outcome::kDeadlineExceeded, "PLUGIN_TIMEOUT",
                    fmt::format("verification plugin \"{}\" did not answer {} in time",
                                printable(call.plugin, 64), name(call.command)));
  }
  if (run->too_much) {
    co_return refused("PLUGIN_OUTPUT", call,
                      fmt::format("says more than {} bytes", ports::kMaxPluginAnswerBytes));
  }
  if (run->broken || !run->status) {
    co_return Error(Outcome::kInternalError, "PLUGIN_RUN", "the run of a plugin ended abnormally");
  }
  if (!plugin->program.is_unchanged())
    co_return refused("PLUGIN_CHANGED", call, "was changed after its digest was checked");
  run->output.exit_status = *run->status;
  co_return std::move(run->output);
}

}  // namespace countersign::plugin
