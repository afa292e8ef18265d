#include "async/fair_places.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <list>
#include <map>
#include <mutex>
#include <utility>

#include "async/wakeup.hpp"

namespace countersign {

struct FairPlacesState {
  struct Waiter {
    const FairPlaces::Share* share = nullptr;
    Wakeup::Remote remote;
    bool granted = false;
  };

  mutable std::mutex mutex;
  std::map<std::string, std::size_t, std::less<>> taken_of;  ///< by group
  std::map<std::string, std::size_t, std::less<>> of_side;
  std::size_t taken = 0;
  std::list<Waiter*> line;                                     ///< in the order in which they came
  std::map<std::string, std::size_t, std::less<>> waiting_of;  ///< by side

  // All under the lock.

  [[nodiscard]] const FairPlaces::Group* full(const FairPlaces::Share& share) const {
    const auto is_full = [&](const FairPlaces::Group& group) {
      const auto found = taken_of.find(group.name);
      return found != taken_of.end() && found->second >= group.limit;
    };
    const auto found = std::ranges::find_if(share.groups, is_full);
    return found == share.groups.end() ? nullptr : &*found;
  }
  void add(const FairPlaces::Share& share) {
    for (const FairPlaces::Group& group : share.groups) ++taken_of[group.name];
    ++of_side[share.side];
    ++taken;
  }
  static void take_one(std::map<std::string, std::size_t, std::less<>>& from,
                       std::string_view name) noexcept {
    const auto found = from.find(name);
    if (found != from.end() && --found->second == 0) from.erase(found);
  }
  [[nodiscard]] std::size_t held_by(std::string_view side) const noexcept {
    const auto found = of_side.find(side);
    return found == of_side.end() ? 0 : found->second;
  }
  /// Whoever may go on now, and has the least. Null if there is nobody.
  [[nodiscard]] std::list<Waiter*>::iterator next() {
    auto best = line.end();
    for (auto each = line.begin(); each != line.end(); ++each) {
      if (full(*(*each)->share) != nullptr) continue;
      if (best == line.end() || held_by((*each)->share->side) < held_by((*best)->share->side))
        best = each;
    }
    return best;
  }
  void hand_out() {
    for (auto first = next(); first != line.end(); first = next()) {
      Waiter* const waiter = *first;
      add(*waiter->share);
      line.erase(first);
      take_one(waiting_of, waiter->share->side);
      waiter->granted = true;
      waiter->remote.wake();
    }
  }
  void give_back(const FairPlaces::Share& share) noexcept {
    const std::scoped_lock lock(mutex);
    for (const FairPlaces::Group& group : share.groups) take_one(taken_of, group.name);
    take_one(of_side, share.side);
    --taken;
    try {
      hand_out();
    } catch (...) {
      // No memory to count with: the next place that comes back is handed out again.
    }
  }
};

namespace {

/// In line for as long as it lives. A place that was granted and not fetched goes back.
class InLine {
 public:
  InLine(std::shared_ptr<FairPlacesState> state, const FairPlaces::Share& share,
         Wakeup::Remote remote)
      : state_(std::move(state)) {
    waiter_.share = &share;
    waiter_.remote = std::move(remote);
    const std::scoped_lock lock(state_->mutex);
    std::size_t& of_side = state_->waiting_of[share.side];
    if (of_side >= FairPlaces::kMaxWaiting) {
      left_ = true;
      return;
    }
    state_->line.push_back(&waiter_);
    ++of_side;
    place_ = std::prev(state_->line.end());
    state_->hand_out();  // one may have come back since it was asked for
  }
  [[nodiscard]] bool is_in() const noexcept { return !left_; }
  ~InLine() {
    if (leave()) state_->give_back(*waiter_.share);
  }
  InLine(const InLine&) = delete;
  InLine& operator=(const InLine&) = delete;

  /// Whether a place was granted, which is then the caller's. Ends the wait.
  bool leave() noexcept {
    if (std::exchange(left_, true)) return false;
    const std::scoped_lock lock(state_->mutex);
    if (!waiter_.granted) {
      state_->line.erase(place_);
      FairPlacesState::take_one(state_->waiting_of, waiter_.share->side);
    }
    return waiter_.granted;
  }

 private:
  std::shared_ptr<FairPlacesState> state_;
  FairPlacesState::Waiter waiter_;
  std::list<FairPlacesState::Waiter*>::iterator place_;
  bool left_ = false;
};

}  // namespace

FairPlaces::FairPlaces() : state_(std::make_shared<FairPlacesState>()) {}

FairPlaces::Place& FairPlaces::Place::operator=(Place&& other) noexcept {
  if (this != &other) {
    if (held_) state_->give_back(*held_);
    state_ = std::move(other.state_);
    held_ = std::move(other.held_);
  }
  return *this;
}

FairPlaces::Place::~Place() {
  if (held_) state_->give_back(*held_);
}

FairPlaces::Place FairPlaces::try_take(const Share& share) {
  Place place;
  auto held = std::make_unique<Share>(share);
  const std::scoped_lock lock(state_->mutex);
  // Whoever waits could go on by now only if this one could, too: then they were woken already.
  if (state_->full(share) != nullptr) return place;
  state_->add(share);
  place.state_ = state_;
  place.held_ = std::move(held);
  return place;
}

asio::awaitable<FairPlaces::Place, Executor> FairPlaces::take(Share share, Clock& clock,
                                                              Deadline deadline) {
  if (Place at_once = try_take(share)) co_return at_once;
  const std::shared_ptr<FairPlacesState> state = state_;
  auto held = std::make_unique<Share>(std::move(share));
  Wakeup wakeup(co_await asio::this_coro::executor, clock);
  InLine in_line(state, *held, wakeup.remote());
  if (!in_line.is_in()) co_return Place();
  [[maybe_unused]] const Wakeup::Why why = co_await wakeup.wait(deadline.at());
  Place place;
  if (in_line.leave()) {
    place.state_ = state;
    place.held_ = std::move(held);
  }
  co_return place;
}

std::optional<std::string> FairPlaces::full_group(const Share& share) const {
  const std::scoped_lock lock(state_->mutex);
  const Group* group = state_->full(share);
  return group == nullptr ? std::nullopt : std::optional(group->name);
}

std::size_t FairPlaces::taken() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->taken;
}

std::size_t FairPlaces::waiting() const {
  const std::scoped_lock lock(state_->mutex);
  return state_->line.size();
}

}  // namespace countersign
