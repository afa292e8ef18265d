#include "adapters/responders/answer_fetcher.hpp"

#include <utility>

#include "adapters/responders/fetch.hpp"
#include "base/text.hpp"
#include "x509/ocsp.hpp"

namespace countersign::responders {
namespace {

using revocation::ListKind;
using revocation::ListSignature;
using revocation::Status;
using revocation::Subject;
using Value = AnswerCache::Value;
using Flights = SingleFlight<std::string, Fetched>;
using End = Joined<Fetched>::End;

constexpr std::size_t kUrlShown = 128;

Error unknown(Reason reason, std::string message) {
  return {Outcome::kRevocationUnknown, reason, std::move(message)};
}

/// The same address under two issuers is two questions: what one signed says nothing to the other.
std::string crl_key(const std::string& url, const x509::Certificate& issuer) {
  return identity_of(issuer) + " " + url;
}
std::string ocsp_key(const std::string& url, const Question& question) {
  return identity_of(question.issuer) + " " + to_hex(question.certificate.serial()) + " " + url;
}

/// Whether the list belongs where it was asked for: `base` is the one whose delta it should be,
/// null for a whole list. No other is kept: somebody in between may show another part of the
/// issuer's lists, and would otherwise displace for hours what belongs there.
Result<void> check_belongs(const x509::Crl& list, const x509::Crl* base, std::string_view url,
                           const Subject& subject) {
  if (base == nullptr) return revocation::check_scope(list, subject.certificate, url);
  if (list.scope() == base->scope()) return ok();
  return unknown("RV-35", "delta CRL: it has another scope than its base");
}

/// The list, if it is in order, whatever certificate it is for.
Result<Value> usable_list(std::string der, ListKind kind, const Question& question) {
  COUNTERSIGN_TRY(x509::Crl list,
                  x509::Crl::parse(std::make_shared<const std::string>(std::move(der))));
  COUNTERSIGN_CHECK(
      revocation::check_list(list, kind, ListSignature::kUnchecked, question.subject()));
  auto answer = std::make_shared<Answer>();
  answer->bytes = list.der();
  answer->this_update = list.this_update();
  answer->next_update = *list.next_update();
  answer->list = std::move(list);
  return Value(std::move(answer));
}

/// A list from disk that need not be fetched anew yet.
bool is_early(const Answer& answer, Instant now) {
  const std::int64_t from = answer.this_update.seconds;
  const std::int64_t late = from + (answer.next_update.seconds - from) / 4 * 3;
  return now.seconds < late;
}

std::shared_ptr<const Fetched> brought(Result<Value> answer) {
  return std::make_shared<const Fetched>(std::move(answer));
}

}  // namespace

/// A list that is to be fetched, with everything that the task needs.
struct AnswerFetcher::ListWish {
  std::string url;
  std::string key;
  Value base;  ///< null for a whole list
  Question question;
  std::optional<CrlFolder> folder;
  http::Route route;

