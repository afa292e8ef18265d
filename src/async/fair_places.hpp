#pragma once
/// A bound on how much goes on at one time, divided by who asks: each piece of work belongs to
/// several groups, and each group has a bound of its own. Who finds no room waits in line. A place
/// that comes free goes to whoever's side has the least of all, of those to whoever has waited
/// longest; who only waits for his own group's work to end holds back nobody behind him.
///
/// Source: decisions 34; oci-registry 5.10.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/clock.hpp"
#include "async/task.hpp"
#include "base/deadline.hpp"

namespace countersign {

/// Every member may be called on any thread. Copies share their places.
class FairPlaces {
 public:
  struct Group {
    std::string name;
    std::size_t limit;  ///< the same for all who name it
  };
  struct Share {
    std::vector<Group> groups;
    std::string side;  ///< between which places are divided evenly
  };

  /// Of one side; more are sent away at once, so that the line is searched in a moment.
  static constexpr std::size_t kMaxWaiting = 256;

  FairPlaces();

  /// Room for one piece of work, until it is destroyed, on any thread. It may outlive the places.
  class Place {
   public:
    Place() = default;
    Place(Place&&) noexcept = default;
    Place& operator=(Place&& other) noexcept;
    ~Place();
    explicit operator bool() const noexcept { return held_ != nullptr; }

   private:
    friend class FairPlaces;
    std::shared_ptr<struct FairPlacesState> state_;
    std::unique_ptr<Share> held_;
  };

  /// Empty if there is no room. Those who wait for the same room come first.
  [[nodiscard]] Place try_take(const Share& share);
  /// Empty at the deadline, when the coroutine is cancelled, or at once if too many of its side
  /// wait already. Resumes on its own executor, whose loop must live as long as others return
  /// places.
  asio::awaitable<Place, Executor> take(Share share, Clock& clock, Deadline deadline);

  /// The first group of the share that is full, by its name.
  [[nodiscard]] std::optional<std::string> full_group(const Share& share) const;
  [[nodiscard]] std::size_t taken() const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  std::shared_ptr<FairPlacesState> state_;
};

}  // namespace countersign
