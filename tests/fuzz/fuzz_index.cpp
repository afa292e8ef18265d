// Any bytes as pages of referrers, 0x1E between them; behind an 'E', edits of a good page. What is
// read stands in the page; candidates are bounded in number, stand once, are no other image's than
// the list says, and are fetched only within the limit of their size.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/registry/candidate.hpp"
#include "adapters/registry/referrers.hpp"
#include "fuzz/edited.hpp"
#include "fuzz/json_reading.hpp"
#include "fuzz/memory.hpp"
#include "fuzz/require.hpp"
#include "fuzz/scripted_registry.hpp"
#include "oci/media_type.hpp"

namespace {

namespace cs = countersign;
namespace media_type = cs::oci::media_type;
using cs::fuzz::require;
using cs::oci::Descriptor;
using cs::oci::Index;
using cs::registry::ApiAnswer;
using cs::registry::CandidateList;

const cs::ports::Subject& subject() {
  static const cs::ports::Subject subject{
      .digest = *cs::oci::Digest::parse("sha256:" + std::string(64, '5')),
      .media_type = std::string(media_type::kOciManifest),
      .size = 7};
  return subject;
}

std::string entry(char digit, std::string_view artifact_type) {
  return R"({"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:)" +
         std::string(64, digit) + R"(","size":728,"artifactType":")" + std::string(artifact_type) +
         R"(","annotations":{"io.cncf.notary.x509chain.thumbprint#S256":"[\"ab\"]"}})";
}

std::string good_page() {
  return R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[)" +
         entry('1', media_type::kNotarySignature) + "," + entry('2', "") + "," +
         entry('3', media_type::kOciEmpty) + "," + entry('5', media_type::kNotarySignature) + "," +
         entry('4', media_type::kNotarySignature) + R"(],"annotations":{}})";
}

cs::http::Response answer(std::string_view type, std::string_view body) {
  cs::http::Response response;
  response.status = 200;
  response.headers.emplace_back("content-type", type);
  response.body = body;
  return response;
}

/// An entry as the page has it.
bool says_the_same(const nlohmann::json& entry, const Descriptor& read) {
  const auto size = entry.find("size");
  const auto annotations = entry.find("annotations");
  const bool annotated = annotations != entry.end() && annotations->is_object();
  return size != entry.end() && size->is_number_unsigned() && *size == read.size &&
         cs::fuzz::text_in(entry, "digest") == read.digest.to_string() &&
         cs::fuzz::text_in(entry, "mediaType") == read.media_type &&
         cs::fuzz::text_in(entry, "artifactType") == read.artifact_type &&
         cs::fuzz::text_in(entry, "data") == read.data &&
         read.chain_thumbprints ==
             (annotated
                  ? cs::fuzz::text_in(*annotations, "io.cncf.notary.x509chain.thumbprint#S256")
                  : "");
}

void require_as_written(std::string_view page, const Index& index) {
  const auto json = cs::fuzz::lenient_json(page);
  require(json.is_object() && json.at("schemaVersion") == 2 && !json.contains("layers"));
  const auto& entries = json.at("manifests");
  require(index.manifests.size() + index.malformed_entries == entries.size());
  auto next = index.manifests.begin();
  for (const auto& each : entries) {
    if (next != index.manifests.end() && each.is_object() && says_the_same(each, *next)) ++next;
  }
  require(next == index.manifests.end());  // all of them, in their order
}

void check_page(std::string_view page) {
  std::optional<cs::Result<Index>> index;
  const std::size_t cost = cs::fuzz::peak_of([&] { index = cs::oci::parse_index(page); });
  require(cost <= 100 * page.size() + 16384);
  const auto response = answer(media_type::kOciIndex, page);
  const ApiAnswer first = cs::registry::judge_api_answer("GET x", response);
  const auto further = cs::registry::judge_further_page("GET x", response);
  require(further.has_value() == index->has_value());
  require((first.kind == ApiAnswer::Kind::kList) == index->has_value());
  require(first.error.has_value() == !index->has_value());
  if (index->has_value()) return require_as_written(page, **index);
  cs::fuzz::require_showable(*first.error);
  require(index->error().outcome() == cs::Outcome::kRegistryMisbehaved);
  // A body that is no list is none, whoever else may say so.
  const auto vague = cs::registry::judge_api_answer("GET x", answer("application/json", page));
  require(vague.kind == ApiAnswer::Kind::kOdd && cs::is_plain_ascii(vague.oddity));
}

