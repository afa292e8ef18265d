#include "crypto/hash.hpp"

#include <gtest/gtest.h>

namespace countersign::crypto {
namespace {

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

}  // namespace
}  // namespace countersign::crypto
