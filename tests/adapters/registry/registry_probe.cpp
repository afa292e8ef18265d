// Drives the real registry client from a script: one JSON document on standard input says what to
// do, one JSON line a step says what came of it. Used by tests/integration/registry.
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "adapters/http/curl_transport.hpp"
#include "adapters/registry/registry_client.hpp"
#include "async/run_to_end.hpp"

namespace countersign {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

class Recorder final : public ports::Observer {
 public:
  void on_exchange(std::string_view registry, ports::ExchangeKind kind, long status,
                   std::chrono::steady_clock::duration /*duration*/) noexcept override {
    seen.push_back(std::string(registry) + " " + std::string(name(kind)) + " " +
                   std::to_string(status));
  }
  std::vector<std::string> seen;
};

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::cerr << "registry_probe: " << result.error().message() << "\n";
  std::exit(70);
}

registry::Settings settings_from(const json& from) {
  registry::Settings settings;
  for (const json& each : from.value("registries", json::array())) {
    registry::RegistrySettings entry;
    entry.match = each.at("match");
    entry.plain_http = each.value("plainHttp", false);
    entry.plain_http_credentials = each.value("plainHttpCredentials", false);
    entry.insecure_skip_verify = each.value("insecureSkipVerify", false);
    entry.ca = each.value("ca", std::vector<std::string>());
    entry.token_servers = each.value("tokenServers", std::vector<std::string>());
    if (each.contains("dockerConfig"))
      entry.credentials = must(oci::DockerConfig::parse(each["dockerConfig"].dump()));
    settings.registries.push_back(std::move(entry));
  }
  for (const std::string cidr : from.value("egressAllow", json::array())) {
    settings.egress_allow.push_back(must(Cidr::parse(cidr)));
  }
  if (from.contains("dockerConfig"))
    settings.default_credentials = must(oci::DockerConfig::parse(from["dockerConfig"].dump()));
  settings.ca = from.value("ca", std::vector<std::string>());
  settings.system_roots_file = from.value("systemRoots", settings.system_roots_file);
  if (const Status status = registry::check(settings); !status) {
    std::cerr << "registry_probe: " << status.error().message() << "\n";
    std::exit(78);
  }
  return settings;
}

json error_json(const Error& error) {
  return {{"ok", false},
          {"code", code(error.outcome())},
          {"reason", error.reason().id()},
          {"message", error.message()}};
}

json subject_json(const ports::Subject& subject) {
  return {{"ok", true},
          {"digest", subject.digest.to_string()},
          {"type", subject.media_type},
          {"size", subject.size}};
}

/// Resolve, list, and fetch until one is good.
Task<json> fetch_all(registry::RegistryClient& client, oci::ImageReference image,
                     Deadline deadline) {
  auto subject = co_await client.resolve(image, deadline);
  if (!subject) co_return error_json(subject.error());
  json told = subject_json(*subject);
  auto list = co_await client.list_signatures(image, *subject, deadline);
  if (!list) co_return error_json(list.error());
  told["method"] = list->method == ports::ListingMethod::kReferrersApi ? "api" : "tag";
  told["candidates"] = list->candidates.size();
  if (list->incomplete) told["incomplete"] = error_json(*list->incomplete);
  told["fetched"] = json::array();
  for (const oci::Descriptor& candidate : list->candidates) {
    auto fetched = co_await client.fetch_signature(image, *subject, candidate, deadline);
    json line = fetched ? json{{"ok", true},
                               {"type", fetched->media_type},
                               {"envelope", as_text(fetched->envelope)}}
                        : error_json(fetched.error());
    told["fetched"].push_back(std::move(line));
  }
  co_return told;
}

Task<json> resolve(registry::RegistryClient& client, oci::ImageReference image, Deadline deadline) {
  auto subject = co_await client.resolve(std::move(image), deadline);
  co_return subject ? subject_json(*subject) : error_json(subject.error());
}

std::size_t count_in(const char* folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

std::size_t resident_kilobytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) / 1024;
}

/// Runs one step: `count` of it at the same time, `rounds` times over, and tallies what came of
/// them.
class Runner {
 public:
  Runner(asio::io_context& context, registry::RegistryClient& client)
      : context_(context), client_(client) {}

