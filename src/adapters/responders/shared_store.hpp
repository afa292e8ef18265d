#pragma once
/// What all workers of a process share about revocation. Thread-safe.

#include <atomic>
#include <memory>
#include <optional>

#include "adapters/responders/answer_cache.hpp"
#include "adapters/responders/crl_folder.hpp"
#include "adapters/responders/offline_folder.hpp"
#include "adapters/responders/revoked_memory.hpp"

namespace countersign::responders {

/// Responses: a few hundred bytes to 20 KiB each. Fetched anew after an hour at the latest.
inline constexpr AnswerCache::Limits kOcspCacheLimits{
    .entries = 4096, .bytes = std::size_t{16} * 1024 * 1024, .fresh_seconds = 3600};
/// Lists: each at most half of it. Fetched anew after twelve hours at the latest.
inline constexpr AnswerCache::Limits kCrlCacheLimits{
    .entries = 256, .bytes = std::size_t{64} * 1024 * 1024, .fresh_seconds = 12 * 3600};
/// Lists that are downloaded at the same time, in the whole process: each may have 32 MiB.
inline constexpr int kMaxCrlDownloads = 4;

struct SharedStore {
  std::shared_ptr<AnswerCache> ocsp = std::make_shared<AnswerCache>(kOcspCacheLimits);
  std::shared_ptr<AnswerCache> crls = std::make_shared<AnswerCache>(kCrlCacheLimits);
  RevokedMemory revoked;
  std::optional<CrlFolder> folder;         ///< where lists survive a restart
  std::unique_ptr<OfflineFolder> offline;  ///< if it is set, nothing goes over the network
  std::atomic<int> crl_downloads{0};
};

}  // namespace countersign::responders
