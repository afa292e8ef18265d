// Any bytes as an OCSP response, and as changes to a valid one.
//
// Whatever is done to a valid response that says "revoked", it never says anything else: it stays
// what it was, or cannot be used.
#include "x509/ocsp.hpp"

#include <openssl/err.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fuzz/edited.hpp"
#include "revocation/judgement.hpp"
#include "support/revocation_builder.hpp"

namespace {

using countersign::Bytes;
using countersign::BytesView;
using countersign::Outcome;
using countersign::x509::Certificate;
namespace revocation = countersign::revocation;
namespace testing = countersign::testing;

void require(bool condition) {
  if (!condition) std::abort();
}

/// Responses by the issuer and by a responder that it appointed, and the chain that they are about.
struct World {
  std::vector<Certificate> chain;
  Bytes by_issuer;
  Bytes by_responder;
  countersign::Instant now = *countersign::parse_rfc3339("2026-06-01T00:00:00Z");

  World() {
    for (const Bytes& der : testing::make_chain().ders) chain.push_back(*Certificate::parse(der));
    testing::OcspSpec spec{.status = testing::Said::kRevoked,
                           .extensions = {testing::invalidity("20260301000000Z")}};
    by_issuer = testing::make_ocsp(spec);
    const testing::Key& responder = testing::key(testing::KeyKind::kP256, 9);
    testing::CertificateBuilder builder;
    builder.subject(testing::acme("responder"))
        .issuer(testing::acme(testing::kIssuers[0]))
        .of(responder)
        .leaf()
        .with(testing::extended_key_usage({testing::kOcspSigningPurpose}));
    spec.certificates = {builder.sign_with(testing::issuer_key(0))};
    spec.key = &responder;
    by_responder = testing::make_ocsp(spec);
  }
};

void check(const World& world, BytesView bytes) {
  const revocation::Subject subject{.certificate = world.chain[0],
                                    .issuer = world.chain[1],
                                    .signing_time = {},
                                    .now = world.now};
  const auto finding = revocation::judge_ocsp(bytes, subject);
  require(ERR_peek_error() == 0);
  if (!finding) {
    require(finding.error().outcome() == Outcome::kRevocationUnknown);
    require(!finding.error().reason().id().empty() && !finding.error().message().empty());
    return;
  }
  require(finding->status == revocation::Status::kRevoked);
  require(finding->next_update >= world.now && finding->invalidity_date.has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World kWorld;
  check(kWorld, {data, size});
  check(kWorld, countersign::fuzz::edited(kWorld.by_issuer, {data, size}));
  check(kWorld, countersign::fuzz::edited(kWorld.by_responder, {data, size}));
  return 0;
}
