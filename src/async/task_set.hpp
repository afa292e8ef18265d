#pragma once
/// The owner of coroutines that nobody awaits: it hears of their failures, and ends them.
///
/// Every coroutine of the program has a parent that awaits it, or stands in a TaskSet
/// (CONTRIBUTING.md, "Threads").

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "async/clock.hpp"
#include "async/task.hpp"
#include "base/deadline.hpp"

namespace countersign {

/// Lives on one thread, that of its executor; so do all its tasks. Whoever owns one ends it, and
/// waits for that, before anything goes that its tasks refer to.
class TaskSet {
 public:
  /// Hears what a task threw. `name` is the task's.
  using Sink = std::function<void(std::string_view name, const std::exception_ptr& failure)>;
  enum class Id : std::uint64_t {};

  /// `clock` outlives all tasks.
  TaskSet(Executor executor, Clock& clock, Sink sink);
  /// Tasks that have not ended are cancelled, and not waited for.
  ~TaskSet();
  TaskSet(const TaskSet&) = delete;
  TaskSet& operator=(const TaskSet&) = delete;

  /// Starts a task, in a turn of the loop of its own. Nothing if no more are taken: then it never
  /// begins. `name` is a literal. What a cancelled task throws is no failure.
  std::optional<Id> spawn(std::string_view name, asio::awaitable<void, Executor> task);

  /// A task that must not end: when it throws, the sink hears of it, and it begins anew after a
  /// pause. When it returns it has ended.
  static constexpr std::chrono::milliseconds kRestartPause{1000};
  std::optional<Id> keep_running(std::string_view name,
                                 std::function<asio::awaitable<void, Executor>()> make);

  /// Cancels one, if it still runs.
  void cancel(Id id);
  /// Cancels all, and takes no more.
  void cancel_all();
  /// As `cancel_all`, and waits until all have ended. False if some have not by the deadline.
  asio::awaitable<bool, Executor> end(Deadline deadline);

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] Clock& clock() const noexcept;
  [[nodiscard]] Executor executor() const noexcept;

  /// For whoever may outlive the set, and must not touch it then.
  struct State;
  class Link {
   public:
    Link() = default;
    explicit Link(std::weak_ptr<State> state) : state_(std::move(state)) {}
    /// On the set's thread. Does nothing if the set is gone.
    void cancel(Id id) const;
    std::optional<Id> spawn(std::string_view name, asio::awaitable<void, Executor> task) const;

   private:
    std::weak_ptr<State> state_;
  };
  [[nodiscard]] Link link() const noexcept { return Link(state_); }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace countersign
