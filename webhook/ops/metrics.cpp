#include "ops/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <vector>

namespace countersign::ops {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

constexpr std::array<std::string_view, 5> kDecisions = {"allow", "deny", "would-deny", "skip",
                                                        "error"};
constexpr std::array<std::string_view, 4> kActions = {"enforce", "warn", "audit", "skip"};

constexpr std::array<std::string_view, 3> kMethods = {"ocsp", "ocsp-fallback-crl", "crl"};
constexpr std::array<std::string_view, 3> kRevocations = {"good", "revoked", "unknown"};
constexpr std::array<std::string_view, 3> kCaches = {"ocsp", "crl", "last-good"};
constexpr std::array<std::string_view, 3> kCacheResults = {"hit", "refresh", "miss"};

prometheus::Histogram::BucketBoundaries latency_buckets() {
  return {.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30};
}

template <std::size_t N>
std::size_t index_of(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return i;
  }
  return N - 1;
}

/// The status as it is if it is one of those that registries use, else its class: whoever runs a
/// registry chooses the number, and each label is a series that stays.
std::string status_label(long status) {
  static constexpr std::array kUsual = {0L,   200L, 201L, 202L, 204L, 206L, 301L, 302L, 303L,
                                        304L, 307L, 308L, 400L, 401L, 403L, 404L, 405L, 406L,
                                        410L, 416L, 429L, 500L, 501L, 502L, 503L, 504L};
  if (std::ranges::find(kUsual, status) != kUsual.end()) return std::to_string(status);
  if (status < 100 || status > 599) return "other";
  return std::to_string(status / 100) + "xx";
}

}  // namespace

struct Metrics::Families {
  prometheus::Registry registry;
  Family<Counter>& reviews =
      BuildCounter()
          .Name("countersign_admission_reviews_total")
          .Help("AdmissionReviews answered, by decision and the action of the rules")
          .Register(registry);
  Family<Histogram>& review_seconds =
      BuildHistogram()
          .Name("countersign_admission_duration_seconds")
          .Help("Time from the first byte of a request to its answer")
          .Register(registry);
  Family<Counter>& verdicts =
      BuildCounter()
          .Name("countersign_image_verdicts_total")
          .Help("Images judged, and objects that could not be read, by outcome")
          .Register(registry);
  Family<Histogram>& verdict_seconds =
      BuildHistogram()
          .Name("countersign_verification_duration_seconds")
          .Help("Time of one image's verification, waiting for the registry included")
          .Register(registry);
  Family<Counter>& exchanges =
      BuildCounter()
          .Name("countersign_registry_exchanges_total")
          .Help(
              "HTTP exchanges with registries and token servers; status 0 means none was received")
          .Register(registry);
  Family<Histogram>& exchange_seconds =
      BuildHistogram()
          .Name("countersign_registry_exchange_duration_seconds")
          .Help("Time of one HTTP exchange with a registry or token server")
          .Register(registry);
  Family<Counter>& revocations =
      BuildCounter()
          .Name("countersign_revocation_checks_total")
          .Help("Certificates whose revocation was asked about, by method and result")
          .Register(registry);
  Family<Counter>& cache_requests =
      BuildCounter()
          .Name("countersign_cache_requests_total")
          .Help("Questions to a cache; a refresh had an answer and fetched a newer one")
          .Register(registry);
  Family<Gauge>& cache_entries =
      BuildGauge().Name("countersign_cache_entries").Help("Answers in a cache").Register(registry);
  Family<Gauge>& in_flight = BuildGauge()
                                 .Name("countersign_inflight_verifications")
                                 .Help("Verifications under way")
                                 .Register(registry);
  Family<Gauge>& waiting = BuildGauge()
                               .Name("countersign_waiting_verifications")
                               .Help("Verifications that wait for room to begin")
                               .Register(registry);
  Family<Counter>& coalesced = BuildCounter()
                                   .Name("countersign_coalesced_verifications_total")
                                   .Help("Requests that joined a verification under way")
                                   .Register(registry);
  Family<Gauge>& not_after = BuildGauge()
                                 .Name("countersign_certificate_not_after_timestamp_seconds")
                                 .Help("When a certificate of ours ends, by role")
                                 .Register(registry);
  Family<Gauge>& generation = BuildGauge()
                                  .Name("countersign_config_generation")
                                  .Help("Generation of the configuration that is served")
                                  .Register(registry);
  Family<Gauge>& reload_time = BuildGauge()
                                   .Name("countersign_config_last_reload_success_timestamp_seconds")
                                   .Help("When the served configuration was loaded")
                                   .Register(registry);
  Family<Gauge>& build = BuildGauge()
                             .Name("countersign_build_info")
                             .Help("Always 1; the labels say what runs")
                             .Register(registry);

