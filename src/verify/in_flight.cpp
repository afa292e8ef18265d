#include "verify/in_flight.hpp"

#include <fmt/format.h>

#include <utility>

namespace countersign::verify {
namespace {

using Flights = SingleFlight<FlightKey, Verdict>;
using Place = std::shared_ptr<const FairPlaces::Place>;

/// Holds its place for as long as its frame lives.
asio::awaitable<InFlight::Shared, Executor> run(Place /*place*/, InFlight::Work work,
                                                Deadline deadline) {
  InFlight::Shared verdict = co_await work(deadline);
  co_return verdict;
}

constexpr Reason kNoRoom{"FLIGHTS"};

Error out_of_time() {
  return {Outcome::kDeadlineExceeded, "TIMEOUT",
          std::string(info(Outcome::kDeadlineExceeded).text)};
}

}  // namespace

InFlight::InFlight(const InFlightOptions& options) : options_(options), flights_(options.linger) {}
InFlight::~InFlight() = default;

FairPlaces::Share InFlight::places_of(const Share& share) const {
  const std::string& registry = share.registry;
  const Asker& asker = share.asker;
  FairPlaces::Share places;
  places.side = asker.namespace_name;
  places.groups = {
      {"verifications", options_.max_flights},
      {"verifications of images at " + registry, options_.max_of_registry},
      {"verifications for namespace " + asker.namespace_name, options_.max_of_namespace},
      {fmt::format("verifications of images at {} for namespace {}", registry,
                   asker.namespace_name),
       options_.max_of_namespace_at_registry},
      {fmt::format("verifications of images at {} for review {}", registry, asker.review),
       options_.max_of_review_at_registry}};
  if (!share.expected) {
    places.groups.push_back(
        {"verifications of images at registries that the configuration does not name",
         options_.max_unexpected});
  }
  return places;
}

Task<InFlight::Shared> InFlight::join(FlightKey key, Share share, TaskSet& tasks, Deadline deadline,
                                      std::chrono::milliseconds work_limit, Work work) {
  using End = Joined<Verdict>::End;
  const FairPlaces::Share wanted = places_of(share);
  Place place;
  while (true) {
    const auto begin = [&]() -> Result<Flights::Work> {
      if (tasks.clock().now() + options_.least_time >= deadline.at()) return out_of_time();
      if (!place) {
        FairPlaces::Place taken = places_.try_take(wanted);
        if (!taken) return Error(Outcome::kOverloaded, kNoRoom, "");
        place = std::make_shared<const FairPlaces::Place>(std::move(taken));
      }
      const Deadline bound(tasks.clock().now() + work_limit);
      return Flights::Work(
          [place = std::exchange(place, nullptr), work, bound] { return run(place, work, bound); });
    };
    const auto joined = co_await flights_.join(key, tasks, deadline, begin);
    if (joined.end == End::kTime) co_return out_of_time();
    if (joined.end == End::kEnded && joined.value) co_return joined.value;
    if (joined.end != End::kRefused)
      co_return Error(Outcome::kInternalError, "EXCEPTION", "verification ended abnormally");
    if (joined.refusal.reason() != kNoRoom) co_return joined.refusal;
    // In line, until there is room or no time to begin with; then somebody may have begun it.
    const std::string full = places_.full_group(wanted).value_or("verifications");
    const Deadline latest(share.is_known ? tasks.clock().now()
                                         : deadline.at() - options_.least_time);
    auto waited = co_await places_.take(wanted, tasks.clock(), latest);
    if (!waited)
      co_return Error(Outcome::kOverloaded, kNoRoom, "too many " + full + " are under way");
    place = std::make_shared<const FairPlaces::Place>(std::move(waited));
  }
}

void InFlight::cancel_all() { flights_.cancel_all(); }

std::size_t InFlight::flights() const { return flights_.size(); }

std::size_t InFlight::waiting() const { return places_.waiting(); }

std::uint64_t InFlight::coalesced() const { return flights_.coalesced(); }

}  // namespace countersign::verify
