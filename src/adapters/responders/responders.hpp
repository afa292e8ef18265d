#pragma once
/// Whether certificates are revoked: OCSP first, CRL as its fallback, each certificate by itself
/// and all at the same time.
///
/// Source: notary-verification RV-1 to RV-5, RV-21, RV-30, RV-35, RV-36. What an answer means is
/// judged in revocation/, at every use, from its bytes; where it comes from is AnswerFetcher's.

#include <memory>
#include <string>

#include "adapters/responders/answer_fetcher.hpp"
#include "adapters/responders/places.hpp"
#include "adapters/responders/shared_store.hpp"
#include "ports/observer.hpp"
#include "ports/revocation_source.hpp"
#include "revocation/judgement.hpp"

namespace countersign::responders {

/// Addresses of one certificate that are asked; all CRL addresses must be, so more of them leave it
/// unknown.
inline constexpr std::size_t kMaxOcspUrls = 4;
inline constexpr std::size_t kMaxCrlUrls = 8;
/// Addresses of delta lists that are tried.
inline constexpr std::size_t kMaxDeltaUrls = 4;

/// One for each worker, on its one thread.
class Responders {
 public:
  /// All must outlive the tasks of `tasks`, which need not exist yet. `observer` may be null.
  Responders(http::Transport& transport, SharedStore& store, BackRoom& back_room, TaskSet& tasks,
             ports::Observer* observer, Clock& clock = real_clock())
      : store_(store),
        back_room_(back_room),
        clock_(clock),
        observer_(observer),
        fetcher_(transport, store, back_room, tasks, observer) {}

  /// `places` is the awaiting caller's.
  asio::awaitable<revocation::ChainAnswer, Executor> statuses_of(revocation::ChainQuestion question,
                                                                 const Places& places,
                                                                 Deadline deadline);

 private:
  using Finding = revocation::Finding;

  asio::awaitable<void, Executor> lane(const revocation::ChainQuestion& chain, std::size_t place,
                                       const Places& places, Deadline deadline,
                                       revocation::CertificateStatus& status);
  asio::awaitable<revocation::CertificateStatus, Executor> status_of(const Question& question,
                                                                     const Places& places,
                                                                     Deadline deadline);
  Task<Finding> ask_ocsp(const Question& question, const Places& places, Deadline deadline);
  Task<Finding> ask_crls(const Question& question, const Places& places, Deadline deadline);
  Task<Finding> ask_one_crl(std::string url, const Question& question, const Places& places,
                            Deadline deadline);
  struct Offline;
  Task<Offline> ask_folder(const Question& question, std::shared_ptr<const OfflineFolder> folder,
                           Deadline deadline);
  [[nodiscard]] bool passed(Deadline deadline) const { return clock_.now() >= deadline.at(); }

  SharedStore& store_;
  BackRoom& back_room_;
  Clock& clock_;
  ports::Observer* observer_;
  AnswerFetcher fetcher_;
};

/// Responders at the places of one generation: what a verification asks.
class AtPlaces final : public ports::RevocationSource {
 public:
  /// Both outlive it.
  AtPlaces(Responders& responders, const Places& places)
      : responders_(responders), places_(places) {}

  asio::awaitable<revocation::ChainAnswer, Executor> statuses_of(revocation::ChainQuestion question,
                                                                 Deadline deadline) override {
    return responders_.statuses_of(std::move(question), places_, deadline);
  }

 private:
  Responders& responders_;
  const Places& places_;
};

}  // namespace countersign::responders
