#pragma once
/// The three hash algorithms that Notary Project and OCI digests use, and SHA-1 for the names that
/// OCSP gives to issuers. No others exist here.

#include <cstdint>
#include <memory>

#include "base/bytes.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): OpenSSL's own name.
struct evp_md_ctx_st;

namespace countersign::crypto {

enum class HashAlgorithm : std::uint8_t { kSha256, kSha384, kSha512 };

/// 32, 48 or 64.
[[nodiscard]] std::size_t size_of(HashAlgorithm algorithm) noexcept;

/// Throws `std::bad_alloc` if OpenSSL has no memory; so does Hasher.
[[nodiscard]] Bytes hash(HashAlgorithm algorithm, BytesView data);

/// SHA-1, by which OCSP names an issuer (RFC 6960 4.1.1). It says which certificate is meant and
/// proves nothing. Throws as `hash` does.
[[nodiscard]] Bytes sha1_name(BytesView data);

/// Hashes what arrives in pieces.
class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void update(BytesView data);
  /// Ends the hash; the object is of no further use.
  [[nodiscard]] Bytes finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace countersign::crypto
