#pragma once
/// One verification for all who ask for the same image at the same time, whichever worker thread
/// they are on.
///
/// A waiter and the work it waits for are two things (decisions 10): the work has its own bound,
/// goes on when a waiter's deadline passes so that the retry finds it done or under way, and ends
/// `linger` after its last waiter has left.
///
/// Source: oci-registry 5.10, 5.11; kubernetes-admission K-37, K-38; docs/adr/0003.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "async/fair_places.hpp"
#include "async/single_flight.hpp"
#include "verify/ask.hpp"

namespace countersign::verify {

struct InFlightOptions {
  std::chrono::milliseconds linger{5000};  ///< how long work goes on that nobody waits for
  /// More waits in line, and is `kOverloaded` at the asker's deadline. One registry that answers
  /// slowly must not keep the others' images out, nor must many made-up ones those of registries
  /// that are expected; and no namespace, and no review, uses up what others need (decisions 34).
  std::size_t max_flights = 256;
  std::size_t max_of_registry = 128;
  std::size_t max_unexpected = 192;    ///< of all registries that are not expected
  std::size_t max_of_namespace = 128;  ///< of all
  std::size_t max_of_namespace_at_registry = 16;
  std::size_t max_of_review_at_registry = 8;
  /// Nothing is begun for who has less time left: it would end after he has left.
  std::chrono::milliseconds least_time{200};
};

/// For whom it is asked.
struct Asker {
  std::string namespace_name;  ///< empty for cluster-wide objects and the command line
  std::uint64_t review = 0;    ///< tells reviews apart
};

/// Whose work it is.
struct Share {
  std::string registry;
  bool expected = true;  ///< named by the configuration
  Asker asker = {};
  /// Something is known already that will do if there is no room: it does not stand in line.
  bool is_known = false;
};

/// Shared by all workers; every member may be called on any of their threads. The executors of all
/// joins must live until every worker's thread has ended: the workers post to each other.
class InFlight {
 public:
  using Shared = std::shared_ptr<const Verdict>;
  /// Runs in the TaskSet of who began it, by the deadline that it is given.
  using Work = std::function<asio::awaitable<Shared, Executor>(Deadline)>;

  explicit InFlight(const InFlightOptions& options);
  ~InFlight();
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  /// The verdict of the work under `key`, which is begun in `tasks`, the set of this coroutine's
  /// own thread, unless it runs already; `work_limit` bounds it then (`limits.verification`).
  /// Errors: `kOverloaded` "FLIGHTS" if there was no room for it until the deadline;
  /// `kDeadlineExceeded` "TIMEOUT" at the deadline, while the work goes on, or if it is too near to
  /// begin anything; `kInternalError` "EXCEPTION".
  Task<Shared> join(FlightKey key, Share share, TaskSet& tasks, Deadline deadline,
                    std::chrono::milliseconds work_limit, Work work);

  /// Ends all work; its waiters hear of an internal error. For shutting down.
  void cancel_all();

  [[nodiscard]] std::size_t flights() const;
  [[nodiscard]] std::size_t waiting() const;      ///< for room to begin
  [[nodiscard]] std::uint64_t coalesced() const;  ///< joins that found work under way

 private:
  [[nodiscard]] FairPlaces::Share places_of(const Share& share) const;

  const InFlightOptions options_;
  FairPlaces places_;
  SingleFlight<FlightKey, Verdict> flights_;
};

}  // namespace countersign::verify