  [[nodiscard]] ListKind kind() const {
    return base == nullptr ? ListKind::kBase : ListKind::kDelta;
  }
  [[nodiscard]] const x509::Crl* base_list() const {
    return base == nullptr ? nullptr : &*base->list;
  }
  [[nodiscard]] std::string shown() const { return printable(url, kUrlShown); }
};

AnswerFetcher::AnswerFetcher(http::Transport& transport, SharedStore& store, BackRoom& back_room,
                             TaskSet& tasks, ports::Observer* observer)
    : transport_(transport),
      store_(store),
      back_room_(back_room),
      tasks_(tasks),
      observer_(observer) {}

/// What the cache has, or what one fetch brings for all who ask. `fetch` makes the work, which
/// tells the cache how it went; `old` is what the cache has still, if anything.
Task<Value> AnswerFetcher::through(std::string_view name, std::shared_ptr<AnswerCache> cache,
                                   std::string key, Instant now, Reason reason, std::string shown,
                                   Deadline deadline, std::function<Work(Value)> fetch) {
  for (unsigned in_vain = 0;;) {
    const AnswerCache::Look look = cache->look(key, now);
    const bool fetches = look.what == AnswerCache::What::kFetch;
    if (look.what != AnswerCache::What::kWait && observer_ != nullptr)
      observer_->on_cache(name, !fetches ? "hit" : look.value ? "refresh" : "miss", cache->size());
    if (look.what == AnswerCache::What::kFailed) co_return look.failure;
    if (look.what == AnswerCache::What::kUse) co_return look.value;
    if (tasks_.clock().now() >= deadline.at()) {  // nothing is begun for who has left
      if (fetches) cache->abandoned(key);
      if (look.value) co_return look.value;
      co_return unknown(reason, shown + "no time was left to ask");
    }
    const Flights::Begin begin = [&]() -> Result<Work> {
      // Who only waits finds that it has just ended: then the cache knows more.
      if (!fetches) return Error(Outcome::kRevocationUnknown, "ENDED", "");
      return fetch(look.value);
    };
    const Clock::TimePoint patience = tasks_.clock().now() + kRefreshTime;
    const Deadline limit = look.value ? earliest(deadline, Deadline(patience)) : deadline;
    const auto joined = co_await store_.fetches.join(key, tasks_, limit, begin);
    if (joined.end == End::kRefused) {
      // Either it begins or ended in this very moment, or whoever was to fetch it never began.
      constexpr unsigned kTries = 3;
      if (++in_vain >= kTries) cache->abandoned(key);
      continue;
    }
    if (joined.end == End::kEnded && joined.value) co_return joined.value->answer;
    if (fetches && joined.end == End::kEnded) cache->abandoned(key);
    if (look.value) co_return look.value;
    co_return unknown(reason, shown + "no time was left to ask");
  }
}

/// A response that is to be fetched.
struct AnswerFetcher::ResponseWish {
  std::string url;
  std::string key;
  Question question;
  http::Route route;
};

Task<Value> AnswerFetcher::ocsp(std::string url, const Question& question, const Places& places,
                                Deadline deadline) {
  const ResponseWish wish{
      .url = url, .key = ocsp_key(url, question), .question = question, .route = places.route};
  const std::function<Work(Value)> fetch = [this, wish](Value old) {
    return Work([this, wish, old] { return fetch_response(*this, wish, old); });
  };
  auto value =
      co_await through("ocsp", store_.ocsp, wish.key, question.now, "RV-21", "", deadline, fetch);
  co_return value;
}

asio::awaitable<AnswerFetcher::Shared, Executor> AnswerFetcher::fetch_response(AnswerFetcher& self,
                                                                               ResponseWish wish,
                                                                               Value old) {
  Fetching fetching(self.store_.ocsp, wish.key);
  const Bytes request = x509::ocsp_request(wish.question.certificate, wish.question.issuer);
  auto body =
      co_await fetch_ocsp(self.transport_, wish.route, wish.url, request, self.fetch_bound());
  Result<revocation::Finding> found = Error();
  if (body) {
    found = revocation::judge_ocsp(as_bytes(*body), wish.question.subject());
    if (!found) found = std::move(found).error().while_doing(printable(wish.url, kUrlShown));
  } else {
    found = std::move(body).error();
  }
  if (!found) {
    fetching.failed(found.error());
    if (old) co_return brought(old);
    co_return brought(std::move(found).error());
  }
  auto answer = std::make_shared<Answer>();
  // NOLINTNEXTLINE(bugprone-use-after-move): above its error was moved, where there is no body
  answer->bytes = std::make_shared<const std::string>(*std::move(body));
  answer->this_update = found->this_update;
  answer->next_update = found->next_update;
  // A responder that does not know the certificate may know it soon.
  if (found->status != Status::kUnknown) fetching.succeeded(answer, wish.question.now);
  co_return brought(Value(std::move(answer)));
}

Task<Value> AnswerFetcher::list(std::string url, Value base, const Question& question,
                                const Places& places, Deadline deadline) {
  const ListWish wish{.url = url,
                      .key = crl_key(url, question.issuer),
                      .base = std::move(base),
                      .question = question,
                      .folder = places.cache,
                      .route = places.route};
  const std::function<Work(Value)> fetch = [this, wish](Value old) {
    return Work([this, wish, old] { return fetch_list(*this, wish, old); });
  };
  auto value = co_await through("crl", store_.crls, wish.key, question.now, "RV-30",
                                wish.shown() + ": ", deadline, fetch);
  co_return value;
}

asio::awaitable<AnswerFetcher::Shared, Executor> AnswerFetcher::fetch_list(AnswerFetcher& self,
                                                                           ListWish wish,
                                                                           Value old) {
  Fetching fetching(self.store_.crls, wish.key);
  const Deadline bound = self.fetch_bound();
  const Semaphore::Permit permit =
      co_await self.store_.crl_downloads.acquire(self.tasks_.clock(), bound);
  if (!permit) co_return brought(unknown("RV-30", wish.shown() + ": no time was left to ask"));
  // What is known stays in use, and is tried again in a minute or so.
  const auto keep_old = [&] {
    fetching.succeeded(old, wish.question.now);
    return brought(old);
  };
  if (!old) {
    old = co_await self.from_folder(wish, bound);
    if (old && is_early(*old, wish.question.now)) co_return keep_old();
  }
  auto list = co_await self.bring_list(wish, old, bound);
  if (!list) {
    if (old) co_return keep_old();
    fetching.failed(list.error());
    co_return brought(std::move(list).error());
  }
  if (auto belongs =
          check_belongs(*(*list)->list, wish.base_list(), wish.url, wish.question.subject());
      !belongs) {
    // Neither kept nor remembered as a failure of the address: it may be right for another
    // certificate, or be shown by somebody in between.
    if (old) co_return keep_old();
    co_return brought(std::move(belongs).error().while_doing(wish.shown()));
  }
  // An older list than the one that is known is no news: whoever shows it may hide an entry.
  if (old && (*list)->this_update < old->this_update) co_return keep_old();
  if (wish.folder) {
    // Nobody waits for the disk; a list that is not kept is fetched again after a restart.
    self.back_room_.post([folder = *wish.folder, key = wish.key, bytes = (*list)->bytes] {
      static_cast<void>(folder.save(key, *bytes));
    });
  }
  fetching.succeeded(*list, wish.question.now);
  co_return brought(*std::move(list));
}

/// From the network.
Task<Value> AnswerFetcher::bring_list(ListWish wish, Value old, Deadline deadline) {
  const Clock::TimePoint patience = tasks_.clock().now() + kRefreshTime;
  const Deadline limit = old ? earliest(deadline, Deadline(patience)) : deadline;
  auto body = co_await fetch_crl(transport_, wish.route, wish.url, limit);
  if (!body) co_return std::move(body).error();
  auto list = co_await read_list(*std::move(body), wish, deadline);
  if (!list) co_return std::move(list).error().while_doing(wish.shown());
  co_return list;
}

asio::awaitable<Value, Executor> AnswerFetcher::from_folder(const ListWish& wish,
                                                            Deadline deadline) {
  if (!wish.folder) co_return nullptr;
  const std::function<Result<Value>()> load = [folder = *wish.folder, key = wish.key,
                                               kind = wish.kind(),
                                               question = wish.question]() -> Result<Value> {
    auto bytes = folder.load(key);
    if (!bytes) return Value();
    return usable_list(*std::move(bytes), kind, question);
  };
  auto value = co_await back_room_.run<Value>(load, tasks_.clock(), deadline);
  co_return value ? *std::move(value) : nullptr;
}

Task<Value> AnswerFetcher::read_list(std::string der, const ListWish& wish, Deadline deadline) {
  if (der.size() <= kReadInPlace) co_return usable_list(std::move(der), wish.kind(), wish.question);
  const auto shared = std::make_shared<std::string>(std::move(der));
  const std::function<Result<Value>()> read = [shared, kind = wish.kind(),
                                               question = wish.question]() {
    return usable_list(std::move(*shared), kind, question);
  };
  auto value = co_await back_room_.run<Value>(read, tasks_.clock(), deadline);
  if (!value && value.error().outcome() != Outcome::kRevocationUnknown)
    co_return std::move(value).error().as(Outcome::kRevocationUnknown);
  co_return value;
}

}  // namespace countersign::responders