  json run(const json& step) {
    const std::string what = step.at("do");
    if (what == "sleep") {
      asio::steady_timer timer(context_, milliseconds(step.at("ms")));
      timer.async_wait([](auto) {});
      drain();
      return {{"ok", true}};
    }
    const auto image = must(oci::ImageReference::parse(step.at("image").get<std::string>()));
    const milliseconds span(step.value("timeoutMs", 9000));
    const unsigned count = step.value("count", 1U);
    const unsigned rounds = step.value("rounds", 1U);
    json last;
    std::map<std::string, unsigned> tally;
    unsigned running = 0;
    asio::cancellation_signal cancel;
    if (step.contains("cancelAfterMs")) {
      canceller_.expires_after(milliseconds(step["cancelAfterMs"]));
      canceller_.async_wait([&](boost::system::error_code error) {
        if (!error) cancel.emit(asio::cancellation_type::terminal);
      });
    }
    longest_gap_ = milliseconds(0);
    for (unsigned round = 0; round < rounds; ++round) {
      const Deadline deadline = Deadline::after(span);
      for (unsigned i = 0; i < count; ++i) {
        auto on_end = [&](std::exception_ptr failure, Result<json> result) {
          last =
              failure || !result ? json{{"ok", false}, {"code", "exception"}} : *std::move(result);
          ++tally[last.value("ok", false) ? "ok" : last.value("code", "")];
          if (--running == 0) stop_timers();
        };
        ++running;
        auto work = what == "resolve" ? resolve(client_, image, deadline)
                                      : fetch_all(client_, image, deadline);
        // A slot serves one coroutine, so only a single one can be cancelled.
        if (step.contains("cancelAfterMs")) {
          asio::co_spawn(context_.get_executor(), std::move(work),
                         asio::bind_cancellation_slot(cancel.slot(), on_end));
        } else {
          asio::co_spawn(context_.get_executor(), std::move(work), on_end);
        }
      }
      last_tick_ = std::chrono::steady_clock::now();
      watching_ = true;
      tick();
      drain();
    }
    last["longestGapMs"] = longest_gap_.count();
    if (count * rounds > 1) last["tally"] = tally;
    return last;
  }

 private:
  void drain() {
    context_.restart();
    context_.run();
  }

  /// Notes how long the loop's thread was away at most.
  void tick() {
    ticker_.expires_after(milliseconds(5));
    ticker_.async_wait([this](boost::system::error_code error) {
      const auto now = std::chrono::steady_clock::now();
      longest_gap_ =
          std::max(longest_gap_, std::chrono::duration_cast<milliseconds>(now - last_tick_));
      last_tick_ = now;
      if (!error && watching_) tick();
    });
  }
  void stop_timers() {
    watching_ = false;
    ticker_.cancel();
    canceller_.cancel();
  }

  asio::io_context& context_;
  registry::RegistryClient& client_;
  asio::steady_timer ticker_{context_};
  asio::steady_timer canceller_{context_};
  std::chrono::steady_clock::time_point last_tick_;
  milliseconds longest_gap_{0};
  bool watching_ = false;
};

int probe() {
  const json script = json::parse(std::cin);
  const auto endpoints =
      registry::Endpoints::make(settings_from(script.value("settings", json::object())));
  asio::io_context context(1);
  Recorder recorder;
  registry::Options options;
  options.observer = &recorder;
  options.exchange_timeout = milliseconds(script.value("exchangeTimeoutMs", 4000));
  options.retry.base = milliseconds(script.value("retryBaseMs", 20));
  auto transport = std::make_unique<http::CurlTransport>(context);
  TaskSet tasks(context.get_executor(), real_clock(), {});
  registry::RegistryMachinery machinery(*transport, tasks, options);
  registry::RegistryClient client(machinery, endpoints);
  Runner runner(context, client);
  for (const json& step : script.at("steps")) {
    const auto start = std::chrono::steady_clock::now();
    json told = runner.run(step);
    told["ms"] =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start).count();
    told["exchanges"] = recorder.seen;
    told["rssKb"] = resident_kilobytes();
    told["fds"] = count_in("/proc/self/fd");
    told["threads"] = count_in("/proc/self/task");
    recorder.seen.clear();
    std::cout << told.dump() << std::endl;
  }
  run_to_end(context, tasks.end(Deadline::after(milliseconds(10'000))));
  return 0;
}

}  // namespace
}  // namespace countersign

int main() {
  std::signal(SIGPIPE, SIG_IGN);
  return countersign::probe();
}
