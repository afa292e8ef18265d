// Plugins as processes: what they get, what comes back, and that none outlives its deadline.
#include "adapters/plugin/plugin_runner.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <thread>

#include "adapters/run_task.hpp"
#include "crypto/hash.hpp"
#include "support/matchers.hpp"
#include "support/temporary_folder.hpp"

namespace countersign::plugin {
namespace {

using countersign::testing::FailsSaying;
using countersign::testing::FailsWith;
using countersign::testing::IsOk;
using countersign::testing::run;
using countersign::testing::TemporaryFolder;
using ports::PluginCommand;
using ports::PluginOutput;
using std::chrono::milliseconds;

const std::string kName = "com.example.plugin";

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

oci::Digest digest_of(const std::string& path) {
  return oci::Digest::of(crypto::HashAlgorithm::kSha256, as_bytes(content_of(path)));
}

std::shared_ptr<const PluginSet> set_of(std::vector<std::string> environment,
                                        milliseconds timeout = milliseconds(20'000),
                                        const std::string& path = TEST_PLUGIN) {
  auto program = Program::open(path, digest_of(path));
  if (!program) ADD_FAILURE() << program.error().message();
  std::vector<Plugin> plugins;
  plugins.push_back({.name = kName,
                     .program = *std::move(program),
                     .environment = std::move(environment),
                     .timeout = timeout});
  return std::make_shared<const PluginSet>(std::move(plugins));
}

/// Children of this process that have not been waited for.
bool has_children() {
  siginfo_t found{};
  return ::waitid(P_ALL, 0, &found, WEXITED | WNOHANG | WNOWAIT) == 0;
}

bool is_alive(pid_t id) { return ::kill(id, 0) == 0; }

class Runner : public ::testing::Test {
 protected:
  asio::io_context context;

  void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }
  void TearDown() override {
    context.restart();
    context.run_for(milliseconds(5000));  // what goes on after the answer: the end of the process
    EXPECT_FALSE(has_children());
  }

  Result<PluginOutput> output(const std::shared_ptr<const PluginSet>& plugins,
                              const std::string& request = "{}",
                              Deadline deadline = Deadline::after(milliseconds(30'000)),
                              PluginCommand command = PluginCommand::kVerifySignature) {
    PluginRunner runner(Semaphore(kMaxProcesses), real_clock());
    return run(
        context,
        runner.run(plugins, {.plugin = kName, .command = command, .request = request}, deadline));
  }
  Result<PluginOutput> output(const std::string& behaviour,
                              milliseconds timeout = milliseconds(20'000)) {
    return output(set_of({"BEHAVIOUR=" + behaviour}, timeout));
  }
};

TEST_F(Runner, KnowsTheListedPlugins) {
  PluginRunner machinery(Semaphore(kMaxProcesses), real_clock());
  const ListedPlugins runner(machinery, set_of({}));
  EXPECT_TRUE(runner.has(kName));
  EXPECT_FALSE(runner.has("com.example.plugin2"));
  EXPECT_FALSE(runner.has("com.example.Plugin"));
  EXPECT_FALSE(runner.has(""));
}

TEST_F(Runner, RunsNoPluginThatIsNotListed) {
  PluginRunner machinery(Semaphore(kMaxProcesses), real_clock());
  ListedPlugins runner(machinery, set_of({}));
  EXPECT_THAT(run(context, runner.run({.plugin = "com.example.other", .request = "{}"},
                                      Deadline::after(milliseconds(1000)))),
              FailsSaying(Outcome::kPluginRequired,
                          "verification plugin \"com.example.other\" is not listed"));
}

TEST_F(Runner, GivesTheRequestAndTakesTheAnswer) {
  const auto got = output(
      set_of({}),
      R"({"signatureVerification":["SIGNATURE_VERIFIER.REVOCATION_CHECK"],"unprocessedAttributes":["a"]})");
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->exit_status, 0);
  EXPECT_EQ(got->out,
            R"({"verificationResults":{"SIGNATURE_VERIFIER.REVOCATION_CHECK":{"success":true}},)"
            R"("processedAttributes":["a"]})");
  EXPECT_EQ(got->err, "");
}

TEST_F(Runner, GivesTheCommandAndNothingElse) {
  ::setenv("SECRET_OF_OURS", "1", 1);
  // Without close-on-exec, as a library may have it.
  const int open_file = ::open("/dev/null", O_RDONLY);
  sigset_t blocked{};
  sigset_t before{};
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR1);
  ::pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto got = output(set_of({"BEHAVIOUR=show", "LANG=C"}), "the request");
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::close(open_file);
  ::unsetenv("SECRET_OF_OURS");
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->out,
            "argument notation-com.example.plugin\n"
            "argument verify-signature\n"
            "variable BEHAVIOUR=show\n"
            "variable LANG=C\n"
            "folder /\n"
            "file 0\nfile 1\nfile 2\n"
            "its own session\n"
            "SigBlk:\t0000000000000000\n"
            "SigIgn:\t0000000000000000\n"
            "NoNewPrivs:\t1\n"
            "request the request\n");
}

TEST_F(Runner, GivesNoVariableAtAllByDefault) {
  const auto got =
      output(set_of({}), "{}", Deadline::after(milliseconds(30'000)), PluginCommand::kGetMetadata);
  ASSERT_THAT(got, IsOk());
  EXPECT_THAT(got->out, ::testing::StartsWith(R"({"name":"com.example.plugin")"));
}

TEST_F(Runner, SendsMoreThanAPipeHolds) {
  const std::string request(1024 * 1024, 'r');
  const auto got = output(set_of({"BEHAVIOUR=show"}), request);
  ASSERT_THAT(got, FailsWith(Outcome::kPluginRequired, "PLUGIN_OUTPUT"));  // it repeats it
  const auto read = output(set_of({}), request);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->exit_status, 0);
}

TEST_F(Runner, DoesNotMindARequestThatIsNotRead) {
  const auto plugins = set_of({"BEHAVIOUR=silent"});
  const auto got = output(plugins, std::string(1024 * 1024, 'r'));
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->exit_status, 0);
  EXPECT_EQ(got->out, "");
}

TEST_F(Runner, ReportsHowItEnded) {
  const auto failed = output("fail");
  ASSERT_THAT(failed, IsOk());
  EXPECT_EQ(failed->exit_status, 3);
  EXPECT_EQ(failed->err, "no route\nto host");
  const auto died = output("die");
  ASSERT_THAT(died, IsOk());
  EXPECT_EQ(died->exit_status, 128 + SIGKILL);
}

TEST_F(Runner, TakesNoEndlessAnswer) {
  EXPECT_THAT(
      output("flood-out"),
      FailsSaying(Outcome::kPluginRequired,
                  "verification plugin \"com.example.plugin\" says more than 1048576 bytes"));
}

TEST_F(Runner, DropsEndlessComplaints) {
  const auto got = output("flood-err");
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->exit_status, 0);
  EXPECT_EQ(got->err, std::string(ports::kMaxPluginErrorBytes, 'x'));
}

TEST_F(Runner, EndsThePluginThatHangs) {
  for (const char* how : {"hang", "ignore-terminate", "close-and-hang"}) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_THAT(output(how, milliseconds(200)),
                FailsSaying(Outcome::kDeadlineExceeded,
                            "verification plugin \"com.example.plugin\" did not answer "
                            "verify-signature in time"))
        << how;
    EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(5000)) << how;
  }
}

