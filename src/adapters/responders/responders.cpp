#include "adapters/responders/responders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "adapters/responders/fetch.hpp"
#include "async/timer.hpp"
#include "base/text.hpp"
#include "x509/ocsp.hpp"

namespace countersign::responders {
namespace {

using revocation::ChainAnswer;
using revocation::ChainQuestion;
using revocation::ListKind;
using revocation::ListSignature;
using revocation::Status;

/// How often it is looked whether somebody else's fetch has ended, or a download may begin.
constexpr std::chrono::milliseconds kTurn{10};
constexpr std::size_t kReasonShown = 400;

Error unknown(Reason reason, std::string message) {
  return {Outcome::kRevocationUnknown, reason, std::move(message)};
}

/// Who has an answer still does not wait long for a newer one.
constexpr std::chrono::milliseconds kRefreshTime{2000};
Deadline for_refresh(Deadline deadline) {
  return earliest(deadline, Deadline::after(kRefreshTime));
}

asio::awaitable<void, Executor> pause() {
  const Executor executor = co_await asio::this_coro::executor;
  Timer timer(executor, kTurn);
  [[maybe_unused]] const auto waited = co_await timer.async_wait(kTuple);
}

/// One of the few downloads that may be under way. Holds what it counts in: a coroutine that never
/// ends is destroyed last of all.
class DownloadSlot {
 public:
  /// Null if there are too many.
  static std::unique_ptr<DownloadSlot> take(std::shared_ptr<SharedStore> store) {
    std::unique_ptr<DownloadSlot> slot(new DownloadSlot(std::move(store)));
    return slot->number_ < kMaxCrlDownloads ? std::move(slot) : nullptr;
  }
  ~DownloadSlot() { store_->crl_downloads.fetch_sub(1); }
  DownloadSlot(const DownloadSlot&) = delete;
  DownloadSlot& operator=(const DownloadSlot&) = delete;

 private:
  explicit DownloadSlot(std::shared_ptr<SharedStore> store)
      : store_(std::move(store)), number_(store_->crl_downloads.fetch_add(1)) {}
  std::shared_ptr<SharedStore> store_;
  int number_;
};

/// The same address under two issuers is two questions: what one signed says nothing to the other.
std::string crl_key(const std::string& url, const x509::Certificate& issuer) {
  return identity_of(issuer) + " " + url;
}
std::string ocsp_key(const std::string& url, const revocation::Subject& subject) {
  return identity_of(subject.issuer) + " " + to_hex(subject.certificate.serial()) + " " + url;
}

/// The list, if it is in order, whatever certificate it is for.
Result<x509::Crl> usable_list(std::string der, ListKind kind, const revocation::Subject& subject) {
  COUNTERSIGN_TRY(x509::Crl list,
                  x509::Crl::parse(std::make_shared<const std::string>(std::move(der))));
  COUNTERSIGN_CHECK(revocation::check_list(list, kind, ListSignature::kUnchecked, subject));
  return list;
}

/// Whether the list belongs where it was asked for: `base` is the one whose delta it should be,
/// null for a whole list. No other is kept: somebody in between may show another part of the
/// issuer's lists, and would otherwise displace for hours what belongs there.
Result<void> check_belongs(const x509::Crl& list, const x509::Crl* base, std::string_view url,
                           const revocation::Subject& subject) {
  if (base == nullptr) return revocation::check_scope(list, subject.certificate, url);
  if (list.scope() == base->scope()) return ok();
  return unknown("RV-35", "delta CRL: it has another scope than its base");
}

/// A list from disk that need not be fetched anew yet.
bool is_early(const Answer& answer, Instant now) {
  const std::int64_t from = answer.this_update.seconds;
  const std::int64_t late = from + (answer.next_update.seconds - from) / 4 * 3;
  return now.seconds < late;
}

}  // namespace

/// What the lanes of one chain share. They hold it, so that it outlives them whatever becomes of
/// the asker.
struct Responders::Batch {
  Batch(Executor executor, ChainQuestion asked, Deadline when)
      : question(std::move(asked)), answer(question.chain.size()), deadline(when), done(executor) {
    done.expires_at(Timer::time_point::max());
  }
  ChainQuestion question;
  ChainAnswer answer;  ///< each unknown until its lane fills it
  Deadline deadline;
  std::size_t lanes = 0;
  Timer done;
};

asio::awaitable<void, Executor> Responders::lane(Responders& self, std::shared_ptr<Batch> batch,
                                                 std::size_t place) {
  const ChainQuestion& question = batch->question;
  const Subject subject{.certificate = question.chain[place],
                        .issuer = question.chain[place + 1],
                        .signing_time = question.signing_time,
                        .now = question.now};
  auto status = co_await self.status_of(subject, batch->deadline);
  status.reason = printable(status.reason, kReasonShown);
  batch->answer[place] = std::move(status);
}

asio::awaitable<ChainAnswer, Executor> Responders::statuses_of(ChainQuestion question,
                                                               Deadline deadline) {
  const Executor executor = co_await asio::this_coro::executor;
  const auto batch = std::make_shared<Batch>(executor, std::move(question), deadline);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < batch->answer.size(); ++i) {
    if (revocation::is_non_revocable(batch->question.chain, i)) {
      batch->answer[i].status = Status::kNonRevocable;
    } else {
      places.push_back(i);
    }
  }
  batch->lanes = places.size();
  for (const std::size_t place : places) {
    // A lane that throws leaves its certificate unknown.
    asio::co_spawn(executor, lane(*this, batch, place),
                   [batch](const std::exception_ptr& /*failure*/) {
                     if (--batch->lanes == 0) batch->done.cancel();
                   });
  }
  while (batch->lanes > 0) {
    const auto [error] = co_await batch->done.async_wait(kTuple);
    static_cast<void>(error);
  }
  co_return std::move(batch->answer);
}

