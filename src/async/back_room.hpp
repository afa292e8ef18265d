#pragma once
/// The only place of the program that may block: files, fsync, certificate bundles, the generation
/// of keys, the parsing of large lists. Workers hand such work over and go on.
///
/// Source: docs/architecture.md, "Running model".

#include <boost/asio/this_coro.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "async/wakeup.hpp"
#include "base/deadline.hpp"
#include "base/result.hpp"

namespace countersign {

/// One or two threads with a bounded queue; they start when there is something to do. Every member
/// may be called on any thread.
class BackRoom {
 public:
  struct Limits {
    unsigned threads = 1;
    std::size_t queue = 256;  ///< pieces of work that wait
  };
  BackRoom() : BackRoom(Limits{}) {}
  explicit BackRoom(const Limits& limits);
  /// Work that runs is waited for, and so is what must be finished; the rest is dropped. The loops
  /// of all who wait must still live.
  ~BackRoom();
  BackRoom(const BackRoom&) = delete;
  BackRoom& operator=(const BackRoom&) = delete;

  /// Runs `work` in the room, and resumes on the executor of whoever awaits it. `work` owns what it
  /// uses: it goes on if the waiter leaves. Errors: its own; `kOverloaded` "BACK_ROOM" if the queue
  /// is full; `kDeadlineExceeded` "BACK_ROOM_TIME" at the deadline or if the waiter is cancelled;
  /// `kInternalError` "EXCEPTION" for what it throws.
  template <class T>
  Task<T> run(std::function<Result<T>()> work, Clock& clock, Deadline deadline);

  /// Ends it, as the destructor does: it takes no more. For who destroys the waiters' loops first.
  void close();

  /// What becomes of work that has not begun when the room is closed.
  enum class AtEnd : std::uint8_t { kFinished, kDropped };
  /// Nobody waits for it. False if the queue is full. What it throws is lost.
  bool post(std::move_only_function<void()> work, AtEnd at_end = AtEnd::kFinished);

  [[nodiscard]] std::size_t waiting() const;

 private:
  template <class T>
  struct Slot {
    std::optional<Result<T>> result;  ///< set before `remote` is used
    std::function<Result<T>()> work;
    Wakeup::Remote remote;
  };
  static Error full();
  static Error late();
  static Error thrown();

  struct State;
  std::shared_ptr<State> state_;
};

template <class T>
Task<T> BackRoom::run(std::function<Result<T>()> work, Clock& clock, Deadline deadline) {
  Wakeup wakeup(co_await asio::this_coro::executor, clock);
  const auto slot = std::make_shared<Slot<T>>();
  slot->work = std::move(work);
  slot->remote = wakeup.remote();
  const bool taken = post(
      [slot] {
        Result<T> result = thrown();
        try {
          result = slot->work();
        } catch (...) {
          // Said by what it began with.
        }
        slot->work = nullptr;  // what it owns ends here, not on the waiter's thread
        slot->result = std::move(result);
        slot->remote.wake();
      },
      AtEnd::kDropped);
  if (!taken) co_return full();
  const Wakeup::Why why = co_await wakeup.wait(deadline.at());
  if (why != Wakeup::Why::kWoken) co_return late();
  co_return *std::move(slot->result);
}

}  // namespace countersign
