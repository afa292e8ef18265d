#pragma once
/// What stands behind the two ports: AdmissionReviews on the TLS port; health and metrics on the
/// other.
///
/// Source: interface 5; kubernetes-admission 1.6 (which HTTP status when), 4.5 (what probes may
/// depend on).

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "ops/metrics.hpp"
#include "runtime/review_service.hpp"
#include "server/handler.hpp"
#include "server/server_state.hpp"
#include "verify/in_flight.hpp"

namespace countersign::runtime {

class AdmissionHandler final : public server::Handler {
 public:
  explicit AdmissionHandler(ReviewService& reviews) : reviews_(&reviews) {}
  asio::awaitable<void, Executor> handle(const server::Request& request,
                                         server::Reply& reply) override;

 private:
  ReviewService* reviews_;
};

/// When each worker's loop last turned, in `seconds_of` its clock.
using Heartbeats = std::vector<std::atomic<std::int64_t>>;
[[nodiscard]] std::int64_t seconds_of(const Clock& clock);

class OpsHandler final : public server::Handler {
 public:
  struct Facts {
    const server::ServerState* server = nullptr;
    const Heartbeats* heartbeats = nullptr;
    const verify::InFlight* in_flight = nullptr;
    ops::Metrics* metrics = nullptr;
    std::string configuration_file;
    const std::atomic<std::uint64_t>* generation = nullptr;  ///< that is served
    std::string certificate_not_after;
    Clock* clock = nullptr;
  };
  explicit OpsHandler(Facts facts) : facts_(std::move(facts)) {}
  asio::awaitable<void, Executor> handle(const server::Request& request,
                                         server::Reply& reply) override;

 private:
  void livez(server::Reply& reply) const;
  void readyz(std::string_view query, server::Reply& reply) const;

  Facts facts_;
};

}  // namespace countersign::runtime