asio::awaitable<revocation::CertificateStatus, Executor> Responders::status_of(Subject subject,
                                                                               Deadline deadline) {
  const bool has_ocsp = !subject.certificate.ocsp_urls().empty();
  const bool has_crl = !subject.certificate.crl_urls().empty();
  const char* method = has_ocsp ? "ocsp" : "crl";
  Result<Finding> found;
  if (store_->offline) {
    found = judge_offline(subject, method);
  } else {
    if (has_ocsp) {
      found = co_await ask_ocsp(subject, deadline);
    }
    const bool is_open = !found || found->status == Status::kUnknown;
    if (has_crl && is_open) {
      std::string before;
      if (has_ocsp) {
        method = "ocsp-fallback-crl";
        before = (found ? found->reason : found.error().message()) + "; ";
      }
      found = co_await ask_crls(subject, deadline);
      if (!found) found = unknown(found.error().reason(), before + found.error().message());
    }
  }
  revocation::CertificateStatus status = store_->revoked.weigh(subject, found);
  if (observer_ != nullptr) observer_->on_check(method, status.status);
  co_return status;
}

Result<revocation::Finding> Responders::judge_offline(const Subject& subject,
                                                      const char*& method) const {
  const auto contents = store_->offline->contents();
  auto found = judge_offline_ocsp(*contents, subject);
  if (found && found->status != Status::kUnknown) {
    method = "ocsp";
    return found;
  }
  method = subject.certificate.ocsp_urls().empty() ? "crl" : "ocsp-fallback-crl";
  return judge_offline_crl(*contents, subject);
}

void Responders::count_cache(std::string_view cache, const AnswerCache::Look& look,
                             const AnswerCache& of) const {
  if (observer_ == nullptr) return;
  const bool fetches = look.what == AnswerCache::What::kFetch;
  observer_->on_cache(cache, !fetches ? "hit" : look.value ? "refresh" : "miss", of.size());
}

/// RV-21: in the certificate's order, until one answers.
Task<revocation::Finding> Responders::ask_ocsp(const Subject& subject, Deadline deadline) {
  std::string why;
  std::size_t asked = 0;
  for (const std::string& url : subject.certificate.ocsp_urls()) {
    if (++asked > kMaxOcspUrls || deadline.passed()) break;
    auto found = co_await ask_one_responder(url, subject, deadline);
    if (found) co_return found;
    why += (why.empty() ? "" : "; ") + found.error().message();
  }
  co_return unknown("RV-21", why.empty() ? "no time was left to ask" : why);
}

