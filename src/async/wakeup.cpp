#include "async/wakeup.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

namespace countersign {

Wakeup::Wakeup(Executor executor, Clock& clock) : clock_(clock), timer_(std::move(executor)) {}

Wakeup::~Wakeup() {
  clock_.disarm(*this);
  if (link_) link_->target = nullptr;
}

asio::awaitable<Wakeup::Why, Executor> Wakeup::wait(Clock::TimePoint until) {
  if (std::exchange(woken_, false)) co_return Why::kWoken;
  if (clock_.now() >= until) co_return Why::kTime;
  clock_.arm(*this, until);
  const auto [error] = co_await timer_.async_wait(kTuple);
  clock_.disarm(*this);
  if (std::exchange(woken_, false)) co_return Why::kWoken;
  if (!error || clock_.now() >= until) co_return Why::kTime;
  co_return Why::kCancelled;
}

void Wakeup::wake() {
  woken_ = true;
  timer_.cancel();
}

Wakeup::Remote Wakeup::remote() {
  if (!link_) link_ = std::make_shared<Remote::Link>(timer_.get_executor(), this);
  return Remote(link_);
}

void Wakeup::Remote::wake() const noexcept {
  if (!link_) return;
  try {
    asio::post(link_->executor, [link = link_] {
      if (link->target != nullptr) link->target->wake();
    });
  } catch (...) {
    // The waiter's own time ends its wait.
  }
}

asio::awaitable<bool, Executor> sleep_until(Clock& clock, Clock::TimePoint when) {
  Wakeup wakeup(co_await asio::this_coro::executor, clock);
  const Wakeup::Why why = co_await wakeup.wait(when);
  co_return why == Wakeup::Why::kTime;
}

asio::awaitable<bool, Executor> sleep_for(Clock& clock, std::chrono::milliseconds span) {
  const bool slept = co_await sleep_until(clock, clock.now() + span);
  co_return slept;
}

}  // namespace countersign
