#include "async/back_room.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace countersign {

struct BackRoom::State {
  explicit State(const Limits& given) : limits(given) {}

  const Limits limits;
  mutable std::mutex mutex;
  std::condition_variable more;
  struct Piece {
    std::move_only_function<void()> work;
    AtEnd at_end;
  };
  std::deque<Piece> queue;
  std::size_t idle = 0;
  bool closed = false;
  std::vector<std::thread> threads;

  void serve() {
    std::unique_lock lock(mutex);
    while (true) {
      ++idle;
      more.wait(lock, [this] { return closed || !queue.empty(); });
      --idle;
      if (queue.empty()) return;  // closed, and all is finished
      std::move_only_function<void()> work = std::move(queue.front().work);
      queue.pop_front();
      lock.unlock();
      try {
        work();
      } catch (...) {
        // Nobody waits for it.
      }
      work = nullptr;
      lock.lock();
    }
  }
};

BackRoom::BackRoom(const Limits& limits) : state_(std::make_shared<State>(limits)) {}

BackRoom::~BackRoom() { close(); }

void BackRoom::close() {
  std::vector<State::Piece> dropped;  // ends without the lock
  std::vector<std::thread> threads;
  {
    const std::scoped_lock lock(state_->mutex);
    state_->closed = true;
    std::deque<State::Piece> kept;
    for (State::Piece& piece : state_->queue) {
      if (piece.at_end == AtEnd::kFinished) {
        kept.push_back(std::move(piece));
      } else {
        dropped.push_back(std::move(piece));
      }
    }
    state_->queue.swap(kept);
    threads.swap(state_->threads);
  }
  state_->more.notify_all();
  for (std::thread& thread : threads) thread.join();
}

bool BackRoom::post(std::move_only_function<void()> work, AtEnd at_end) {
  const std::scoped_lock lock(state_->mutex);
  if (state_->closed || state_->queue.size() >= state_->limits.queue) return false;
  if (state_->idle <= state_->queue.size() && state_->threads.size() < state_->limits.threads) {
    try {
      state_->threads.emplace_back([state = state_.get()] { state->serve(); });
    } catch (...) {
      if (state_->threads.empty()) return false;  // nobody would ever do it
    }
  }
  state_->queue.push_back({.work = std::move(work), .at_end = at_end});
  state_->more.notify_one();
  return true;
}

std::size_t BackRoom::waiting() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->queue.size();
}

Error BackRoom::full() {
  return {Outcome::kOverloaded, "BACK_ROOM", "too many files are being read or written"};
}

Error BackRoom::late() {
  return {Outcome::kDeadlineExceeded, "BACK_ROOM_TIME", "a file was not read or written in time"};
}

Error BackRoom::thrown() {
  return {Outcome::kInternalError, "EXCEPTION", "work with files ended abnormally"};
}

}  // namespace countersign
