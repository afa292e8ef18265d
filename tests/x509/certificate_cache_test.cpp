#include "x509/certificate_cache.hpp"

#include <gtest/gtest.h>

#include <span>
#include <vector>

#include "support/matchers.hpp"
#include "support/pki.hpp"

namespace countersign::x509 {
namespace {

using countersign::testing::FailsWith;
using countersign::testing::IsOk;

Bytes certificate(unsigned number) {
  testing::ChainSpec spec;
  spec.prefix = std::to_string(number) + " ";
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

/// Whether the certificate is still remembered; a miss remembers it.
bool knows(CertificateCache& cache, const Bytes& der, const Certificate& first) {
  return cache.parse(der)->der().data() == first.der().data();
}

TEST(CertificateCache, ForgetsWhatWasNotUsedForLong) {
  CertificateCache cache({.entries = 3});
  const Bytes ders[] = {certificate(0), certificate(1), certificate(2), certificate(3)};
  std::vector<Certificate> first;
  for (const Bytes& der : std::span(ders).first(3)) first.push_back(*cache.parse(der));
  EXPECT_EQ(cache.entries(), 3U);
  for (const std::size_t each : {1U, 2U, 0U}) EXPECT_TRUE(knows(cache, ders[each], first[each]));
  first.push_back(*cache.parse(ders[3]));
  EXPECT_EQ(cache.entries(), 3U);
  for (const std::size_t each : {2U, 0U, 3U}) EXPECT_TRUE(knows(cache, ders[each], first[each]));
  EXPECT_FALSE(knows(cache, ders[1], first[1]));
}

TEST(CertificateCache, IsBoundedInOctets) {
  const Bytes one = certificate(1);
  const Bytes other = certificate(2);
  CertificateCache enough({.bytes = one.size() + other.size()});
  const Certificate kept = *enough.parse(one);
  ASSERT_THAT(enough.parse(other), IsOk());
  EXPECT_EQ(enough.bytes(), one.size() + other.size());
  EXPECT_TRUE(knows(enough, one, kept));

  CertificateCache short_by_one({.bytes = one.size() + other.size() - 1});
  const Certificate forgotten = *short_by_one.parse(one);
  ASSERT_THAT(short_by_one.parse(other), IsOk());
  EXPECT_EQ(short_by_one.bytes(), other.size());
  EXPECT_FALSE(knows(short_by_one, one, forgotten));

  CertificateCache too_small({.bytes = one.size() - 1});
  EXPECT_THAT(too_small.parse(one), IsOk());
  EXPECT_EQ(too_small.entries(), 0U);
}

TEST(CertificateCache, HoldsAsMuchAsItsLimits) {
  EXPECT_EQ(CertificateCacheLimits{}.entries, 256U);
  EXPECT_EQ(CertificateCacheLimits{}.bytes, 524'288U);
}

TEST(CertificateCache, MayBeAbsent) {
  const Bytes der = certificate(1);
  EXPECT_THAT(parse_certificate(der, nullptr), IsOk());
  EXPECT_THAT(parse_certificate({}, nullptr), FailsWith(Outcome::kSignatureInvalid, "CE-1"));
}

}  // namespace
}  // namespace countersign::x509
