#pragma once
/// A child process that runs a program which is open already, in a process group of its own.
///
/// It inherits its three standard streams, which are pipes to us, and nothing else: no other file,
/// no variable but those that are given, no signal that is blocked or ignored; it begins in "/",
/// gets no rights that we have not, and is killed when we die.

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "adapters/plugin/descriptor.hpp"
#include "base/result.hpp"

namespace countersign::plugin {

class Process {
 public:
  /// Our ends of its standard streams, and what becomes readable when it has ended.
  struct Streams {
    FileDescriptor in;
    FileDescriptor out;
    FileDescriptor err;
    FileDescriptor exit;
  };
  struct Started;

  /// `program` is above the standard streams. Errors: `kOverloaded`, reason "PLUGIN_START", if
  /// there is no room for a process or its pipes. A program that cannot be executed ends with the
  /// status 127 and says why on its standard error.
  static Result<Started> start(int program, const std::vector<std::string>& arguments,
                               const std::vector<std::string>& environment);

  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  /// Kills what still runs and waits for its end, which for a killed process is a matter of
  /// moments.
  ~Process();

  /// Kills the whole group. It still has to be waited for.
  void kill() const noexcept;
  /// If it has ended: kills what is left of its group, and gives its status, or 128 and the number
  /// of the signal that ended it. At most once.
  std::optional<int> reap() noexcept;

 private:
  explicit Process(pid_t id) : id_(id) {}
  std::optional<int> wait(int options) noexcept;

  pid_t id_ = -1;  ///< also of the group; -1 when it has been waited for
};

struct Process::Started {
  Process process;
  Streams streams;
};

}  // namespace countersign::plugin
