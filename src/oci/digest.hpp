#pragma once
/// Content digests.
///
/// Source: OCI Image Specification, descriptor.md, "Digests"; oci-registry 1.4; notary-verification
/// ST-8.

#include <compare>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "crypto/hash.hpp"

namespace countersign::oci {

/// `sha256:<64 hex>`, `sha384:<96 hex>` or `sha512:<128 hex>`, lower case. Any Digest that exists
/// is valid.
class Digest {
 public:
  /// Errors: `kInvalidReference` with reason "digest-format", "digest-length" or
  /// "digest-unsupported".
  static Result<Digest> parse(std::string_view text);
  static Digest of(crypto::HashAlgorithm algorithm, BytesView content);
  /// From the raw hash value, whose size is the algorithm's.
  static Digest from_hash(crypto::HashAlgorithm algorithm, BytesView value);

  [[nodiscard]] crypto::HashAlgorithm algorithm() const noexcept { return algorithm_; }
  [[nodiscard]] const std::string& to_string() const noexcept { return text_; }
  [[nodiscard]] std::string_view hex() const noexcept;
  /// "sha256:ab12cd34…": for people, never for comparison.
  [[nodiscard]] std::string short_text() const;
  /// True if `content` has this digest.
  [[nodiscard]] bool matches(BytesView content) const;

  friend bool operator==(const Digest& a, const Digest& b) { return a.text_ == b.text_; }
  friend auto operator<=>(const Digest& a, const Digest& b) { return a.text_ <=> b.text_; }

 private:
  Digest(crypto::HashAlgorithm algorithm, std::string text)
      : text_(std::move(text)), algorithm_(algorithm) {}
  std::string text_;
  crypto::HashAlgorithm algorithm_;
};

}  // namespace countersign::oci
