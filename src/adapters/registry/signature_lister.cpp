#include "adapters/registry/signature_lister.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "adapters/http/describe.hpp"
#include "adapters/http/headers.hpp"
#include "adapters/registry/link.hpp"
#include "async/wakeup.hpp"
#include "oci/media_type.hpp"

namespace countersign::registry {
namespace {

Ask list_ask(http::Url url) {
  return Ask{.kind = ports::ExchangeKind::kReferrers,
             .method = http::Method::kGet,
             .url = std::move(url),
             .accept = std::string(oci::media_type::kOciIndex),
             .max_body = oci::kMaxManifestBytes,
             .redirects = Ask::Redirects::kSameOrigin,
             .category = resilience::Category::kReferrers};
}

Error limit_reached(const std::string& what, std::string_view limit) {
  return {Outcome::kRegistryMisbehaved, "BUDGET_EXHAUSTED",
          fmt::format("{}: more than {}", what, limit)};
}

}  // namespace

struct SignatureLister::Search {
  Target target;
  ports::Subject subject;
  Deadline deadline;
  CandidateList candidates;
  ports::ListingMethod method = ports::ListingMethod::kReferrersApi;
  std::optional<Error> incomplete{};  ///< no list, or not all of it
  std::optional<Error> denied{};      ///< what is left if the tag schema has nothing either
  std::string rests_on{};
  bool has_api = false;
  bool maybe_filtered = false;  ///< the server filtered, or may have: it listed nothing

