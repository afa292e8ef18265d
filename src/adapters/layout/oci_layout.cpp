#include "adapters/layout/oci_layout.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/files/read_file.hpp"
#include "adapters/registry/candidate.hpp"
#include "adapters/registry/referrers.hpp"
#include "base/text.hpp"
#include "oci/media_type.hpp"

namespace countersign::layout {
namespace {

constexpr Outcome kBad = Outcome::kRegistryMisbehaved;
constexpr Reason kBadResponse{"BAD_RESPONSE"};

Error unreadable(const std::string& what, const Error& why) {
  return {kBad, kBadResponse, fmt::format("OCI layout: {}: {}", what, why.message())};
}

/// The tag alone, as most tools write it, or the whole reference.
bool is_named(const oci::Descriptor& descriptor, const oci::ImageReference& image) {
  if (descriptor.ref_name.empty() || !image.tag()) return false;
  return descriptor.ref_name == *image.tag() || descriptor.ref_name == image.text() ||
         descriptor.ref_name == image.name() + ":" + *image.tag();
}

}  // namespace

Result<oci::Index> OciLayout::read_index() const {
  const std::string path = folder_ + "/index.json";
  auto text = files::read_file(path, oci::kMaxManifestBytes, files::LinkRule::kFollow);
  if (!text) return unreadable(path, text.error());
  auto index = oci::parse_index(*text);
  if (!index) return unreadable(path, index.error());
  return index;
}

Result<std::string> OciLayout::read_blob(const oci::Digest& digest, std::uint64_t size,
                                         std::size_t limit) const {
  const std::string text = digest.to_string();
  const std::string path =
      folder_ + "/blobs/" + text.substr(0, text.find(':')) + "/" + std::string(digest.hex());
  if (size > limit)
    return Error(kBad, "TOO_LARGE", fmt::format("{} is over the limit of {} bytes", text, limit));
  auto content = files::read_file(path, limit, files::LinkRule::kFollow);
  if (!content) return unreadable(path, content.error());
  if (content->size() != size)
    return Error(kBad, kBadResponse,
                 fmt::format("{} has {} bytes, not {}", text, content->size(), size));
  if (!digest.matches(as_bytes(*content)))
    return Error(kBad, "DIGEST_MISMATCH", fmt::format("{} has another digest", path));
  return content;
}

Task<ports::Subject> OciLayout::resolve(oci::ImageReference image, Deadline /*deadline*/,
                                        ports::Trace* /*trace*/) {
  COUNTERSIGN_CO_TRY(const oci::Index index, read_index());
  for (const oci::Descriptor& descriptor : index.manifests) {
    const bool found =
        image.digest() ? descriptor.digest == *image.digest() : is_named(descriptor, image);
    if (!found) continue;
    COUNTERSIGN_CO_TRY(const std::string content,
                       read_blob(descriptor.digest, descriptor.size, oci::kMaxManifestBytes));
    co_return ports::Subject{
        .digest = descriptor.digest, .media_type = descriptor.media_type, .size = content.size()};
  }
  co_return Error(Outcome::kImageNotFound, "NOT_FOUND",
                  fmt::format("the OCI layout {} has no image {}", printable(folder_, 200),
                              printable(image.manifest_reference(), 200)));
}

Task<ports::SignatureList> OciLayout::list_signatures(oci::ImageReference /*image*/,
                                                      ports::Subject subject, Deadline /*deadline*/,
                                                      ports::Trace* /*trace*/) {
  COUNTERSIGN_CO_TRY(const oci::Index index, read_index());
  ports::SignatureList list;
  list.method = ports::ListingMethod::kLayout;
  const auto add = [&](const oci::Descriptor& descriptor) {
    const bool manifest = registry::check_listed(descriptor, subject).has_value();
    const bool may_be = descriptor.artifact_type.empty() ||
                        descriptor.artifact_type == oci::media_type::kNotarySignature;
    if (!manifest || !may_be) return;
    const auto same = [&](const oci::Descriptor& other) {
      return other.digest == descriptor.digest;
    };
    if (std::ranges::none_of(list.candidates, same)) list.candidates.push_back(descriptor);
  };
  const std::string referrers_tag = registry::referrers_tag(subject.digest);
  for (const oci::Descriptor& descriptor : index.manifests) {
    if (descriptor.media_type == oci::media_type::kOciIndex &&
        descriptor.ref_name == referrers_tag) {
      COUNTERSIGN_CO_TRY(const std::string content,
                         read_blob(descriptor.digest, descriptor.size, oci::kMaxManifestBytes));
      COUNTERSIGN_CO_TRY(const oci::Index referrers, oci::parse_index(content));
      for (const oci::Descriptor& referrer : referrers.manifests) add(referrer);
    } else {
      add(descriptor);
    }
  }
  co_return list;
}

Task<ports::FetchedSignature> OciLayout::fetch_signature(oci::ImageReference /*image*/,
                                                         ports::Subject subject,
                                                         oci::Descriptor candidate,
                                                         Deadline /*deadline*/,
                                                         ports::Trace* /*trace*/) {
  COUNTERSIGN_CO_CHECK(registry::check_listed(candidate, subject));
  COUNTERSIGN_CO_TRY(const std::string manifest,
                     read_blob(candidate.digest, candidate.size, oci::kMaxManifestBytes));
  COUNTERSIGN_CO_TRY(const oci::Descriptor envelope,
                     registry::envelope_of(candidate, subject, manifest));
  COUNTERSIGN_CO_TRY(const std::string content,
                     read_blob(envelope.digest, envelope.size, registry::kMaxEnvelopeBytes));
  const BytesView bytes = as_bytes(content);
  co_return ports::FetchedSignature{.media_type = envelope.media_type,
                                    .envelope = Bytes(bytes.begin(), bytes.end())};
}

}  // namespace countersign::layout
