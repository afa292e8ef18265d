#include "adapters/registry/signature_lister.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

#include "adapters/http/describe.hpp"
#include "adapters/http/headers.hpp"
#include "adapters/registry/link.hpp"
#include "oci/media_type.hpp"

namespace countersign::registry {
namespace {

Ask list_ask(http::Url url) {
  return Ask{.kind = ports::ExchangeKind::kReferrers,
             .method = http::Method::kGet,
             .url = std::move(url),
             .accept = std::string(oci::media_type::kOciIndex),
             .max_body = oci::kMaxManifestBytes,
             .redirects = Ask::Redirects::kSameOrigin};
}

Error limit_reached(const std::string& what, std::string_view limit) {
  return {Outcome::kRegistryMisbehaved, "BUDGET_EXHAUSTED",
          fmt::format("{}: more than {}", what, limit)};
}

}  // namespace

Task<ports::SignatureList> SignatureLister::list(Target target, ports::Subject subject,
                                                 Deadline deadline) {
  const std::string origin = target.endpoint.base().origin();
  ports::SignatureList list;
  CandidateList candidates(subject.digest);
  std::optional<Error> incomplete;
  std::optional<Error> denied;

  if (capabilities_.find(origin, target.repository, exchange_.clock().now()) !=
      Capability::kUnsupported) {
    auto pass =
        co_await list_by_api(target, subject, Filter::kNotarySignatures, candidates, deadline);
    if (!pass) co_return std::move(pass).error();
    incomplete = pass->error;
    denied = pass->denied;
    // Some servers take the type from the config, and then filter away what has an empty one.
    if (!candidates.has_signatures() && !incomplete && pass->supported && pass->maybe_filtered) {
      auto all = co_await list_by_api(target, subject, Filter::kNone, candidates, deadline);
      if (!all) co_return std::move(all).error();
      incomplete = all->error;
      denied = all->denied;
    }
    if (candidates.empty() && incomplete) co_return *std::move(incomplete);
  }
  // Also where the API said "none": signers push the tag to be found by everyone. What may turn out
  // to be a signature must not hide one that is.
  if (!candidates.has_signatures()) {
    list.method = ports::ListingMethod::kReferrersTag;
    auto done = co_await list_by_tag(target, subject, candidates, deadline);
    if (!done && candidates.empty()) co_return std::move(done).error();
    if (!done && !incomplete) incomplete = std::move(done).error();
    if (candidates.empty() && denied) incomplete = std::move(denied);
  }
  list.candidates = std::move(candidates).take();
  list.incomplete = std::move(incomplete);
  co_return list;
}

Task<SignatureLister::Pass> SignatureLister::list_by_api(const Target& target,
                                                         const ports::Subject& subject,
                                                         Filter filter, CandidateList& candidates,
                                                         Deadline deadline) {
  const std::string origin = target.endpoint.base().origin();
  http::Url url = target.url("referrers/" + subject.digest.to_string());
  const std::string path = url.path();
  if (filter == Filter::kNotarySignatures)
    url.add_query("artifactType", oci::media_type::kNotarySignature);
  const http::Asked what(http::Method::kGet, url);
  auto response = co_await exchange_.ask(target, list_ask(url), deadline);
  Pass pass;
  if (!response) {
    pass.error = std::move(response).error();
    co_return pass;
  }
  ApiAnswer answer = judge_api_answer(what.text(), *response);
  switch (answer.kind) {
    case ApiAnswer::Kind::kBroken:
      pass.error = std::move(answer.error);
      co_return pass;
    case ApiAnswer::Kind::kUnsupported:
      capabilities_.learn_unsupported(origin, target.repository, CapabilityCache::kUnsupportedTtl,
                                      exchange_.clock().now(), exchange_.jitter());
      co_return pass;
    case ApiAnswer::Kind::kBlocked:
      capabilities_.learn_unsupported(origin, target.repository, CapabilityCache::kBlockedTtl,
                                      exchange_.clock().now(), exchange_.jitter());
      co_return pass;
    case ApiAnswer::Kind::kNoRepository:
      co_return pass;
    case ApiAnswer::Kind::kDenied:
      pass.denied = std::move(answer.error);
      co_return pass;
    case ApiAnswer::Kind::kList:
      break;
  }
  pass.supported = true;
  capabilities_.learn_supported(origin, exchange_.clock().now(), exchange_.jitter());
  const bool whole = candidates.add(answer.index);
  if (!whole) {
    pass.error = limit_reached(what.text(), fmt::format("{} referrers", kMaxReferrers));
    co_return pass;
  }
  auto pages = co_await read_pages(target, url, *response, path, candidates, deadline);
  if (!pages) pass.error = std::move(pages).error();
  pass.maybe_filtered = answer.filtered || candidates.seen() == 0;
  co_return pass;
}

Task<void> SignatureLister::read_pages(const Target& target, http::Url page,
                                       const http::Response& first, std::string path,
                                       CandidateList& candidates, Deadline deadline) {
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
    auto response = co_await exchange_.ask(target, list_ask(page), deadline);
    if (!response) co_return std::move(response).error();
    bytes += response->body.size();
    if (bytes > kMaxReferrersBytes) co_return limit_reached(what.text(), "8 MiB of referrers");
    auto index = judge_further_page(what.text(), *response);
    if (!index) co_return std::move(index).error();
    const bool whole = candidates.add(*index);
    if (!whole) co_return limit_reached(what.text(), fmt::format("{} referrers", kMaxReferrers));
    next = next_page(header_values(*response, "link"), page, path);
  }
}

Task<void> SignatureLister::list_by_tag(const Target& target, const ports::Subject& subject,
                                        CandidateList& candidates, Deadline deadline) {
  // One GET by tag: writers delete the old index after they pushed the new one.
  Ask ask = list_ask(target.url("manifests/" + referrers_tag(subject.digest)));
  ask.redirects = Ask::Redirects::kAnywhere;
  const http::Asked what(http::Method::kGet, ask.url);
  auto response = co_await exchange_.ask(target, std::move(ask), deadline);
  if (!response) co_return std::move(response).error();
  auto index = judge_tag_answer(what.text(), subject.digest, *response);
  if (!index) co_return std::move(index).error();
  if (!*index) co_return ok();
  const bool whole = candidates.add(**index);
  if (!whole) co_return limit_reached(what.text(), fmt::format("{} referrers", kMaxReferrers));
  co_return ok();
}

}  // namespace countersign::registry
