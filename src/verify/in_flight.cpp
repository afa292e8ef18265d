#include "verify/in_flight.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace countersign::verify {

/// Counts the work that is under way, by whose it is.
class InFlight::Places : public std::enable_shared_from_this<Places> {
 public:
  explicit Places(const InFlightOptions& options) : options_(options) {}

  /// Room for one piece of work, for as long as it lives.
  class Place {
   public:
    Place(std::shared_ptr<Places> places, Share share)
        : places_(std::move(places)), share_(std::move(share)) {}
    ~Place() { places_->leave(share_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    std::shared_ptr<Places> places_;
    Share share_;
  };

  /// Errors: `kOverloaded` "FLIGHTS", with what there is too much of.
  Result<std::shared_ptr<const Place>> take(const Share& share) {
    {
      const std::scoped_lock lock(mutex_);
      if (const auto what = too_many(share)) {
        return Error(Outcome::kOverloaded, "FLIGHTS", "too many " + *what + " are under way");
      }
      ++of_share_[share.name];
      ++all_;
      if (!share.expected) ++unexpected_;
    }
    return std::shared_ptr<const Place>(std::make_shared<Place>(shared_from_this(), share));
  }

 private:
  [[nodiscard]] std::optional<std::string> too_many(const Share& share) const {
    if (all_ >= options_.max_flights) return "verifications";
    const auto found = of_share_.find(share.name);
    if (found != of_share_.end() && found->second >= options_.max_of_share)
      return "verifications of images at " + share.name;
    if (!share.expected && unexpected_ >= options_.max_unexpected)
      return "verifications of images at registries that the configuration does not name";
    return std::nullopt;
  }

  void leave(const Share& share) noexcept {
    const std::scoped_lock lock(mutex_);
    const auto found = of_share_.find(share.name);
    if (found != of_share_.end() && --found->second == 0) of_share_.erase(found);
    --all_;
    if (!share.expected) --unexpected_;
  }

  const InFlightOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::size_t, std::less<>> of_share_;
  std::size_t all_ = 0;
  std::size_t unexpected_ = 0;
};

namespace {

/// Holds its place for as long as its frame lives.
asio::awaitable<InFlight::Shared, Executor> run(std::shared_ptr<const void> /*place*/,
                                                InFlight::Work work, Deadline deadline) {
  InFlight::Shared verdict = co_await work(deadline);
  co_return verdict;
}

}  // namespace

InFlight::InFlight(const InFlightOptions& options)
    : places_(std::make_shared<Places>(options)), flights_(options.linger) {}
InFlight::~InFlight() = default;

Task<InFlight::Shared> InFlight::join(FlightKey key, Share share, TaskSet& tasks, Deadline deadline,
                                      std::chrono::milliseconds work_limit, Work work) {
  using Flights = SingleFlight<FlightKey, Verdict>;
  using End = Joined<Verdict>::End;
  const Deadline bound(tasks.clock().now() + work_limit);
  const auto begin = [&]() -> Result<Flights::Work> {
    COUNTERSIGN_TRY(const std::shared_ptr<const void> place, places_->take(share));
    return Flights::Work([place, work, bound] { return run(place, work, bound); });
  };
  const auto joined = co_await flights_.join(std::move(key), tasks, deadline, begin);
  switch (joined.end) {
    case End::kRefused:
      co_return joined.refusal;
    case End::kTime:
      co_return Error(Outcome::kDeadlineExceeded, "TIMEOUT",
                      std::string(info(Outcome::kDeadlineExceeded).text));
    case End::kEnded:
    case End::kCancelled:
      break;
  }
  if (!joined.value) {
    co_return Error(Outcome::kInternalError, "EXCEPTION", "verification ended abnormally");
  }
  co_return joined.value;
}

void InFlight::cancel_all() { flights_.cancel_all(); }

std::size_t InFlight::flights() const { return flights_.size(); }

std::uint64_t InFlight::coalesced() const { return flights_.coalesced(); }

}  // namespace countersign::verify
