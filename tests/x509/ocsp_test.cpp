// The question that is asked by OCSP, as OpenSSL reads it, and answers that are no answers.
#include "x509/ocsp.hpp"

#include <gtest/gtest.h>
#include <openssl/ocsp.h>

#include <memory>

#include "support/matchers.hpp"
#include "support/revocation_builder.hpp"

namespace countersign::x509 {
namespace {

using countersign::testing::FailsWith;
using countersign::testing::IsOk;
using countersign::testing::make_ocsp;
using countersign::testing::OcspSpec;

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

std::vector<Certificate> chain() {
  std::vector<Certificate> out;
  for (const Bytes& der : testing::make_chain().ders) out.push_back(*Certificate::parse(der));
  return out;
}

std::unique_ptr<X509, FreeWith<&X509_free>> for_openssl(const Certificate& certificate) {
  const unsigned char* at = certificate.der().data();
  return std::unique_ptr<X509, FreeWith<&X509_free>>(
      d2i_X509(nullptr, &at, static_cast<long>(certificate.der().size())));
}

TEST(OcspRequest, IsWhatOpensslWouldAsk) {
  const auto certificates = chain();
  const Bytes request = ocsp_request(certificates[0], certificates[1]);
  const auto subject = for_openssl(certificates[0]);
  const auto issuer = for_openssl(certificates[1]);
  const std::unique_ptr<OCSP_REQUEST, FreeWith<&OCSP_REQUEST_free>> theirs(OCSP_REQUEST_new());
  ASSERT_NE(
      OCSP_request_add0_id(theirs.get(), OCSP_cert_to_id(EVP_sha1(), subject.get(), issuer.get())),
      nullptr);
  unsigned char* der = nullptr;
  const int size = i2d_OCSP_REQUEST(theirs.get(), &der);
  ASSERT_GT(size, 0);
  EXPECT_EQ(to_hex(request), to_hex(BytesView(der, static_cast<std::size_t>(size))));
  OPENSSL_free(der);
}

TEST(OcspResponse, IsOneCompleteElementOfItsSize) {
  const auto certificates = chain();
  const Instant now = *parse_rfc3339("2026-06-01T00:00:00Z");
  const auto verified = [&](BytesView der) {
    return verify_ocsp_response(der, certificates[0], certificates[1], now);
  };
  const Bytes whole = make_ocsp();
  EXPECT_THAT(verified(whole), IsOk());
  EXPECT_THAT(verified({}), FailsWith(Outcome::kRevocationUnknown, "RV-22"));
  for (std::size_t length = 1; length < whole.size(); ++length)
    EXPECT_THAT(verified(BytesView(whole).first(length)),
                FailsWith(Outcome::kRevocationUnknown, "RV-22"));
  // Every octet counts: none can be changed and the answer stays another one that holds.
  for (std::size_t at = 0; at < whole.size(); ++at) {
    Bytes changed = whole;
    changed[at] ^= 0x01U;
    const auto single = verified(changed);
    if (single) {
      EXPECT_EQ(single->status, OcspStatus::kGood);
    }
  }
  OcspSpec large;
  large.all_extensions = {
      {.oid = "1.2.3", .critical = false, .value = Bytes(kMaxOcspResponseBytes)}};
  EXPECT_THAT(verified(make_ocsp(large)), testing::FailsSaying(Outcome::kRevocationUnknown,
                                                               "OCSP response: larger than 20480 "
                                                               "bytes"));
  OcspSpec crowded;
  crowded.certificates.assign(kMaxResponderCertificates + 1, testing::asn1::sequence({}));
  EXPECT_THAT(
      verified(make_ocsp(crowded)),
      testing::FailsSaying(Outcome::kRevocationUnknown, "OCSP response: too many certificates"));
}

}  // namespace
}  // namespace countersign::x509