/// Nothing that may be a signature is left out without a word.
void require_candidates(const std::vector<Index>& pages, const std::vector<Descriptor>& candidates,
                        bool whole) {
  std::set<std::string> signatures;
  std::set<std::string> listed;
  for (const Index& page : pages) {
    for (const Descriptor& each : page.manifests) {
      listed.insert(each.digest.to_string());
      if (each.artifact_type == media_type::kNotarySignature && each.digest != subject().digest)
        signatures.insert(each.digest.to_string());
    }
  }
  std::set<std::string> seen;
  std::size_t maybes = 0;
  for (const Descriptor& each : candidates) {
    require(seen.insert(each.digest.to_string()).second &&
            listed.contains(each.digest.to_string()));
    require(each.digest != subject().digest);
    const bool says = each.artifact_type == media_type::kNotarySignature;
    require(!says || maybes == 0);  // those that say so come first
    maybes += says ? 0 : 1;
    if (cs::registry::check_listed(each, subject())) {
      require(each.size <= cs::oci::kMaxManifestBytes);
      require(each.media_type == media_type::kOciManifest ||
              each.media_type == media_type::kOciArtifactManifest);
    }
  }
  require(candidates.size() <= cs::registry::kMaxReferrers && maybes <= cs::registry::kMaxMaybes);
  if (whole) require(std::ranges::includes(seen, signatures));
}

void check_list(const std::vector<std::string_view>& texts) {
  std::vector<Index> pages;
  for (const std::string_view text : texts) {
    auto index = cs::oci::parse_index(text);
    if (index) pages.push_back(*std::move(index));
  }
  CandidateList list(subject().digest);
  bool whole = true;
  for (const Index& page : pages) whole = list.add(page) && whole;
  const std::size_t seen = list.seen();
  const bool signatures = list.has_signatures();
  const bool empty = list.empty();
  const bool leaves_out = list.leaves_out();
  const auto candidates = std::move(list).take();
  require(empty == candidates.empty() && candidates.size() <= seen);
  require(signatures == std::ranges::any_of(candidates, [](const Descriptor& each) {
            return each.artifact_type == media_type::kNotarySignature;
          }));
  if (leaves_out) require(candidates.size() >= cs::registry::kMaxMaybes);
  require_candidates(pages, candidates, whole);
}

void check_tag(std::string_view page) {
  const auto index = cs::registry::judge_tag_answer("GET x", subject().digest,
                                                    answer(media_type::kOciIndex, page));
  require(index.has_value() == cs::oci::parse_index(page).has_value());
  // The image itself under the tag, where a registry takes it for a digest.
  const auto own = cs::oci::Digest::of(cs::crypto::HashAlgorithm::kSha256, cs::as_bytes(page));
  const auto itself =
      cs::registry::judge_tag_answer("GET x", own, answer(media_type::kOciIndex, page));
  require(itself.has_value() && !itself->has_value());
  const std::string tag = cs::registry::referrers_tag(own);
  require(tag.size() == 71 && tag == "sha256-" + std::string(own.hex()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with('E')) {
    const std::string page = good_page();
    const auto page_bytes = cs::as_bytes(page);
    const cs::Bytes bytes =
        cs::fuzz::edited(cs::Bytes(page_bytes.begin(), page_bytes.end()), {data + 1, size - 1});
    text = cs::as_text(bytes);
  }
  const auto pages = cs::fuzz::split(text, '\x1e');
  for (const std::string_view page : pages) {
    check_page(page);
    check_tag(page);
  }
  check_list(pages);
  return 0;
}
