#include "adapters/registry/referrers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "adapters/http/headers.hpp"
#include "adapters/registry/error_answer.hpp"
#include "adapters/registry/resolve.hpp"
#include "base/text.hpp"
#include "oci/media_type.hpp"

namespace countersign::registry {
namespace {

namespace media_type = oci::media_type;

Error bad(std::string_view what, std::string_view why) {
  return {Outcome::kRegistryMisbehaved, "BAD_RESPONSE", fmt::format("{}: {}", what, why)};
}

/// "OCI-Filters-Applied: artifactType"
bool says_filtered(const http::Response& response) {
  for (std::string_view value : header_values(response, "oci-filters-applied")) {
    while (!value.empty()) {
      const std::size_t comma = value.find(',');
      if (ascii_iequals(trimmed(value.substr(0, comma)), "artifactType")) return true;
      if (comma == std::string_view::npos) break;
      value.remove_prefix(comma + 1);
    }
  }
  return false;
}

ApiAnswer of_kind(ApiAnswer::Kind kind) {
  ApiAnswer answer;
  answer.kind = kind;
  return answer;
}

ApiAnswer broken(Error error) {
  ApiAnswer answer;
  answer.error = std::move(error);
  return answer;
}

ApiAnswer judge_list(std::string_view what, const http::Response& response) {
  auto type = content_type(response);
  if (!type) return broken(std::move(type).error().while_doing(what));
  const bool is_index = *type == media_type::kOciIndex;
  // Login pages and catch-alls of web applications answer 200 to everything.
  if (!is_index && *type != "application/json") return of_kind(ApiAnswer::Kind::kUnsupported);
  auto index = oci::parse_index(response.body);
  if (!index && !is_index) return of_kind(ApiAnswer::Kind::kUnsupported);
  if (!index) return broken(std::move(index).error().while_doing(what));
  ApiAnswer answer = of_kind(ApiAnswer::Kind::kList);
  answer.filtered = says_filtered(response) || index->filters_applied;
  answer.index = *std::move(index);
  return answer;
}

}  // namespace

ApiAnswer judge_api_answer(std::string_view what, const http::Response& response) {
  using Kind = ApiAnswer::Kind;
  switch (response.status) {
    case 200:
      return judge_list(what, response);
    case 404:
      return of_kind(read_error_body(response.body).has("NAME_UNKNOWN") ? Kind::kNoRepository
                                                                        : Kind::kUnsupported);
    case 400:
    case 405:
    case 406:
    case 501:
      return of_kind(Kind::kUnsupported);
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return of_kind(Kind::kUnsupported);  // to another origin: same-origin ones were followed
    case 403: {
      if (!read_error_body(response.body).is_denial()) return of_kind(Kind::kBlocked);
      ApiAnswer answer = of_kind(Kind::kDenied);
      answer.error = status_error(what, response);
      return answer;
    }
    default:
      return broken(status_error(what, response));
  }
}

Result<oci::Index> judge_further_page(std::string_view what, const http::Response& response) {
  if (response.status != 200) {
    Error error = status_error(what, response);
    // The first page was there, so this is not about the image.
    return error.outcome() == Outcome::kImageNotFound
               ? std::move(error).as(Outcome::kRegistryMisbehaved)
               : error;
  }
  ApiAnswer answer = judge_list(what, response);
  if (answer.kind == ApiAnswer::Kind::kList) return std::move(answer.index);
  if (answer.error) return *std::move(answer.error);
  return bad(what, "a further page that is no OCI index");
}

Result<std::optional<oci::Index>> judge_tag_answer(std::string_view what,
                                                   const oci::Digest& subject,
                                                   const http::Response& response) {
  if (response.status == 404) return std::optional<oci::Index>();
  if (response.status != 200) return status_error(what, response);
  // Some registries take the tag for the digest that it is made of, and answer with the image.
  if (subject.matches(as_bytes(response.body))) return std::optional<oci::Index>();
  auto type = content_type(response);
  if (!type) return std::move(type).error().while_doing(what);
  if (*type != media_type::kOciIndex) {
    if (!is_generic_type(*type)) return std::optional<oci::Index>();
    auto declared = oci::declared_media_type(response.body);
    if (!declared) return std::move(declared).error().while_doing(what);
    if (*declared != media_type::kOciIndex) return std::optional<oci::Index>();
  }
  auto index = oci::parse_index(response.body);
  if (!index) return std::move(index).error().while_doing(what);
  return std::optional<oci::Index>(*std::move(index));
}

bool CandidateList::add(const oci::Index& index) {
  seen_ += index.malformed_entries;
  for (const oci::Descriptor& entry : index.manifests) {
    if (seen_ >= kMaxReferrers) return false;
    ++seen_;
    add_entry(entry);
  }
  return true;
}

void CandidateList::add_entry(const oci::Descriptor& entry) {
  const auto same = [&](const oci::Descriptor& each) { return each.digest == entry.digest; };
  if (entry.digest == subject_ || std::ranges::any_of(signatures_, same)) return;
  if (entry.artifact_type == media_type::kNotarySignature) {
    std::erase_if(maybes_, same);
    signatures_.push_back(entry);
    return;
  }
  // Registries that take the type from the config, and lists made by hand, do not say that it is a
  // signature.
  const bool unsaid = entry.artifact_type.empty() || entry.artifact_type == media_type::kOciEmpty;
  const bool manifest = entry.media_type == media_type::kOciManifest;
  if (!unsaid || !manifest || maybes_.size() >= kMaxMaybes || std::ranges::any_of(maybes_, same))
    return;
  maybes_.push_back(entry);
}

std::vector<oci::Descriptor> CandidateList::take() && {
  std::ranges::move(maybes_, std::back_inserter(signatures_));
  return std::move(signatures_);
}

std::string referrers_tag(const oci::Digest& subject) {
  constexpr std::size_t kMaxAlgorithm = 32;
  constexpr std::size_t kMaxEncoded = 64;
  const std::string& text = subject.to_string();
  const std::size_t colon = text.find(':');
  std::string tag =
      text.substr(0, std::min(colon, kMaxAlgorithm)) + "-" + text.substr(colon + 1, kMaxEncoded);
  for (char& c : tag) {
    const bool legal = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '.' || c == '_';
    if (!legal) c = '-';
  }
  return tag;
}

}  // namespace countersign::registry
