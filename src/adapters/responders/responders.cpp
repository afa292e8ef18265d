#include "adapters/responders/responders.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "adapters/responders/fetch.hpp"
#include "async/join_all.hpp"
#include "base/text.hpp"

namespace countersign::responders {
namespace {

using revocation::ChainAnswer;
using revocation::ChainQuestion;
using revocation::ListKind;
using revocation::ListSignature;
using revocation::Status;

constexpr std::size_t kReasonShown = 400;
constexpr std::size_t kUrlShown = 128;

Error unknown(Reason reason, std::string message) {
  return {Outcome::kRevocationUnknown, reason, std::move(message)};
}

}  // namespace

/// What a folder says, and by which method.
struct Responders::Offline {
  const char* method = "crl";
  Result<Finding> found;
};

asio::awaitable<ChainAnswer, Executor> Responders::statuses_of(ChainQuestion question,
                                                               const Places& places,
                                                               Deadline deadline) {
  ChainAnswer answer(question.chain.size());  // each unknown until its lane fills it
  std::vector<asio::awaitable<void, Executor>> lanes;
  for (std::size_t i = 0; i < answer.size(); ++i) {
    if (revocation::is_non_revocable(question.chain, i)) {
      answer[i].status = Status::kNonRevocable;
    } else {
      lanes.push_back(lane(question, i, places, deadline, answer[i]));
    }
  }
  // A lane that throws leaves its certificate unknown.
  [[maybe_unused]] const auto failures = co_await join_all(std::move(lanes));
  co_return answer;
}

asio::awaitable<void, Executor> Responders::lane(const ChainQuestion& chain, std::size_t place,
                                                 const Places& places, Deadline deadline,
                                                 revocation::CertificateStatus& status) {
  const Question question{.certificate = chain.chain[place],
                          .issuer = chain.chain[place + 1],
                          .signing_time = chain.signing_time,
                          .now = chain.now};
  auto found = co_await status_of(question, places, deadline);
  found.reason = printable(found.reason, kReasonShown);
  status = std::move(found);
}

asio::awaitable<revocation::CertificateStatus, Executor> Responders::status_of(
    const Question& question, const Places& places, Deadline deadline) {
  const bool has_ocsp = !question.certificate.ocsp_urls().empty();
  const bool has_crl = !question.certificate.crl_urls().empty();
  const char* method = has_ocsp ? "ocsp" : "crl";
  Result<Finding> found;
  if (places.offline) {
    auto offline = co_await ask_folder(question, places.offline, deadline);
    if (offline) {
      method = offline->method;
      found = std::move(offline->found);
    } else {
      found = unknown("OFFLINE", offline.error().message());
    }
  } else {
    if (has_ocsp) {
      found = co_await ask_ocsp(question, places, deadline);
    }
    const bool is_open = !found || found->status == Status::kUnknown;
    if (has_crl && is_open) {
      std::string before;
      if (has_ocsp) {
        method = "ocsp-fallback-crl";
        before = (found ? found->reason : found.error().message()) + "; ";
      }
      found = co_await ask_crls(question, places, deadline);
      if (!found) found = unknown(found.error().reason(), before + found.error().message());
    }
  }
  revocation::CertificateStatus status = store_.revoked.weigh(question.subject(), found);
  if (observer_ != nullptr) observer_->on_check(method, status.status);
  co_return status;
}

/// In the back room: folders are read again now and then, and their lists checked at each question.
Task<Responders::Offline> Responders::ask_folder(const Question& question,
                                                 std::shared_ptr<const OfflineFolder> folder,
                                                 Deadline deadline) {
  const std::function<Result<Offline>()> look = [&shelf = store_.offline, folder, question,
                                                 now = clock_.now()]() -> Result<Offline> {
    const auto contents = shelf.contents_of(*folder, now);
    Offline offline{.method = "ocsp", .found = judge_offline_ocsp(*contents, question.subject())};
    if (offline.found && offline.found->status != Status::kUnknown) return offline;
    offline.method = question.certificate.ocsp_urls().empty() ? "crl" : "ocsp-fallback-crl";
    offline.found = judge_offline_crl(*contents, question.subject());
    return offline;
  };
  auto offline = co_await back_room_.run<Offline>(look, clock_, deadline);
  co_return offline;
}

/// RV-21: in the certificate's order, until one answers.
Task<revocation::Finding> Responders::ask_ocsp(const Question& question, const Places& places,
                                               Deadline deadline) {
  std::string why;
  std::size_t asked = 0;
  for (const std::string& url : question.certificate.ocsp_urls()) {
    if (++asked > kMaxOcspUrls || passed(deadline)) break;
    auto value = co_await fetcher_.ocsp(url, question, places, deadline);
    Result<Finding> found = Error();
    if (value) {
      found = revocation::judge_ocsp(as_bytes(*(*value)->bytes), question.subject());
    } else {
      found = std::move(value).error();
    }
    if (found) co_return found;
    why += (why.empty() ? "" : "; ") + found.error().message();
  }
  co_return unknown("RV-21", why.empty() ? "no time was left to ask" : why);
}

/// RV-30: all of them, since each may be a part; the first that says revoked decides.
Task<revocation::Finding> Responders::ask_crls(const Question& question, const Places& places,
                                               Deadline deadline) {
  const std::vector<std::string>& urls = question.certificate.crl_urls();
  if (urls.size() > kMaxCrlUrls)
    co_return unknown("RV-30", fmt::format("more than {} CRL addresses", kMaxCrlUrls));
  for (const std::string& url : urls) {
    if (!is_plain_http(url)) {
      co_return unknown(
          "RV-30", fmt::format("{}: only http:// addresses are asked", printable(url, kUrlShown)));
    }
  }
  std::optional<Finding> all;
  for (const std::string& url : urls) {
    auto found = co_await ask_one_crl(url, question, places, deadline);
    if (!found) co_return found;
    if (found->status == Status::kRevoked) co_return found;
    // Only what all of them say together is newer than what was known, and it ends with the first.
    if (all && all->this_update < found->this_update) found->this_update = all->this_update;
    if (all && all->next_update < found->next_update) found->next_update = all->next_update;
    if (all && !found->invalidity_date) {
      found->invalidity_date = all->invalidity_date;
      found->reason = all->reason;
    }
    all = *std::move(found);
  }
  if (!all) co_return unknown("RV-30", "no CRL address");
  co_return *all;
}

Task<revocation::Finding> Responders::ask_one_crl(std::string url, const Question& question,
                                                  const Places& places, Deadline deadline) {
  const std::string shown = printable(url, kUrlShown);
  const revocation::Subject subject = question.subject();
  auto base = co_await fetcher_.list(url, nullptr, question, places, deadline);
  if (!base) co_return std::move(base).error();
  const x509::Crl& list = *(*base)->list;
  auto fine = revocation::check_list(list, ListKind::kBase, ListSignature::kVerified, subject);
  if (fine) fine = revocation::check_scope(list, question.certificate, url);
  if (!fine) co_return std::move(fine).error().while_doing(shown);
  AnswerCache::Value delta;
  std::string why;
  std::size_t tried = 0;
  for (const std::string& delta_url : list.freshest()) {
    if (++tried > kMaxDeltaUrls) break;
    auto fetched = co_await fetcher_.list(delta_url, *base, question, places, deadline);
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
  if (!delta && question.certificate.names_freshest_crl()) {
    co_return unknown(
        "RV-35",
        fmt::format("{}: the certificate names a delta CRL, which this CRL does not", shown));
  }
  auto found = revocation::judge_lists(list, delta ? &*delta->list : nullptr, subject);
  if (!found) co_return std::move(found).error().while_doing(shown);
  co_return found;
}

}  // namespace countersign::responders
