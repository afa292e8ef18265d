#include "x509/certificate_cache.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"
#include "support/pki.hpp"

namespace countersign::x509 {
namespace {

using countersign::testing::FailsWith;
using countersign::testing::IsOk;

Bytes certificate(unsigned number, std::size_t padding = 0) {
  testing::ChainSpec spec;
  spec.prefix = std::string(padding, 'p') + std::to_string(number) + " ";
  return testing::make_chain(spec).ders.back();
}

TEST(CertificateCache, ReadsACertificateOnce) {
  CertificateCache cache;
  const Bytes der = certificate(1);
  const auto first = cache.parse(der);
  const auto second = cache.parse(Bytes(der));
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(first->der().data(), second->der().data());
  EXPECT_EQ(cache.entries(), 1U);
  EXPECT_EQ(cache.bytes(), der.size());
}

/// One octet apart is another certificate, whatever was read before.
TEST(CertificateCache, KnowsACertificateByAllOfIt) {
  CertificateCache cache;
  const Bytes der = certificate(1);
  ASSERT_THAT(cache.parse(der), IsOk());
  Bytes signature_changed = der;
  signature_changed.back() ^= 1U;
  const auto changed = cache.parse(signature_changed);
  ASSERT_THAT(changed, IsOk());
  EXPECT_FALSE(changed->has_signature_of(*changed));
  EXPECT_TRUE(cache.parse(der)->has_signature_of(*cache.parse(der)));
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_THAT(cache.parse(longer), FailsWith(Outcome::kSignatureInvalid, "CE-1"));
  EXPECT_THAT(cache.parse(BytesView(der).first(der.size() - 1)),
              FailsWith(Outcome::kSignatureInvalid, "CE-1"));
  EXPECT_EQ(cache.entries(), 2U);
}

TEST(CertificateCache, RemembersNoErrors) {
  CertificateCache cache;
  EXPECT_FALSE(cache.parse({}));
  EXPECT_FALSE(cache.parse(as_bytes("nothing")));
  EXPECT_EQ(cache.entries(), 0U);
}

TEST(CertificateCache, ForgetsWhatWasNotUsedForLong) {
  CertificateCache cache;
  const Bytes kept = certificate(0);
  const Bytes forgotten = certificate(1);
  const auto first = cache.parse(kept);
  const auto second = cache.parse(forgotten);
  for (unsigned i = 2; i < CertificateCache::kMaxEntries + 1; ++i) {
    ASSERT_THAT(cache.parse(certificate(i)), IsOk());
    ASSERT_THAT(cache.parse(kept), IsOk());
  }
  EXPECT_EQ(cache.entries(), CertificateCache::kMaxEntries);
  EXPECT_EQ(cache.parse(kept)->der().data(), first->der().data());
  EXPECT_NE(cache.parse(forgotten)->der().data(), second->der().data());
}

TEST(CertificateCache, IsBoundedInOctets) {
  CertificateCache cache;
  constexpr std::size_t kPadding = 20'000;  // stands twice in a certificate
  for (unsigned i = 0; i < 40; ++i) {
    const Bytes der = certificate(i, kPadding);
    ASSERT_GT(der.size(), 2 * kPadding);
    ASSERT_THAT(cache.parse(der), IsOk());
    EXPECT_LE(cache.bytes(), CertificateCache::kMaxBytes);
  }
  EXPECT_LT(cache.entries(), 15U);
  EXPECT_GT(cache.entries(), 10U);
}

TEST(CertificateCache, MayBeAbsent) {
  const Bytes der = certificate(1);
  EXPECT_THAT(parse_certificate(der, nullptr), IsOk());
  EXPECT_THAT(parse_certificate({}, nullptr), FailsWith(Outcome::kSignatureInvalid, "CE-1"));
}

}  // namespace
}  // namespace countersign::x509
