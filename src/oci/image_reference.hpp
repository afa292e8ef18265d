#pragma once
/// What a user writes as `image`, and the registry, repository, tag and digest that it means.
///
/// Source: oci-registry section 1 (grammar, normalisation, refusals, test vectors);
/// kubernetes-admission 3.3; decisions 8, 18 and 31. Left to the caller: whether the host's address
/// may be contacted.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "oci/digest.hpp"

namespace countersign::oci {

/// A reference in normal form. Any ImageReference that exists has a valid registry and repository,
/// and a tag or a digest; with both, the digest wins and the tag is only for people.
class ImageReference {
 public:
  /// Errors: `kInvalidReference`; the reason is the short word of oci-registry section 1 ("format",
  /// "uppercase", "identifier", "too-long", "ambiguous-registry", "port", "ipv4", "ipv6", "host",
  /// "digest-format", …).
  static Result<ImageReference> parse(std::string_view text);

  /// The registry's identity: host in lower case, and its port unless it is that of https
  /// ("ghcr.io", "127.0.0.1:5000", "docker.io").
  [[nodiscard]] const std::string& registry() const noexcept { return registry_; }
  /// "library/nginx"
  [[nodiscard]] const std::string& repository() const noexcept { return repository_; }
  /// registry + "/" + repository: what trust policy scopes and rules are matched against.
  [[nodiscard]] std::string name() const { return registry_ + "/" + repository_; }
  [[nodiscard]] const std::optional<std::string>& tag() const noexcept { return tag_; }
  [[nodiscard]] const std::optional<Digest>& digest() const noexcept { return digest_; }
  /// The digest if there is one, else the tag: what stands in a manifest URL.
  [[nodiscard]] const std::string& manifest_reference() const;
  /// As the user wrote it.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  /// "registry/repository[:tag][@digest]" in normal form, the registry spelled as the user did:
  /// `Foo/bar` names the registry "foo", while "foo/bar" would be a Docker Hub name.
  [[nodiscard]] std::string to_string() const;

 private:
  ImageReference() = default;
  std::string text_;
  std::string registry_;
  std::string registry_as_written_;
  std::string repository_;
  std::optional<std::string> tag_;
  std::optional<Digest> digest_;
};

/// The image that a container or a user names: a reference, and nothing that a container runtime
/// would take for the ID of an image on its node, as it does `sha256:<hex>` (the beginning of an ID
/// is enough) and bare hex of 7 to 64 digits (decisions 8). Errors: as ImageReference::parse, and
/// "image-id".
Result<ImageReference> parse_image(std::string_view text);

/// A registry's name without the port that it has anyway: `shop.azurecr.io:443` and
/// `shop.azurecr.io` are one registry (decisions 31).
[[nodiscard]] std::string_view without_default_port(std::string_view registry) noexcept;

/// True if `text` is a repository path by the grammar, e.g. "team/app".
[[nodiscard]] bool is_repository_path(std::string_view text) noexcept;
/// True if `text` is host[:port] by the grammar (upper case allowed; no brackets, no underscore).
[[nodiscard]] bool is_domain(std::string_view text) noexcept;

}  // namespace countersign::oci
