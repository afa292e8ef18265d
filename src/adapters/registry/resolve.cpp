#include "adapters/registry/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "adapters/http/headers.hpp"
#include "base/text.hpp"
#include "oci/manifest.hpp"
#include "oci/media_type.hpp"

namespace countersign::registry {
namespace {

namespace media_type = oci::media_type;

constexpr std::string_view kDigestHeader = "docker-content-digest";

Error bad(std::string what) {
  return {Outcome::kRegistryMisbehaved, "BAD_RESPONSE", std::move(what)};
}
Error mismatch(std::string what) {
  return {Outcome::kRegistryMisbehaved, "DIGEST_MISMATCH", std::move(what)};
}

bool is_schema1(std::string_view type) {
  return type == media_type::kDockerSchema1 || type == media_type::kDockerSchema1Signed;
}

bool is_docker(std::string_view type) {
  return type == media_type::kDockerList || type == media_type::kDockerManifest;
}

/// A size that stands exactly once, is not 0 and within the limit.
std::optional<std::uint64_t> usable_length(const http::Response& response) {
  const auto values = header_values(response, "content-length");
  if (values.size() != 1) return std::nullopt;
  const std::string_view text = trimmed(values.front());
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (length == 0 || length > oci::kMaxManifestBytes) return std::nullopt;
  return length;
}

}  // namespace

bool is_generic_type(std::string_view essence) noexcept {
  return essence.empty() || essence == "application/json" || essence == "text/plain" ||
         essence == "application/octet-stream" || essence == "binary/octet-stream";
}

Result<std::string> content_type(const http::Response& response) {
  if (is_contradictory(response, "content-type")) return bad("two different Content-Type headers");
  return media_type::essence(header(response, "content-type"));
}

std::optional<Result<ports::Subject>> judge_head(const std::optional<oci::Digest>& wanted,
                                                 const http::Response& response) {
  const auto type = content_type(response);
  if (!type) return Result<ports::Subject>(type.error());
  const auto digests = header_values(response, kDigestHeader);
  if (digests.size() > 1) return std::nullopt;
  std::optional<oci::Digest> announced;
  if (digests.size() == 1) {
    auto parsed = oci::Digest::parse(trimmed(digests.front()));
    if (!parsed) return std::nullopt;
    announced = *std::move(parsed);
  }
  if (wanted && announced && announced->algorithm() == wanted->algorithm() &&
      *announced != *wanted) {
    return Result<ports::Subject>(mismatch("asked for " + wanted->to_string() +
                                           ", the registry answers for " + announced->to_string()));
  }
  // The length is of something else then.
  if (const std::string_view encoding = trimmed(header(response, "content-encoding"));
      !encoding.empty() && !ascii_iequals(encoding, "identity")) {
    return std::nullopt;
  }
  const auto& digest = wanted ? wanted : announced;
  const auto length = usable_length(response);
  if (!digest || !length || !media_type::is_image(*type)) return std::nullopt;
  return Result<ports::Subject>(
      ports::Subject{.digest = *digest, .media_type = *type, .size = *length});
}

Result<ports::Subject> judge_get(const std::optional<oci::Digest>& wanted,
                                 const http::Response& response) {
  const std::string& body = response.body;
  if (body.empty()) return bad("the body is empty");
  if (body.size() > oci::kMaxManifestBytes) {
    return Error(Outcome::kRegistryMisbehaved, "TOO_LARGE",
                 fmt::format("a manifest of {} bytes", body.size()));
  }
  // First: the digest of such a manifest is not that of the bytes sent.
  COUNTERSIGN_TRY(std::string type, content_type(response));
  if (is_schema1(type)) {
    return Error(Outcome::kRegistryMisbehaved, "SCHEMA1_REFUSED",
                 "Docker schema 1 manifests are not supported");
  }
  const auto algorithm = wanted ? wanted->algorithm() : crypto::HashAlgorithm::kSha256;
  oci::Digest computed = oci::Digest::of(algorithm, as_bytes(body));
  if (wanted && computed != *wanted) {
    return mismatch("asked for " + wanted->to_string() + ", received bytes of " +
                    computed.to_string());
  }
  if (is_contradictory(response, kDigestHeader))
    return bad("two different Docker-Content-Digest headers");
  if (const std::string_view text = trimmed(header(response, kDigestHeader)); !text.empty()) {
    const auto announced = oci::Digest::parse(text);
    if (!announced && !wanted) return bad("Docker-Content-Digest: " + announced.error().message());
    if (announced && announced->algorithm() == algorithm && *announced != computed) {
      return mismatch("announced " + announced->to_string() + ", sent bytes of " +
                      computed.to_string());
    }
  }
  COUNTERSIGN_TRY(const std::string declared, oci::declared_media_type(body));
  // The type is part of what a signature names, so it is never guessed from the document's shape.
  if (is_generic_type(type)) {
    if (declared.empty()) return bad("neither Content-Type nor mediaType says what this is");
    type = declared;
  } else if (!declared.empty() && declared != type) {
    return bad(fmt::format("mediaType \"{}\" under Content-Type \"{}\"", printable(declared, 128),
                           printable(type, 128)));
  }
  if (!media_type::is_image(type))
    return bad(fmt::format("\"{}\" is no image", printable(type, 128)));
  if (is_docker(type) && declared.empty()) return bad("a Docker manifest without mediaType");
  return ports::Subject{
      .digest = std::move(computed), .media_type = std::move(type), .size = body.size()};
}

}  // namespace countersign::registry