  Search(Target target, ports::Subject subject, Deadline deadline)
      : target(std::move(target)),
        subject(std::move(subject)),
        deadline(deadline),
        candidates(this->subject.digest) {}
};

Task<ports::SignatureList> SignatureLister::list(Target target, ports::Subject subject,
                                                 Deadline deadline) {
  Search search(std::move(target), std::move(subject), deadline);
  const bool tag_first = exchange_.capabilities().has_none(
      search.target.endpoint.registry(), search.target.repository, exchange_.clock().now());
  if (tag_first) {
    auto searched = co_await search_tag(search);
    if (!searched) search.incomplete = std::move(searched).error();
    if (!search.candidates.empty()) {
      ports::SignatureList list = result_of(std::move(search));
      list.has_rest = true;
      co_return list;
    }
  }
  auto asked = co_await search_api(search);
  if (!asked) {
    if (search.candidates.empty()) co_return std::move(asked).error();
    search.incomplete = std::move(asked).error();
  }
  // Also where the API said "none": signers push the tag to be found by everyone. What may turn out
  // to be a signature must not hide one that is.
  if (!tag_first && !search.candidates.has_signatures()) {
    auto searched = co_await search_tag(search);
    if (!searched && search.candidates.empty()) co_return std::move(searched).error();
    if (!searched && !search.incomplete) search.incomplete = std::move(searched).error();
  }
  if (search.candidates.empty() && search.denied) search.incomplete = search.denied;
  if (search.candidates.empty() && search.incomplete) co_return *std::move(search.incomplete);
  co_return result_of(std::move(search));
}

Task<ports::SignatureList> SignatureLister::list_rest(Target target, ports::Subject subject,
                                                      Deadline deadline) {
  Search search(std::move(target), std::move(subject), deadline);
  auto asked = co_await search_api(search);
  if (!asked) search.incomplete = std::move(asked).error();
  if (search.denied) search.incomplete = search.denied;
  co_return result_of(std::move(search));
}

ports::SignatureList SignatureLister::result_of(Search search) {
  ports::SignatureList list;
  list.method = search.method;
  list.incomplete = std::move(search.incomplete);
  list.rests_on = std::move(search.rests_on);
  if (search.candidates.leaves_out() && !list.incomplete) {
    list.incomplete =
        limit_reached("the list of " + search.subject.digest.short_text(),
                      fmt::format("{} entries that do not say what they are", kMaxMaybes));
  }
  list.candidates = std::move(search.candidates).take();
  return list;
}

/// Fails where nothing was listed.
Task<void> SignatureLister::search_api(Search& search) {
  auto filtered = co_await list_by_api(search, Filter::kNotarySignatures);
  if (!filtered) co_return std::move(filtered).error();
  // Some servers take the type from the config, and then filter away what has an empty one.
  const bool maybe_more = search.has_api && search.maybe_filtered && !search.incomplete &&
                          !search.candidates.has_signatures();
  if (maybe_more) {
    auto all = co_await list_by_api(search, Filter::kNone);
    if (!all) co_return std::move(all).error();
  }
  if (search.candidates.empty() && search.incomplete) co_return *search.incomplete;
  co_return ok();
}

/// A repository that gave a list has the API: when it says otherwise, something is down. What is no
/// registry's answer is asked for once more.
Task<ApiAnswer> SignatureLister::first_page(Search& search, const http::Url& url,
                                            http::Response& response) {
  using Kind = ApiAnswer::Kind;
  const http::Asked what(http::Method::kGet, url);
  for (unsigned attempt = 1;; ++attempt) {
    auto got = co_await exchange_.ask(search.target, list_ask(url), search.deadline);
    if (!got) co_return std::move(got).error();
    response = *std::move(got);
    ApiAnswer answer = judge_api_answer(what.text(), response);
    const bool none = answer.kind == Kind::kNone || answer.kind == Kind::kNoRepository ||
                      answer.kind == Kind::kOdd;
    if (!none) co_return answer;
    const Clock::TimePoint now = exchange_.clock().now();
    const bool holds = exchange_.capabilities().says_none(
        search.target.endpoint.registry(), search.target.repository, answer.kind == Kind::kNone,
        now, exchange_.jitter());
    if (holds && answer.kind != Kind::kOdd) co_return answer;
    const auto pause = exchange_.short_pause();
    if (attempt == 1 && now + 2 * pause < search.deadline.at()) {
      [[maybe_unused]] const bool slept = co_await sleep_for(exchange_.clock(), pause);
      continue;
    }
    if (holds) co_return answer;
    co_return Error(Outcome::kRegistryUnreachable, "SERVER_ERROR",
                    fmt::format("{}: answered {}, though this repository has the referrers API",
                                what.text(), response.status));
  }
}

Task<void> SignatureLister::list_by_api(Search& search, Filter filter) {
  http::Url url = search.target.url("referrers/" + search.subject.digest.to_string());
  const std::string path = url.path();
  if (filter == Filter::kNotarySignatures)
    url.add_query("artifactType", oci::media_type::kNotarySignature);
  http::Response response;
  auto answer = co_await first_page(search, url, response);
  if (!answer) co_return std::move(answer).error();
  switch (answer->kind) {
    case ApiAnswer::Kind::kBroken:
      co_return std::move(*answer->error);
    case ApiAnswer::Kind::kOdd:
      search.rests_on = "the registry's referrers API answered " + answer->oddity +
                        ", twice, so only the referrers tag was read";
      co_return ok();
    case ApiAnswer::Kind::kNone:
    case ApiAnswer::Kind::kNoRepository:
      co_return ok();
    case ApiAnswer::Kind::kDenied:
      search.denied = std::move(answer->error);
      co_return ok();
    case ApiAnswer::Kind::kList:
      break;
  }
  search.has_api = true;
  exchange_.capabilities().gave_list(search.target.endpoint.registry(), search.target.repository);
  const bool whole = search.candidates.add(answer->index);
  if (!whole) {
    search.incomplete = limit_reached(http::describe(http::Method::kGet, url),
                                      fmt::format("{} referrers", kMaxReferrers));
    co_return ok();
  }
  auto pages = co_await read_pages(search, url, response, path);
  if (!pages) search.incomplete = std::move(pages).error();
  search.maybe_filtered = answer->filtered || search.candidates.seen() == 0;
  co_return ok();
}

Task<void> SignatureLister::read_pages(Search& search, http::Url page, const http::Response& first,
                                       std::string path) {
  std::set<std::string> visited = {page.to_string()};
  std::size_t bytes = first.body.size();
  auto next = next_page(header_values(first, "link"), page, path);
  for (unsigned pages = 1;; ++pages) {
    const http::Asked from(http::Method::kGet, page);
    if (!next) co_return std::move(next).error().while_doing(from.text());
    if (!*next) co_return ok();
    page = **std::move(next);
    const http::Asked what(http::Method::kGet, page);
    if (!visited.insert(page.to_string()).second) {
      co_return Error(Outcome::kRegistryMisbehaved, "BAD_RESPONSE",
                      what.text() + ": the pages go in a circle");
    }
    if (pages >= kMaxPages)
      co_return limit_reached(what.text(), fmt::format("{} pages of referrers", kMaxPages));
    auto response = co_await exchange_.ask(search.target, list_ask(page), search.deadline);
    if (!response) co_return std::move(response).error();
    bytes += response->body.size();
    if (bytes > kMaxReferrersBytes) co_return limit_reached(what.text(), "8 MiB of referrers");
    auto index = judge_further_page(what.text(), *response);
    if (!index) co_return std::move(index).error();
    const bool whole = search.candidates.add(*index);
    if (!whole) co_return limit_reached(what.text(), fmt::format("{} referrers", kMaxReferrers));
    next = next_page(header_values(*response, "link"), page, path);
  }
}

Task<void> SignatureLister::search_tag(Search& search) {
  search.method = ports::ListingMethod::kReferrersTag;
  // One GET by tag: writers delete the old index after they pushed the new one.
  Ask ask = list_ask(search.target.url("manifests/" + referrers_tag(search.subject.digest)));
  ask.redirects = Ask::Redirects::kAnywhere;
  ask.category = resilience::Category::kRead;
  const http::Asked what(http::Method::kGet, ask.url);
  auto response = co_await exchange_.ask(search.target, std::move(ask), search.deadline);
  if (!response) co_return std::move(response).error();
  auto index = judge_tag_answer(what.text(), search.subject.digest, *response);
  if (!index) co_return std::move(index).error();
  if (!*index) co_return ok();
  const bool whole = search.candidates.add(**index);
  if (!whole) co_return limit_reached(what.text(), fmt::format("{} referrers", kMaxReferrers));
  co_return ok();
}

}  // namespace countersign::registry
