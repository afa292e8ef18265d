#include "crypto/hash.hpp"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace countersign::crypto {
namespace {

/// Allocations that OpenSSL may still make; the rest fail.
std::atomic<long> allocations_left{-1};  // any number

bool may_allocate() {
  if (allocations_left < 0) return true;
  if (allocations_left == 0) return false;
  --allocations_left;
  return true;
}

// OpenSSL takes them only as long as it has allocated nothing.
const bool kHooked =
    CRYPTO_set_mem_functions([](std::size_t size, const char*,
                                int) { return may_allocate() ? std::malloc(size) : nullptr; },
                             [](void* memory, std::size_t size, const char*, int) {
                               return may_allocate() ? std::realloc(memory, size) : nullptr;
                             },
                             [](void* memory, const char*, int) { std::free(memory); }) == 1;

// The first test of this program, so that SHA-512 was not asked for before.
TEST(Hasher, AnAlgorithmThatCouldNotBeFetchedIsFetchedLater) {
  static_cast<void>(hash(HashAlgorithm::kSha256, {}));
  allocations_left = 1;  // the context's
  EXPECT_THROW(static_cast<void>(hash(HashAlgorithm::kSha512, {})), std::bad_alloc);
  allocations_left = -1;
  EXPECT_EQ(hash(HashAlgorithm::kSha512, {}).size(), 64U);
}

// FIPS 180-4 examples: the message "abc".
TEST(Hash, KnownAnswers) {
  EXPECT_EQ(to_hex(hash(HashAlgorithm::kSha256, as_bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(hash(HashAlgorithm::kSha384, as_bytes("abc"))).substr(0, 32),
            "cb00753f45a35e8bb5a03d699ac65007");
  EXPECT_EQ(to_hex(hash(HashAlgorithm::kSha512, as_bytes("abc"))).substr(0, 32),
            "ddaf35a193617abacc417349ae204131");
  EXPECT_EQ(to_hex(hash(HashAlgorithm::kSha256, {})).substr(0, 16), "e3b0c44298fc1c14");
}

TEST(Hash, SizesAreThoseOfTheAlgorithms) {
  for (const auto algorithm :
       {HashAlgorithm::kSha256, HashAlgorithm::kSha384, HashAlgorithm::kSha512}) {
    EXPECT_EQ(hash(algorithm, {}).size(), size_of(algorithm));
  }
}

TEST(Hasher, PiecesMakeTheWhole) {
  Hasher hasher(HashAlgorithm::kSha256);
  hasher.update(as_bytes("a"));
  hasher.update({});
  hasher.update(as_bytes("bc"));
  EXPECT_EQ(hasher.finish(), hash(HashAlgorithm::kSha256, as_bytes("abc")));
}

TEST(Hasher, WithoutMemoryThrowsAndWorksAgainLater) {
  ASSERT_TRUE(kHooked);
  const Bytes message(100, 'x');
  const Bytes want = hash(HashAlgorithm::kSha256, message);
  const auto hashed = [&](long allocations) {
    Bytes out;
    allocations_left = allocations;
    try {
      out = hash(HashAlgorithm::kSha256, message);
    } catch (const std::bad_alloc&) {
    }
    allocations_left = -1;
    return out;
  };
  EXPECT_EQ(hashed(0), Bytes());
  long enough = 1;
  while (enough < 100 && hashed(enough).empty()) ++enough;
  EXPECT_EQ(hashed(enough), want);
  EXPECT_EQ(hash(HashAlgorithm::kSha256, message), want);
}

}  // namespace
}  // namespace countersign::crypto