  // Looked up once: finding a labelled series costs a map, a hash and allocations.
  std::array<std::array<Counter*, kActions.size()>, kDecisions.size()> review_counters{};
  Histogram& review_histogram = review_seconds.Add({}, latency_buckets());
  std::vector<Counter*> verdict_counters;
  std::array<std::array<Counter*, kRevocations.size()>, kMethods.size()> revocation_counters{};
  std::array<std::array<Counter*, kCacheResults.size()>, kCaches.size()> cache_counters{};
  std::array<Gauge*, kCaches.size()> cache_gauges{};
  Histogram& verdict_histogram = verdict_seconds.Add({}, latency_buckets());
  Histogram& exchange_histogram = exchange_seconds.Add({}, latency_buckets());
  Gauge& in_flight_gauge = in_flight.Add({});
  Gauge& waiting_gauge = waiting.Add({});
  Counter& coalesced_counter = coalesced.Add({});
  Gauge& generation_gauge = generation.Add({});
  Gauge& reload_gauge = reload_time.Add({});
  std::mutex exchange_mutex;
  std::map<std::tuple<std::string, std::string, std::string>, Counter*> exchange_counters;
};

Metrics::Metrics(std::string_view version, std::string_view commit)
    : families_(std::make_unique<Families>()) {
  for (std::size_t d = 0; d < kDecisions.size(); ++d) {
    for (std::size_t a = 0; a < kActions.size(); ++a) {
      families_->review_counters[d][a] = &families_->reviews.Add(
          {{"decision", std::string(kDecisions[d])}, {"action", std::string(kActions[a])}});
    }
  }
  for (const OutcomeInfo& outcome : all_outcomes()) {
    families_->verdict_counters.push_back(&families_->verdicts.Add(
        {{"outcome", std::string(outcome.name)}, {"code", std::string(outcome.code)}}));
  }
  for (std::size_t m = 0; m < kMethods.size(); ++m) {
    for (std::size_t r = 0; r < kRevocations.size(); ++r) {
      families_->revocation_counters[m][r] = &families_->revocations.Add(
          {{"method", std::string(kMethods[m])}, {"result", std::string(kRevocations[r])}});
    }
  }
  for (std::size_t c = 0; c < kCaches.size(); ++c) {
    families_->cache_gauges[c] =
        &families_->cache_entries.Add({{"cache", std::string(kCaches[c])}});
    for (std::size_t r = 0; r < kCacheResults.size(); ++r) {
      families_->cache_counters[c][r] = &families_->cache_requests.Add(
          {{"cache", std::string(kCaches[c])}, {"result", std::string(kCacheResults[r])}});
    }
  }
  families_->build
      .Add({{"version", std::string(version)},
            {"commit", std::string(commit)},
            {"compiler", __VERSION__}})
      .Set(1);
}
Metrics::~Metrics() = default;

void Metrics::count_review(std::string_view decision, std::string_view action, double seconds) {
  families_->review_counters[index_of(kDecisions, decision)][index_of(kActions, action)]
      ->Increment();
  families_->review_histogram.Observe(seconds);
}

void Metrics::count_verdict(Outcome outcome) {
  families_->verdict_counters[static_cast<std::size_t>(outcome)]->Increment();
}

void Metrics::observe_verification(double seconds) {
  families_->verdict_histogram.Observe(seconds);
}

void Metrics::count_exchange(std::string_view registry, std::string_view kind, long status,
                             double seconds) {
  families_->exchange_histogram.Observe(seconds);
  const std::scoped_lock lock(families_->exchange_mutex);
  std::string label = status_label(status);
  Counter*& counter =
      families_->exchange_counters[{std::string(registry), std::string(kind), label}];
  if (counter == nullptr) {
    counter = &families_->exchanges.Add({{"registry", std::string(registry)},
                                         {"kind", std::string(kind)},
                                         {"status", std::move(label)}});
  }
  counter->Increment();
}

void Metrics::count_revocation(std::string_view method, std::string_view result) noexcept {
  families_->revocation_counters[index_of(kMethods, method)][index_of(kRevocations, result)]
      ->Increment();
}

void Metrics::count_cache(std::string_view cache, std::string_view result,
                          std::size_t entries) noexcept {
  const std::size_t which = index_of(kCaches, cache);
  families_->cache_counters[which][index_of(kCacheResults, result)]->Increment();
  families_->cache_gauges[which]->Set(static_cast<double>(entries));
}

void Metrics::count_coalesced(std::uint64_t total) {
  const double missing = static_cast<double>(total) - families_->coalesced_counter.Value();
  if (missing > 0) families_->coalesced_counter.Increment(missing);
}

void Metrics::set_in_flight(std::size_t verifications, std::size_t waiting) {
  families_->in_flight_gauge.Set(static_cast<double>(verifications));
  families_->waiting_gauge.Set(static_cast<double>(waiting));
}

void Metrics::set_certificate_not_after(std::string_view role, std::int64_t unix_seconds) {
  families_->not_after.Add({{"role", std::string(role)}}).Set(static_cast<double>(unix_seconds));
}

void Metrics::set_config_generation(std::uint64_t generation, std::int64_t loaded_at_unix_seconds) {
  families_->generation_gauge.Set(static_cast<double>(generation));
  families_->reload_gauge.Set(static_cast<double>(loaded_at_unix_seconds));
}

std::string Metrics::text() const {
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace countersign::ops
