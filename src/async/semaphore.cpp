#include "async/semaphore.hpp"

#include <boost/asio/this_coro.hpp>
#include <list>
#include <mutex>
#include <utility>

#include "async/wakeup.hpp"

namespace countersign {

struct SemaphoreState {
  explicit SemaphoreState(std::size_t permits) : all(permits), free(permits) {}

  struct Waiter {
    Wakeup::Remote remote;
    bool granted = false;
  };

  const std::size_t all;
  mutable std::mutex mutex;
  std::size_t free;
  std::list<Waiter*> line;  ///< those who have not been granted one

  /// What is free goes to who has waited longest. Under the lock.
  void hand_out() noexcept {
    while (free > 0 && !line.empty()) {
      Waiter* const first = line.front();
      line.pop_front();
      --free;
      first->granted = true;
      first->remote.wake();
    }
  }
  void give_back() noexcept {
    const std::scoped_lock lock(mutex);
    ++free;
    hand_out();
  }
};

Semaphore::Semaphore(std::size_t permits) : state_(std::make_shared<SemaphoreState>(permits)) {}

Semaphore::Permit& Semaphore::Permit::operator=(Permit&& other) noexcept {
  if (this != &other) {
    if (state_) state_->give_back();
    state_ = std::move(other.state_);
  }
  return *this;
}

Semaphore::Permit::~Permit() {
  if (state_) state_->give_back();
}

Semaphore::Permit Semaphore::try_acquire() {
  const std::scoped_lock lock(state_->mutex);
  if (state_->free == 0 || !state_->line.empty()) return {};
  --state_->free;
  return Permit(state_);
}

namespace {

/// In line for as long as it lives. A permit that was granted and not fetched goes back.
class InLine {
 public:
  InLine(std::shared_ptr<SemaphoreState> state, Wakeup::Remote remote) : state_(std::move(state)) {
    waiter_.remote = std::move(remote);
    const std::scoped_lock lock(state_->mutex);
    state_->line.push_back(&waiter_);
    place_ = std::prev(state_->line.end());
    state_->hand_out();  // one may have come back since it was asked for
  }
  ~InLine() {
    if (leave()) state_->give_back();
  }
  InLine(const InLine&) = delete;
  InLine& operator=(const InLine&) = delete;

  /// Whether a permit was granted, which is then the caller's. Ends the wait.
  bool leave() noexcept {
    if (std::exchange(left_, true)) return false;
    const std::scoped_lock lock(state_->mutex);
    if (!waiter_.granted) state_->line.erase(place_);
    return waiter_.granted;
  }

 private:
  std::shared_ptr<SemaphoreState> state_;
  SemaphoreState::Waiter waiter_;
  std::list<SemaphoreState::Waiter*>::iterator place_;
  bool left_ = false;
};

}  // namespace

asio::awaitable<Semaphore::Permit, Executor> Semaphore::acquire(Clock& clock, Deadline deadline) {
  if (Permit at_once = try_acquire()) co_return at_once;
  const std::shared_ptr<SemaphoreState> state = state_;
  Wakeup wakeup(co_await asio::this_coro::executor, clock);
  InLine in_line(state, wakeup.remote());
  [[maybe_unused]] const Wakeup::Why why = co_await wakeup.wait(deadline.at());
  if (in_line.leave()) co_return Permit(state);
  co_return Permit();
}

std::size_t Semaphore::taken() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->all - state_->free;
}

std::size_t Semaphore::waiting() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->line.size();
}

}  // namespace countersign
