#include "async/join_all.hpp"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace countersign {
namespace {

constexpr asio::use_awaitable_t<Executor> kAwaitable;

/// Held by the completion of every task, so that it lives as long as one of them does.
struct Group {
  using Completion = std::move_only_function<void(std::vector<std::exception_ptr>)>;

  Completion done;
  std::vector<std::exception_ptr> failures;
  std::deque<asio::cancellation_signal> signals;  ///< one a task; they cannot move
  std::size_t running = 0;

  void ended(std::size_t place, std::exception_ptr failure) {
    failures[place] = std::move(failure);
    if (--running > 0) return;
    std::exchange(done, nullptr)(std::move(failures));
  }
};

void start(const std::shared_ptr<Group>& group, const Executor& executor,
           std::vector<asio::awaitable<void, Executor>> tasks) {
  group->failures.resize(tasks.size());
  group->running = tasks.size();
  for (std::size_t i = 0; i < tasks.size(); ++i) group->signals.emplace_back();
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    try {
      asio::co_spawn(executor, std::move(tasks[i]),
                     asio::bind_cancellation_slot(group->signals[i].slot(),
                                                  [group, i](std::exception_ptr failure) {
                                                    group->ended(i, std::move(failure));
                                                  }));
    } catch (...) {
      // It never began. The others did, and are waited for; the end is always a turn of its own.
      asio::post(executor,
                 [group, i, failure = std::current_exception()] { group->ended(i, failure); });
    }
  }
}

}  // namespace

asio::awaitable<std::vector<std::exception_ptr>, Executor> join_all(
    std::vector<asio::awaitable<void, Executor>> tasks) {
  const Executor executor = co_await asio::this_coro::executor;
  if (tasks.empty()) co_return std::vector<std::exception_ptr>();
  const auto initiate = [&executor, &tasks](auto handler) {
    auto slot = asio::get_associated_cancellation_slot(handler);
    auto group = std::make_shared<Group>();
    group->done = [handler = std::move(handler),
                   slot](std::vector<std::exception_ptr> failures) mutable {
      if (slot.is_connected()) slot.clear();
      std::move(handler)(std::move(failures));
    };
    if (slot.is_connected()) {
      slot.assign([weak = std::weak_ptr(group)](asio::cancellation_type type) {
        if (const auto alive = weak.lock()) {
          for (asio::cancellation_signal& signal : alive->signals) signal.emit(type);
        }
      });
    }
    start(group, executor, std::move(tasks));
  };
  auto failures =
      co_await asio::async_initiate<const asio::use_awaitable_t<Executor>,
                                    void(std::vector<std::exception_ptr>)>(initiate, kAwaitable);
  co_return failures;
}

}  // namespace countersign
