#include "async/task_set.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "async/wakeup.hpp"

namespace countersign {

struct TaskSet::State : std::enable_shared_from_this<State> {
  State(Executor where, Clock& time, Sink failures)
      : executor(std::move(where)), clock(time), sink(std::move(failures)) {}

  struct Running {
    std::string_view name;
    asio::cancellation_signal cancel;
    bool cancelled = false;
  };

  const Executor executor;
  Clock& clock;
  Sink sink;
  std::map<Id, Running> tasks;
  std::uint64_t last_id = 0;
  bool closed = false;
  std::vector<Wakeup*> waiters;  ///< of `end`

  void report(std::string_view name, const std::exception_ptr& failure) const noexcept {
    if (!sink) return;
    try {
      sink(name, failure);
    } catch (...) {
      // There is no memory for a word about it either.
    }
  }

  std::optional<Id> start(std::string_view name, asio::awaitable<void, Executor> task) {
    if (closed) return std::nullopt;
    const Id id{++last_id};
    Running& entry = tasks[id];
    entry.name = name;
    try {
      asio::co_spawn(executor, std::move(task),
                     asio::bind_cancellation_slot(
                         entry.cancel.slot(),
                         [self = shared_from_this(), id](const std::exception_ptr& failure) {
                           self->ended(id, failure);
                         }));
    } catch (...) {
      tasks.erase(id);
      throw;
    }
    return id;
  }

  void ended(Id id, const std::exception_ptr& failure) {
    const auto found = tasks.find(id);
    if (found == tasks.end()) return;
    const std::string_view name = found->second.name;
    const bool is_failure = failure && !found->second.cancelled;
    tasks.erase(found);
    if (is_failure) report(name, failure);
    if (!tasks.empty()) return;
    for (Wakeup* waiter : waiters) waiter->wake();
  }

  void cancel(Id id) {
    const auto found = tasks.find(id);
    if (found == tasks.end()) return;
    found->second.cancelled = true;
    found->second.cancel.emit(asio::cancellation_type::terminal);
  }

  void cancel_all() {
    closed = true;
    std::vector<Id> ids;
    for (const auto& [id, task] : tasks) ids.push_back(id);
    for (const Id id : ids) cancel(id);
  }

  static asio::awaitable<void, Executor> restart(
      std::weak_ptr<State> weak, std::string_view name,
      std::function<asio::awaitable<void, Executor>()> make) {
    while (true) {
      std::exception_ptr failure;
      try {
        co_await make();
      } catch (...) {
        failure = std::current_exception();
      }
      if (!failure) co_return;
      Clock* clock = nullptr;
      {
        const auto self = weak.lock();
        if (!self || self->closed) co_return;
        self->report(name, failure);
        clock = &self->clock;
      }
      const bool slept = co_await sleep_for(*clock, kRestartPause);
      if (!slept) co_return;
    }
  }
};

TaskSet::TaskSet(Executor executor, Clock& clock, Sink sink)
    : state_(std::make_shared<State>(std::move(executor), clock, std::move(sink))) {}

TaskSet::~TaskSet() {
  state_->cancel_all();
  state_->sink = nullptr;
}

std::optional<TaskSet::Id> TaskSet::spawn(std::string_view name,
                                          asio::awaitable<void, Executor> task) {
  return state_->start(name, std::move(task));
}

std::optional<TaskSet::Id> TaskSet::keep_running(
    std::string_view name, std::function<asio::awaitable<void, Executor>()> make) {
  return state_->start(name, State::restart(state_, name, std::move(make)));
}

void TaskSet::cancel(Id id) { state_->cancel(id); }
void TaskSet::cancel_all() { state_->cancel_all(); }

asio::awaitable<bool, Executor> TaskSet::end(Deadline deadline) {
  const std::shared_ptr<State> state = state_;
  state->cancel_all();
  Wakeup wakeup(state->executor, state->clock);
  state->waiters.push_back(&wakeup);
  struct Leave {
    State& state;
    Wakeup* wakeup;
    ~Leave() { std::erase(state.waiters, wakeup); }
  } const leave{*state, &wakeup};
  while (!state->tasks.empty()) {
    const Wakeup::Why why = co_await wakeup.wait(deadline.at());
    if (why != Wakeup::Why::kWoken) break;
  }
  co_return state->tasks.empty();
}

std::size_t TaskSet::size() const noexcept { return state_->tasks.size(); }
Clock& TaskSet::clock() const noexcept { return state_->clock; }
Executor TaskSet::executor() const noexcept { return state_->executor; }

void TaskSet::Link::cancel(Id id) const {
  if (const auto state = state_.lock()) state->cancel(id);
}

std::optional<TaskSet::Id> TaskSet::Link::spawn(std::string_view name,
                                                asio::awaitable<void, Executor> task) const {
  const auto state = state_.lock();
  if (!state) return std::nullopt;
  return state->start(name, std::move(task));
}

}  // namespace countersign
