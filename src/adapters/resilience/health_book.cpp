#include "adapters/resilience/health_book.hpp"

#include <fmt/format.h>

#include <utility>

namespace countersign::resilience {

HealthBook::Place HealthBook::place_of(const Account& account, const std::string& origin) {
  Place place;
  place.server = account.registry + "\n" + origin;
  place.repository = account.registry + "\n" + account.repository;
  place.own = fmt::format("{}\n{}\n{}\n{}", place.server, account.repository, account.credential,
                          std::to_underlying(account.category));
  return place;
}

HealthBook::Answer HealthBook::may_ask(const Place& place, bool is_get, Time now) {
  const std::scoped_lock lock(mutex_);
  Own& own = own_.find_or_put(place.own);
  if (!own.gate.admits(now, is_get)) return Answer::kRateLimited;
  CircuitBreaker& server = servers_.find_or_put(place.server);
  // While it is tried whether the server is back, a repository that worked there need not wait for
  // a stranger's attempt.
  const bool tried_by_another = !server.is_due(now) || worked_.find(place.repository) == nullptr;
  const bool admitted = server.admit(now);
  if (!admitted && tried_by_another) return Answer::kUnreachable;
  if (own.breaker.admit(now)) return Answer::kAsk;
  if (admitted) server.abandoned();  // nothing is asked, so nothing will be told
  return Answer::kFails;
}

void HealthBook::ended(const Place& place, End end, Time now) {
  const std::scoped_lock lock(mutex_);
  CircuitBreaker& own = own_.find_or_put(place.own).breaker;
  CircuitBreaker& server = servers_.find_or_put(place.server);
  switch (end) {
    case End::kSucceeded:
      own.succeeded(now);
      server.succeeded(now);
      worked_.find_or_put(place.repository);
      return;
    case End::kFailed:
      own.failed(now);
      server.succeeded(now);
      return;
    case End::kUnreachable:
      own.abandoned();
      server.failed(now);
      return;
    case End::kNothing:
      own.abandoned();
      server.abandoned();
      return;
  }
}

void HealthBook::close(const Place& place, std::chrono::seconds span, Time now) {
  const std::scoped_lock lock(mutex_);
  own_.find_or_put(place.own).gate.close(now, span);
}

void HealthBook::close_for_get(const Place& place, std::chrono::seconds span, Time now) {
  const std::scoped_lock lock(mutex_);
  own_.find_or_put(place.own).gate.close_for_get(now, span);
}

std::size_t HealthBook::size() const {
  const std::scoped_lock lock(mutex_);
  return own_.size();
}

}  // namespace countersign::resilience