Task<revocation::Finding> Responders::ask_one_responder(std::string url, const Subject& subject,
                                                        Deadline deadline) {
  const std::string key = ocsp_key(url, subject);
  AnswerCache::Look look;
  for (;;) {
    look = store_->ocsp->look(key, subject.now);
    if (look.what != AnswerCache::What::kWait) break;
    if (deadline.passed()) co_return unknown("RV-21", "no time was left to ask");
    co_await pause();
  }
  count_cache("ocsp", look, *store_->ocsp);
  if (look.what == AnswerCache::What::kFailed) co_return look.failure;
  if (look.what == AnswerCache::What::kUse)
    co_return revocation::judge_ocsp(as_bytes(*look.value->bytes), subject);
  Fetching fetching(store_->ocsp, key);
  const Bytes request = x509::ocsp_request(subject.certificate, subject.issuer);
  const Deadline limit = look.value ? for_refresh(deadline) : deadline;
  auto body = co_await fetch_ocsp(transport_, url, request, limit);
  Result<Finding> found = Error();
  if (body) {
    found = revocation::judge_ocsp(as_bytes(*body), subject);
    if (!found) found = std::move(found).error().while_doing(printable(url, 128));
  } else {
    found = std::move(body).error();
  }
  if (found && found->status != Status::kUnknown) {
    auto answer = std::make_shared<Answer>();
    answer->bytes = std::make_shared<const std::string>(*std::move(body));
    answer->this_update = found->this_update;
    answer->next_update = found->next_update;
    fetching.succeeded(std::move(answer), subject.now);
    co_return found;
  }
  // A responder that does not know the certificate may know it soon.
  if (found) co_return found;
  if (look.value) {
    fetching.failed(found.error());
    co_return revocation::judge_ocsp(as_bytes(*look.value->bytes), subject);
  }
  if (!deadline.passed()) fetching.failed(found.error());  // else it was our haste
  co_return found;
}

/// RV-30: all of them, since each may be a part; the first that says revoked decides.
Task<revocation::Finding> Responders::ask_crls(const Subject& subject, Deadline deadline) {
  const std::vector<std::string>& urls = subject.certificate.crl_urls();
  if (urls.size() > kMaxCrlUrls)
    co_return unknown("RV-30", fmt::format("more than {} CRL addresses", kMaxCrlUrls));
  for (const std::string& url : urls) {
    if (!is_plain_http(url)) {
      co_return unknown("RV-30",
                        fmt::format("{}: only http:// addresses are asked", printable(url, 128)));
    }
  }
  std::optional<Finding> all;
  for (const std::string& url : urls) {
    auto found = co_await ask_one_crl(url, subject, deadline);
    if (!found) co_return found;
    if (found->status == Status::kRevoked) co_return found;
    // Only what all of them say together is newer than what was known.
    if (all && all->this_update < found->this_update) found->this_update = all->this_update;
    if (all && !found->invalidity_date) {
      found->invalidity_date = all->invalidity_date;
      found->reason = all->reason;
    }
    all = *std::move(found);
  }
  if (!all) co_return unknown("RV-30", "no CRL address");
  co_return *all;
}

Task<revocation::Finding> Responders::ask_one_crl(std::string url, const Subject& subject,
                                                  Deadline deadline) {
  const std::string shown = printable(url, 128);
  auto base = co_await list_at(url, nullptr, subject, deadline);
  if (!base) co_return std::move(base).error();
  const x509::Crl& list = *(*base)->list;
  auto fine = revocation::check_list(list, ListKind::kBase, ListSignature::kVerified, subject);
  if (fine) fine = check_belongs(list, nullptr, url, subject);
  if (!fine) co_return std::move(fine).error().while_doing(shown);
  AnswerCache::Value delta;
  std::string why;
  std::size_t tried = 0;
  for (const std::string& delta_url : list.freshest()) {
    if (++tried > kMaxDeltaUrls) break;
    auto fetched = co_await list_at(delta_url, &list, subject, deadline);
    if (fetched) {
      fine = revocation::check_list(*(*fetched)->list, ListKind::kDelta, ListSignature::kVerified,
                                    subject);
      if (fine) fine = revocation::check_delta(*(*fetched)->list, list);
      if (fine) {
        delta = *std::move(fetched);
        break;
      }
      why = fine.error().message();
    } else {
      why = fetched.error().message();
    }
  }
  if (!list.freshest().empty() && !delta)
    co_return unknown("RV-35", fmt::format("{}: its delta CRL: {}", shown, why));
  if (!delta && subject.certificate.names_freshest_crl()) {
    co_return unknown(
        "RV-35",
        fmt::format("{}: the certificate names a delta CRL, which this CRL does not", shown));
  }
  auto found = revocation::judge_lists(list, delta ? &*delta->list : nullptr, subject);
  if (!found) co_return std::move(found).error().while_doing(shown);
  co_return found;
}

