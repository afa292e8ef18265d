#pragma once
/// Answers about revocation from the cache, from disk, or from the network: each fetched once for
/// all who ask for it, on whichever thread.
///
/// Source: notary-verification RV-36; RFC 6960, RFC 5280. What an answer means is judged by the
/// caller, at every use, from its bytes.

#include <memory>
#include <string>

#include "adapters/http/transport.hpp"
#include "adapters/responders/places.hpp"
#include "adapters/responders/shared_store.hpp"
#include "async/back_room.hpp"
#include "async/task_set.hpp"
#include "ports/observer.hpp"
#include "revocation/judgement.hpp"

namespace countersign::responders {

/// A certificate whose status is asked for, as a value that tasks can own.
struct Question {
  x509::Certificate certificate;
  x509::Certificate issuer;
  std::optional<Instant> signing_time;
  Instant now;

  [[nodiscard]] revocation::Subject subject() const {
    return {.certificate = certificate, .issuer = issuer, .signing_time = signing_time, .now = now};
  }
};

/// One for each worker, on its thread.
class AnswerFetcher {
 public:
  /// A fetch ends by then, whoever waits for it: it waits in line, asks, and follows redirects.
  static constexpr std::chrono::milliseconds kFetchLimit{10'000};
  /// Who has an answer still does not wait longer for a newer one.
  static constexpr std::chrono::milliseconds kRefreshTime{2000};
  /// Larger lists are read in the back room: the hash of 32 MiB takes a while.
  static constexpr std::size_t kReadInPlace = std::size_t{64} * 1024;

  /// All outlive the tasks of `tasks`. `observer` may be null.
  AnswerFetcher(http::Transport& transport, SharedStore& store, BackRoom& back_room, TaskSet& tasks,
                ports::Observer* observer);

  /// A response that is about the certificate. Errors: `kRevocationUnknown`.
  Task<AnswerCache::Value> ocsp(std::string url, const Question& question, const Places& places,
                                Deadline deadline);

  /// A list that is in order by itself. `base` is the list whose delta it should be; null for a
  /// whole list. It belongs there, or did for another certificate of the issuer's. Errors:
  /// `kRevocationUnknown`.
  Task<AnswerCache::Value> list(std::string url, AnswerCache::Value base, const Question& question,
                                const Places& places, Deadline deadline);

 private:
  struct ListWish;
  using Shared = std::shared_ptr<const Fetched>;
  using Work = SingleFlight<std::string, Fetched>::Work;

  Task<AnswerCache::Value> through(std::string_view name, std::shared_ptr<AnswerCache> cache,
                                   std::string key, Instant now, Reason reason, std::string shown,
                                   Deadline deadline,
                                   std::function<Work(AnswerCache::Value)> fetch);
  struct ResponseWish;
  static asio::awaitable<Shared, Executor> fetch_response(AnswerFetcher& self, ResponseWish wish,
                                                          AnswerCache::Value old);
  static asio::awaitable<Shared, Executor> fetch_list(AnswerFetcher& self, ListWish wish,
                                                      AnswerCache::Value old);
  Task<AnswerCache::Value> bring_list(ListWish wish, AnswerCache::Value old, Deadline deadline);
  asio::awaitable<AnswerCache::Value, Executor> from_folder(const ListWish& wish,
                                                            Deadline deadline);
  Task<AnswerCache::Value> read_list(std::string der, const ListWish& wish, Deadline deadline);
  [[nodiscard]] Deadline fetch_bound() const {
    return Deadline(tasks_.clock().now() + kFetchLimit);
  }

  http::Transport& transport_;
  SharedStore& store_;
  BackRoom& back_room_;
  TaskSet& tasks_;
  ports::Observer* observer_;
};

}  // namespace countersign::responders
