#pragma once
/// One verification for all who ask for the same image at the same time, whichever worker thread
/// they are on.
///
/// A waiter and the work it waits for are two things (decisions 10): the work has its own bound,
/// goes on when a waiter's deadline passes so that the retry finds it done or under way, and ends
/// `linger` after its last waiter has left.
///
/// Source: oci-registry 5.10, 5.11; kubernetes-admission K-37, K-38; design 2.2.

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "async/task.hpp"
#include "base/deadline.hpp"
#include "verify/vocabulary.hpp"

namespace countersign::verify {

struct InFlightOptions {
  std::chrono::milliseconds work_limit{30000};  ///< of one verification, `limits.verification`
  std::chrono::milliseconds linger{5000};       ///< how long work goes on that nobody waits for
  /// More is `kOverloaded`. One registry that answers slowly must not keep the others' images out,
  /// nor must many made-up ones those of registries that are expected.
  std::size_t max_flights = 256;
  std::size_t max_of_share = 128;    ///< of one `Share::name`
  std::size_t max_unexpected = 192;  ///< of all shares that are not expected
};

/// Whose work it is.
struct Share {
  std::string name;      ///< the registry
  bool expected = true;  ///< named by the configuration
};

/// Shared by all workers; every member may be called on any of their threads. The executors of all
/// joins must live until every worker's thread has ended: the workers post to each other.
class InFlight {
 public:
  using Work = std::function<asio::awaitable<Verdict, Executor>(Deadline)>;

  explicit InFlight(InFlightOptions options);
  ~InFlight();
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  /// The verdict of the work under `key`, which is started on this coroutine's executor unless it
  /// runs already. Waits until `deadline` and then answers `kDeadlineExceeded`; `blank` is that
  /// answer's image and repository.
  asio::awaitable<Verdict, Executor> join(std::string key, Share share, Verdict blank,
                                          Deadline deadline, Work work);

  /// Ends all work; its waiters hear of an internal error. For shutting down.
  void cancel_all();

  /// Lets go of everything that belongs to the workers' executors, whatever has not ended. For when
  /// their loops run no more, and before they are destroyed.
  void forget();

  [[nodiscard]] std::size_t flights() const;
  [[nodiscard]] std::uint64_t coalesced() const;  ///< joins that found work under way

 private:
  struct Flight;
  struct Waiter;
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace countersign::verify
