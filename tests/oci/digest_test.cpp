#include "oci/digest.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"

namespace countersign::oci {
namespace {

using countersign::testing::FailsWith;

struct DigestCase {
  std::string name;
  std::string text;
  std::string reason;
};
class DigestRefuses : public ::testing::TestWithParam<DigestCase> {};
TEST_P(DigestRefuses, WithItsReason) {
  EXPECT_THAT(Digest::parse(GetParam().text),
              FailsWith(Outcome::kInvalidReference, GetParam().reason));
}
INSTANTIATE_TEST_SUITE_P(
    Table, DigestRefuses,
    ::testing::Values(
        DigestCase{"Empty", "", "digest-format"},
        DigestCase{"NoColon", std::string(64, 'a'), "digest-format"},
        DigestCase{"NoHex", "sha256:", "digest-format"},
        DigestCase{"NoAlgorithm", ":" + std::string(64, 'a'), "digest-format"},
        DigestCase{"UpperHex", "sha256:" + std::string(64, 'A'), "digest-format"},
        DigestCase{"UpperAlgorithm", "SHA256:" + std::string(64, 'a'), "digest-format"},
        DigestCase{"Short", "sha256:" + std::string(63, 'a'), "digest-length"},
        DigestCase{"Long", "sha256:" + std::string(65, 'a'), "digest-length"},
        DigestCase{"Trailing", "sha256:" + std::string(64, 'a') + "\n", "digest-length"},
        DigestCase{"WrongAlgorithm", "sha512:" + std::string(64, 'a'), "digest-length"},
        DigestCase{"Md5", "md5:" + std::string(32, 'a'), "digest-unsupported"},
        DigestCase{"Blake3", "blake3:" + std::string(64, 'a'), "digest-unsupported"}),
    [](const auto& each) { return each.param.name; });

TEST(Digest, OfContentMatchesItAndNothingElse) {
  for (const auto algorithm : {crypto::HashAlgorithm::kSha256, crypto::HashAlgorithm::kSha384,
                               crypto::HashAlgorithm::kSha512}) {
    const Digest digest = Digest::of(algorithm, as_bytes("content"));
    EXPECT_TRUE(digest.matches(as_bytes("content")));
    EXPECT_FALSE(digest.matches(as_bytes("Content")));
    EXPECT_EQ(*Digest::parse(digest.to_string()), digest);
  }
  EXPECT_EQ(Digest::of(crypto::HashAlgorithm::kSha256, as_bytes("{}")).to_string(),
            "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
}

}  // namespace
}  // namespace countersign::oci
