#pragma once
/// Whether certificates are revoked: OCSP first, CRL as its fallback, each certificate by itself
/// and all at the same time.
///
/// Source: notary-verification RV-1 to RV-5, RV-21, RV-30, RV-35, RV-36. What an answer means is
/// judged in revocation/, at every use, from its bytes; here is where it comes from. One for each
/// worker, on its one thread.

#include <memory>
#include <string>

#include "adapters/http/transport.hpp"
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

class Responders final : public ports::RevocationSource {
 public:
  /// `transport` and `observer`, which may be null, must outlive it.
  Responders(http::Transport& transport, std::shared_ptr<SharedStore> store,
             ports::Observer* observer)
      : transport_(transport), store_(std::move(store)), observer_(observer) {}

  asio::awaitable<revocation::ChainAnswer, Executor> statuses_of(revocation::ChainQuestion question,
                                                                 Deadline deadline) override;

 private:
  struct Batch;
  using Finding = revocation::Finding;
  using Subject = revocation::Subject;

  static asio::awaitable<void, Executor> lane(Responders& self, std::shared_ptr<Batch> batch,
                                              std::size_t place);
  asio::awaitable<revocation::CertificateStatus, Executor> status_of(Subject subject,
                                                                     Deadline deadline);
  Task<Finding> ask_ocsp(const Subject& subject, Deadline deadline);
  Task<Finding> ask_one_responder(std::string url, const Subject& subject, Deadline deadline);
  Task<Finding> ask_crls(const Subject& subject, Deadline deadline);
  Task<Finding> ask_one_crl(std::string url, const Subject& subject, Deadline deadline);
  using ListKind = revocation::ListKind;
  Task<AnswerCache::Value> list_at(std::string url, const x509::Crl* base, const Subject& subject,
                                   Deadline deadline);
  Task<AnswerCache::Value> download(std::string url, std::string key, const x509::Crl* base,
                                    const Subject& subject, AnswerCache::Value old,
                                    Deadline deadline);
  AnswerCache::Value from_folder(const std::string& key, ListKind kind,
                                 const Subject& subject) const;
  Result<Finding> judge_offline(const Subject& subject, const char*& method) const;
  void count_cache(std::string_view cache, const AnswerCache::Look& look,
                   const AnswerCache& of) const;

  http::Transport& transport_;
  std::shared_ptr<SharedStore> store_;
  ports::Observer* observer_;
};

}  // namespace countersign::responders