TEST_F(Runner, ObeysTheDeadlineOfWhoeverAsks) {
  EXPECT_THAT(output(set_of({"BEHAVIOUR=hang"}), "{}", Deadline::after(milliseconds(200))),
              FailsWith(Outcome::kDeadlineExceeded, "PLUGIN_TIMEOUT"));
  EXPECT_THAT(output(set_of({"BEHAVIOUR=hang"}), "{}", Deadline::after(milliseconds(0))),
              FailsWith(Outcome::kDeadlineExceeded, "PLUGIN_TIMEOUT"));
}

class WithChild : public Runner {
 protected:
  TemporaryFolder folder;

  std::shared_ptr<const PluginSet> leaving(const std::string& how, milliseconds timeout) {
    return set_of({"BEHAVIOUR=" + how, "PID_FILE=" + folder.path("pid")}, timeout);
  }
  /// Of the plugin's own child, which may not have said it yet.
  pid_t child() const {
    for (int i = 0; i < 200; ++i) {
      const std::string text = content_of(folder.path("pid"));
      if (!text.empty()) return std::stoi(text);
      std::this_thread::sleep_for(milliseconds(10));
    }
    return -1;
  }
  static bool ends(pid_t id) {
    for (int i = 0; i < 200 && is_alive(id); ++i) std::this_thread::sleep_for(milliseconds(10));
    // Its parent is not we: it may stay as a zombie until that has noticed.
    return !is_alive(id) || content_of("/proc/" + std::to_string(id) + "/stat").contains(") Z ");
  }
};

TEST_F(WithChild, EndsTheChildrenOfAPluginThatHangs) {
  EXPECT_THAT(output(leaving("hang-with-child", milliseconds(1000))),
              FailsWith(Outcome::kDeadlineExceeded, "PLUGIN_TIMEOUT"));
  const pid_t id = child();
  ASSERT_GT(id, 0);
  EXPECT_TRUE(ends(id));
}