/// A list that is in order and belongs there, or did for another certificate of the issuer's.
/// `base` is null for a whole list.
Task<AnswerCache::Value> Responders::list_at(std::string url, const x509::Crl* base,
                                             const Subject& subject, Deadline deadline) {
  const std::string key = crl_key(url, subject.issuer);
  AnswerCache::Look look;
  for (;;) {
    look = store_->crls->look(key, subject.now);
    if (look.what != AnswerCache::What::kWait) break;
    if (deadline.passed()) co_return unknown("RV-30", "no time was left to ask");
    co_await pause();
  }
  count_cache("crl", look, *store_->crls);
  if (look.what == AnswerCache::What::kFailed) co_return look.failure;
  if (look.what == AnswerCache::What::kUse) co_return look.value;
  auto value =
      co_await download(std::move(url), key, base, subject, std::move(look.value), deadline);
  co_return value;
}

AnswerCache::Value Responders::from_folder(const std::string& key, ListKind kind,
                                           const Subject& subject) const {
  if (!store_->folder) return nullptr;
  auto bytes = store_->folder->load(key);
  if (!bytes) return nullptr;
  auto list = usable_list(*std::move(bytes), kind, subject);
  if (!list) return nullptr;
  auto answer = std::make_shared<Answer>();
  answer->bytes = list->der();
  answer->this_update = list->this_update();
  answer->next_update = *list->next_update();
  answer->list = *std::move(list);
  return answer;
}

Task<AnswerCache::Value> Responders::download(std::string url, std::string key,
                                              const x509::Crl* base, const Subject& subject,
                                              AnswerCache::Value old, Deadline deadline) {
  const ListKind kind = base == nullptr ? ListKind::kBase : ListKind::kDelta;
  Fetching fetching(store_->crls, key);
  const std::string shown = printable(url, 128);
  std::unique_ptr<DownloadSlot> slot;
  for (;;) {
    slot = DownloadSlot::take(store_);
    if (slot) break;
    if (deadline.passed()) co_return unknown("RV-30", shown + ": no time was left to ask");
    co_await pause();
  }
  if (!old) {
    old = from_folder(key, kind, subject);
    if (old && is_early(*old, subject.now)) {
      fetching.succeeded(old, subject.now);
      co_return old;
    }
  }
  const Deadline limit = old ? for_refresh(deadline) : deadline;
  auto body = co_await fetch_crl(transport_, url, limit);
  Result<x509::Crl> list = Error();
  if (body) {
    list = usable_list(*std::move(body), kind, subject);
    if (!list) list = std::move(list).error().while_doing(shown);
  } else {
    list = std::move(body).error();
  }
  if (!list) {
    if (old) {
      // Kept for another minute or so before it is tried again.
      fetching.succeeded(old, subject.now);
      co_return old;
    }
    if (!deadline.passed()) fetching.failed(list.error());
    co_return std::move(list).error();
  }
  if (auto belongs = check_belongs(*list, base, url, subject); !belongs) {
    // Neither kept nor remembered as a failure of the address: it may be right for another
    // certificate, or be shown by somebody in between.
    if (old) {
      fetching.succeeded(old, subject.now);
      co_return old;
    }
    co_return std::move(belongs).error().while_doing(shown);
  }
  auto answer = std::make_shared<Answer>();
  answer->bytes = list->der();
  answer->this_update = list->this_update();
  answer->next_update = *list->next_update();
  answer->list = *std::move(list);
  // An older list than the one that is known is no news: whoever shows it may hide an entry.
  if (old && answer->this_update < old->this_update) {
    fetching.succeeded(old, subject.now);
    co_return old;
  }
  if (store_->folder) static_cast<void>(store_->folder->save(key, *answer->bytes));
  fetching.succeeded(answer, subject.now);
  co_return answer;
}

}  // namespace countersign::responders
