#pragma once
/// What all workers of a process share about revocation, whatever the generation. Thread-safe.

#include <memory>
#include <string>

#include "adapters/responders/answer_cache.hpp"
#include "adapters/responders/offline_folder.hpp"
#include "adapters/responders/revoked_memory.hpp"
#include "async/semaphore.hpp"
#include "async/single_flight.hpp"

namespace countersign::responders {

/// Responses: a few hundred bytes to 20 KiB each. Fetched anew after an hour at the latest.
inline constexpr AnswerCache::Limits kOcspCacheLimits{
    .entries = 4096, .bytes = std::size_t{16} * 1024 * 1024, .fresh_seconds = 3600};
/// Lists: each at most half of it. Fetched anew after twelve hours at the latest.
inline constexpr AnswerCache::Limits kCrlCacheLimits{
    .entries = 256, .bytes = std::size_t{64} * 1024 * 1024, .fresh_seconds = 12 * 3600};
/// Lists that are downloaded at the same time, in the whole process: each may have 32 MiB.
inline constexpr std::size_t kMaxCrlDownloads = 4;
/// A fetch goes on for so long when those who asked have left: they may ask again.
inline constexpr std::chrono::milliseconds kFetchLinger{5000};

/// What a fetch brought. An answer that is not kept in the cache is for those only who waited for
/// it, and is judged by each of them.
struct Fetched {
  Result<AnswerCache::Value> answer;
};

struct SharedStore {
  std::shared_ptr<AnswerCache> ocsp = std::make_shared<AnswerCache>(kOcspCacheLimits);
  std::shared_ptr<AnswerCache> crls = std::make_shared<AnswerCache>(kCrlCacheLimits);
  RevokedMemory revoked;
  OfflineShelf offline;
  SingleFlight<std::string, Fetched> fetches{kFetchLinger};  ///< by the key of the answer
  Semaphore crl_downloads{kMaxCrlDownloads};
};

}  // namespace countersign::responders
