#include "adapters/registry/referrers.hpp"

#include <fmt/format.h>

#include <algorithm>

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

/// "403 with text/html"
ApiAnswer odd(const http::Response& response) {
  ApiAnswer answer = of_kind(ApiAnswer::Kind::kOdd);
  const auto type = content_type(response);
  answer.oddity = fmt::format("{} with {}", response.status,
                              !type || type->empty() ? "no Content-Type" : printable(*type, 64));
  return answer;
}

ApiAnswer judge_list(std::string_view what, const http::Response& response) {
  auto type = content_type(response);
  if (!type) return broken(std::move(type).error().while_doing(what));
  const bool is_index = *type == media_type::kOciIndex;
  // Login pages and catch-alls of web applications answer 200 to everything.
  if (!is_index && *type != "application/json") return odd(response);
  auto index = oci::parse_index(response.body);
  if (!index && !is_index) return odd(response);
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
      if (read_error_body(response.body).has("NAME_UNKNOWN")) return of_kind(Kind::kNoRepository);
      // What Go's web server says of a path that it does not know.
      if (has_marks(response) || response.body == "404 page not found" ||
          response.body == "404 page not found\n")
        return of_kind(Kind::kNone);
      return odd(response);
    case 405:
    case 501:
      return of_kind(Kind::kNone);
    case 400:
      return read_error_body(response.body).codes.empty() ? odd(response) : of_kind(Kind::kNone);
    case 406:
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:  // to another origin: same-origin ones were followed
      return odd(response);
    case 403: {
      if (read_error_body(response.body).codes.empty()) return odd(response);
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
  if (response.status == 404 && has_marks(response)) return std::optional<oci::Index>();
  if (response.status != 200) return status_error(what, response);
  // Some registries take the tag for the digest that it is made of, and answer with the image.
  if (subject.matches(as_bytes(response.body))) return std::optional<oci::Index>();
  auto type = content_type(response);
  if (!type) return std::move(type).error().while_doing(what);
  if (*type != media_type::kOciIndex) {
    auto declared = oci::declared_media_type(response.body);
    if (!declared) return std::move(declared).error().while_doing(what);
    const bool other_manifest = !declared->empty() && *declared != media_type::kOciIndex &&
                                (*declared == *type || is_generic_type(*type));
    if (other_manifest) return std::optional<oci::Index>();
    if (!is_generic_type(*type) || declared->empty())
      return bad(what, "answered with " + printable(*type, 128) + ", which is no list");
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
  if (!unsaid || !manifest || std::ranges::any_of(maybes_, same)) return;
  maybes_.push_back(entry);
}

std::vector<oci::Descriptor> CandidateList::take() && {
  std::size_t taken = 0;
  constexpr std::uint64_t kLargestLikely = std::uint64_t{8} * 1024;
  const auto is_likely = [](const oci::Descriptor& each) {
    return !each.chain_thumbprints.empty() && each.size < kLargestLikely;
  };
  for (const bool likely : {true, false}) {
    for (const oci::Descriptor& each : maybes_) {
      if (is_likely(each) == likely && taken < kMaxMaybes) {
        signatures_.push_back(each);
        ++taken;
      }
    }
  }
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
