#include "adapters/plugin/process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

namespace countersign::plugin {
namespace {

constexpr int kFirstFreeDescriptor = 3;  // below are the standard streams
constexpr int kCannotExecute = 127;

Error cannot(std::string_view what, int number) {
  return {Outcome::kOverloaded, "PLUGIN_START",
          fmt::format("cannot {} for a plugin: {}", what,
                      std::error_code(number, std::generic_category()).message())};
}

struct Pipe {
  FileDescriptor read;
  FileDescriptor write;
};

/// Both ends above the standard streams, so that these can be put in place one after the other.
Result<Pipe> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return cannot("make a pipe", errno);
  Pipe pipe{.read = FileDescriptor(ends[0]), .write = FileDescriptor(ends[1])};
  for (FileDescriptor* end : {&pipe.read, &pipe.write}) {
    if (end->get() >= kFirstFreeDescriptor) continue;
    FileDescriptor moved(
        ::fcntl(end->get(), F_DUPFD_CLOEXEC, kFirstFreeDescriptor));  // NOLINT(*-vararg)
    if (!moved.is_open()) return cannot("make a pipe", errno);
    *end = std::move(moved);
  }
  return pipe;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (const std::string& text : texts)
    out.push_back(const_cast<char*>(text.c_str()));  // NOLINT(*-const-cast): exec's own signature
  out.push_back(nullptr);
  return out;
}

void say(const char* text) noexcept {
  if (text == nullptr) return;
  const ssize_t ignored = ::write(STDERR_FILENO, text, std::strlen(text));
  static_cast<void>(ignored);
}

[[noreturn]] void give_up(const char* what) noexcept {
  const char* why = ::strerrordesc_np(errno);
  say(what);
  say(why);
  ::_exit(kCannotExecute);
}

/// Of the child, between fork and exec: only calls that are safe there, and no memory is taken.
[[noreturn]] void become(int program, const std::array<int, 3>& streams, char* const* arguments,
                         char* const* environment) noexcept {
  for (int number = 0; number < 3; ++number) {
    if (::dup2(streams[static_cast<std::size_t>(number)], number) < 0) ::_exit(kCannotExecute);
  }
  if (::setsid() < 0) give_up("it gets no session: ");
  if (::chdir("/") != 0) give_up("it cannot begin in the root folder: ");
  // Whatever other threads and libraries have open. The program itself is closed by exec as well.
  if (::close_range(kFirstFreeDescriptor, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
    give_up("files cannot be kept from it: ");
  // NOLINTBEGIN(*-vararg)
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up("rights cannot be kept from it: ");
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) give_up("it would outlive us: ");
  // NOLINTEND(*-vararg)
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
  if (::setrlimit(RLIMIT_CORE, &no_core) != 0) give_up("its core dumps cannot be kept away: ");
  // Handlers first: a signal that waited meanwhile must not run one of ours.
  struct sigaction plain{};
  plain.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &plain, nullptr);
  sigset_t none{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);  // NOLINT(concurrency-mt-unsafe): one thread is left
  ::syscall(SYS_execveat, program, "", arguments, environment, AT_EMPTY_PATH);  // NOLINT(*-vararg)
  give_up("it cannot be executed (is it for this machine, and is its loader there?): ");
}

/// No signal is delivered to this thread while it lives.
class SignalsHeld {
 public:
  SignalsHeld() {
    sigset_t all{};
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

Result<Process::Started> Process::start(int program, const std::vector<std::string>& arguments,
                                        const std::vector<std::string>& environment) {
  COUNTERSIGN_TRY(Pipe in, make_pipe());
  COUNTERSIGN_TRY(Pipe out, make_pipe());
  COUNTERSIGN_TRY(Pipe err, make_pipe());
  const std::array<int, 3> streams{in.read.get(), out.write.get(), err.write.get()};
  const std::vector<char*> argument_pointers = pointers(arguments);
  const std::vector<char*> environment_pointers = pointers(environment);
  pid_t id = -1;
  {
    const SignalsHeld held;
    id = ::fork();
    if (id == 0) become(program, streams, argument_pointers.data(), environment_pointers.data());
  }
  if (id < 0) return cannot("start a process", errno);
  Process process(id);
  FileDescriptor exit(static_cast<int>(::syscall(SYS_pidfd_open, id, 0)));  // NOLINT(*-vararg)
  if (!exit.is_open()) return cannot("watch a process", errno);
  return Started{.process = std::move(process),
                 .streams = {.in = std::move(in.write),
                             .out = std::move(out.read),
                             .err = std::move(err.read),
                             .exit = std::move(exit)}};
}

Process::Process(Process&& other) noexcept : id_(std::exchange(other.id_, -1)) {}

Process::~Process() {
  if (id_ < 0) return;
  kill();
  static_cast<void>(wait(0));
}

void Process::kill() const noexcept {
  if (id_ < 0) return;
  // The number is ours until it has been waited for. The group may not be there yet.
  if (::kill(-id_, SIGKILL) != 0) ::kill(id_, SIGKILL);
}

std::optional<int> Process::reap() noexcept {
  siginfo_t ended{};
  if (id_ < 0 ||
      ::waitid(P_PID, static_cast<id_t>(id_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      ended.si_pid != id_) {
    return std::nullopt;
  }
  kill();  // its children; while it is not waited for, nobody else can have its number
  return wait(WNOHANG);
}

std::optional<int> Process::wait(int options) noexcept {
  int status = 0;
  pid_t got = -1;
  do {
    got = ::waitpid(id_, &status, options);
  } while (got < 0 && errno == EINTR);
  if (got == 0) return std::nullopt;
  const pid_t group = std::exchange(id_, -1);
  // Children of its own that came to us with its end, where we are the first process.
  while (::waitpid(-group, nullptr, WNOHANG) > 0) {
  }
  if (got < 0) return 128;
  constexpr int kSignalBase = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
}

}  // namespace countersign::plugin
