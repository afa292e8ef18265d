#pragma once
/// A bound on how much of something goes on at one time, across threads, with a line for those who
/// wait.

#include <cstddef>
#include <memory>

#include "async/clock.hpp"
#include "async/task.hpp"
#include "base/deadline.hpp"

namespace countersign {

/// Every member may be called on any thread. Copies share their permits.
class Semaphore {
 public:
  explicit Semaphore(std::size_t permits);

  /// The right to one of it, until it is destroyed, on any thread. It may outlive the semaphore.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&&) noexcept = default;
    Permit& operator=(Permit&& other) noexcept;
    ~Permit();
    explicit operator bool() const noexcept { return state_ != nullptr; }

   private:
    friend class Semaphore;
    explicit Permit(std::shared_ptr<struct SemaphoreState> state) : state_(std::move(state)) {}
    std::shared_ptr<struct SemaphoreState> state_;
  };

  /// Empty if none is left, or somebody waits already.
  [[nodiscard]] Permit try_acquire();
  /// First come, first served. Empty at the deadline, or when the coroutine is cancelled. Resumes
  /// on its own executor, whose loop must live as long as others return permits.
  asio::awaitable<Permit, Executor> acquire(Clock& clock, Deadline deadline);

  [[nodiscard]] std::size_t taken() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  std::shared_ptr<struct SemaphoreState> state_;
};

}  // namespace countersign