/// A child that keeps the output open does not keep the answer.
TEST_F(WithChild, EndsTheChildrenOfAPluginThatHasEnded) {
  const auto got = output(leaving("leave-child", milliseconds(20'000)));
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->exit_status, 0);
}

/// One that hides in a session of its own does, but not beyond the deadline.
TEST_F(WithChild, WaitsForAnEscapedChildUntilTheDeadlineOnly) {
  EXPECT_THAT(output(leaving("leave-escaped-child", milliseconds(1000))),
              FailsWith(Outcome::kDeadlineExceeded, "PLUGIN_TIMEOUT"));
  const pid_t id = child();
  ASSERT_GT(id, 0);
  ::kill(id, SIGKILL);
}

TEST_F(Runner, RunsWhatWasHashedAndNothingElse) {
  TemporaryFolder folder;
  const std::string path = folder.path("plugin");
  std::filesystem::copy_file(TEST_PLUGIN, path);
  const auto plugins = set_of({"BEHAVIOUR=silent"}, milliseconds(20'000), path);
  ASSERT_THAT(output(plugins), IsOk());
  std::this_thread::sleep_for(milliseconds(20));
  std::ofstream(path, std::ios::binary | std::ios::app) << "more";
  EXPECT_THAT(output(plugins), FailsSaying(Outcome::kPluginRequired,
                                           "verification plugin \"com.example.plugin\" was changed "
                                           "after its digest was checked"));
}

TEST_F(Runner, SaysWhyAProgramCannotBeExecuted) {
  TemporaryFolder folder;
  folder.write("plugin",
               "\x7F"
               "ELF, it says");
  std::filesystem::permissions(folder.path("plugin"), std::filesystem::perms::owner_all);
  const auto got = output(set_of({}, milliseconds(20'000), folder.path("plugin")));
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(got->exit_status, 127);
  EXPECT_THAT(got->err, ::testing::StartsWith("it cannot be executed"));
}

TEST_F(Runner, StopsAPluginThatNobodyWaitsForAnyMore) {
  const auto plugins = set_of({"BEHAVIOUR=hang"}, milliseconds(60'000));
  PluginRunner machinery(Semaphore(kMaxProcesses), real_clock());
  ListedPlugins runner(machinery, plugins);
  asio::cancellation_signal cancel;
  bool ended = false;
  asio::co_spawn(
      context.get_executor(),
      runner.run({.plugin = kName, .request = "{}"}, Deadline::after(milliseconds(60'000))),
      asio::bind_cancellation_slot(
          cancel.slot(),
          [&](const std::exception_ptr&, const Result<PluginOutput>&) { ended = true; }));
  context.run_for(milliseconds(200));
  EXPECT_TRUE(has_children());
  cancel.emit(asio::cancellation_type::terminal);
  context.run_for(milliseconds(5000));
  EXPECT_TRUE(ended);
  EXPECT_FALSE(has_children());
}

TEST_F(Runner, StopsItsPluginsWithItsLoop) {
  const auto plugins = set_of({"BEHAVIOUR=hang"}, milliseconds(60'000));
  PluginRunner machinery(Semaphore(kMaxProcesses), real_clock());
  ListedPlugins runner(machinery, plugins);
  {
    asio::io_context brief;
    asio::co_spawn(
        brief.get_executor(),
        runner.run({.plugin = kName, .request = "{}"}, Deadline::after(milliseconds(60'000))),
        [](const std::exception_ptr&, const Result<PluginOutput>&) {});
    brief.run_for(milliseconds(200));
    EXPECT_TRUE(has_children());
  }
  EXPECT_FALSE(has_children());
}

TEST_F(Runner, RunsOnlySoManyAtATime) {
  const auto plugins = set_of({"BEHAVIOUR=hang"}, milliseconds(1000));
  PluginRunner machinery(Semaphore(kMaxProcesses), real_clock());
  ListedPlugins runner(machinery, plugins);
  std::vector<std::string> ends;
  const auto add = [&](milliseconds patience) {
    asio::co_spawn(context.get_executor(),
                   runner.run({.plugin = kName, .request = "{}"}, Deadline::after(patience)),
                   [&](const std::exception_ptr&, const Result<PluginOutput>& result) {
                     ends.emplace_back(result ? "" : result.error().reason().id());
                   });
  };
  for (unsigned i = 0; i < kMaxProcesses; ++i) add(milliseconds(30'000));
  add(milliseconds(300));     // gives up
  add(milliseconds(30'000));  // gets the place of one that ended
  context.run();
  ASSERT_EQ(ends.size(), kMaxProcesses + 2);
  EXPECT_EQ(ends.front(), "PLUGIN_PLACES");
  EXPECT_EQ(std::ranges::count(ends, "PLUGIN_TIMEOUT"), kMaxProcesses + 1);
}

/// Workers share the set, each with a loop and a thread of its own.
TEST_F(Runner, RunsOnManyThreads) {
  const auto plugins = set_of({});
  const Semaphore places(kMaxProcesses);
  std::atomic<unsigned> good{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        asio::io_context own;
        PluginRunner machinery(Semaphore(kMaxProcesses), real_clock());
        ListedPlugins runner(machinery, plugins);
        for (int round = 0; round < 5; ++round) {
          const auto got = run(own, runner.run({.plugin = kName, .request = "{}"},
                                               Deadline::after(milliseconds(30'000))));
          if (got && got->exit_status == 0 && got->out.contains("SIGNATURE_VERIFIER")) ++good;
        }
      });
    }
  }
  EXPECT_EQ(good, 20U);
}

}  // namespace
}  // namespace countersign::plugin
