#include "crypto/hash.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include <new>

namespace countersign::crypto {
namespace {

/// Only memory exhaustion explains that OpenSSL cannot hash. That ends one request, not the
/// process.
void require(bool done) {
  if (done) return;
  ERR_clear_error();
  throw std::bad_alloc();
}

const EVP_MD* fetch(const char* name) {
  const EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
  require(algorithm != nullptr);
  return algorithm;
}

// Fetched once: looking an algorithm up by name costs more than hashing a small message. One that
// could not be fetched is asked for again the next time, since its initializer threw.
const EVP_MD* fetched(HashAlgorithm algorithm) {
  switch (algorithm) {
    case HashAlgorithm::kSha256: {
      static const EVP_MD* const kSha256 = fetch("SHA256");
      return kSha256;
    }
    case HashAlgorithm::kSha384: {
      static const EVP_MD* const kSha384 = fetch("SHA384");
      return kSha384;
    }
    case HashAlgorithm::kSha512: {
      static const EVP_MD* const kSha512 = fetch("SHA512");
      return kSha512;
    }
  }
  return nullptr;
}

}  // namespace

std::size_t size_of(HashAlgorithm algorithm) noexcept {
  switch (algorithm) {
    case HashAlgorithm::kSha256:
      return 32;
    case HashAlgorithm::kSha384:
      return 48;
    case HashAlgorithm::kSha512:
      return 64;
  }
  return 0;
}

Bytes hash(HashAlgorithm algorithm, BytesView data) {
  Hasher hasher(algorithm);
  hasher.update(data);
  return hasher.finish();
}

Bytes sha1_name(BytesView data) {
  static const EVP_MD* const kSha1 = fetch("SHA1");
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  require(EVP_Digest(data.data(), data.size(), digest.data(), &size, kSha1, nullptr) == 1);
  digest.resize(size);
  return digest;
}

void Hasher::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Hasher::Hasher(HashAlgorithm algorithm) : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr &&
          EVP_DigestInit_ex2(context_.get(), fetched(algorithm), nullptr) == 1);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(BytesView data) {
  require(EVP_DigestUpdate(context_.get(), data.data(), data.size()) == 1);
}

Bytes Hasher::finish() {
  Bytes digest(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size) == 1);
  digest.resize(size);
  return digest;
}

}  // namespace countersign::crypto
