#pragma once
/// Answers for the pure parts' tests.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/http/message.hpp"
#include "oci/digest.hpp"

namespace countersign::registry {

inline const std::string kManifestType = "application/vnd.oci.image.manifest.v1+json";
inline const std::string kIndexType = "application/vnd.oci.image.index.v1+json";
inline const std::string kNotary = "application/vnd.cncf.notary.signature";
/// An image's manifest.
inline const std::string kBody =
    R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","layers":[]})";
/// A digest of nothing.
inline const std::string kOther = "sha256:" + std::string(64, '0');
/// What signatures are asked for.
inline const std::string kSubject = R"({"schemaVersion":2,"layers":[1]})";

inline oci::Digest sha256(std::string_view text) {
  return oci::Digest::of(crypto::HashAlgorithm::kSha256, as_bytes(text));
}
inline oci::Digest sha512(std::string_view text) {
  return oci::Digest::of(crypto::HashAlgorithm::kSha512, as_bytes(text));
}

using Headers = std::vector<std::pair<std::string, std::string>>;

inline http::Response answer(long status, std::string body = {}, Headers headers = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

/// A registry's own 404.
inline http::Response not_found() {
  return answer(404, R"({"errors":[{"code":"MANIFEST_UNKNOWN"}]})");
}

inline http::Response get(std::string body, std::string type = kManifestType, Headers extra = {}) {
  if (!type.empty()) extra.emplace_back("content-type", std::move(type));
  return answer(200, std::move(body), std::move(extra));
}

}  // namespace countersign::registry
