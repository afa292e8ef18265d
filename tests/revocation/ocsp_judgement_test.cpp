// What an OCSP response means, at one time and for one signature.
#include <gtest/gtest.h>

#include "revocation/judgement.hpp"
#include "support/matchers.hpp"
#include "support/revocation_builder.hpp"

namespace countersign::revocation {
namespace {

using countersign::testing::acme;
using countersign::testing::CertificateBuilder;
using countersign::testing::extended_key_usage;
using countersign::testing::Extension;
using countersign::testing::invalidity;
using countersign::testing::issuer_key;
using countersign::testing::key;
using countersign::testing::key_usage;
using countersign::testing::KeyKind;
using countersign::testing::kOcspSigningPurpose;
using countersign::testing::make_ocsp;
using countersign::testing::OcspSpec;
using countersign::testing::Said;
namespace asn1 = countersign::testing::asn1;

struct Case {
  OcspSpec response{};
  const char* now = "2026-06-01T00:00:00Z";
  const char* signing_time = nullptr;
  std::size_t place = 0;
};

const std::vector<x509::Certificate>& chain() {
  static const std::vector<x509::Certificate> kChain = [] {
    std::vector<x509::Certificate> out;
    for (const Bytes& der : testing::make_chain().ders)
      out.push_back(*x509::Certificate::parse(der));
    return out;
  }();
  return kChain;
}

std::string judged(const Case& each, const Bytes& response) {
  const Subject subject{.certificate = chain()[each.place],
                        .issuer = chain()[each.place + 1],
                        .signing_time = each.signing_time != nullptr
                                            ? parse_rfc3339(each.signing_time)
                                            : std::nullopt,
                        .now = *parse_rfc3339(each.now)};
  const auto finding = judge_ocsp(response, subject);
  if (!finding) return finding.error().message();
  EXPECT_EQ(format_rfc3339(finding->next_update), "2026-07-01T00:00:00Z");
  return finding->status == Status::kGood      ? "good"
         : finding->status == Status::kRevoked ? "revoked"
                                               : "unknown";
}

/// A certificate that signs responses, and its response.
OcspSpec by(const testing::Edit& edit, std::size_t issuer_place = 0) {
  const testing::Key& responder = key(KeyKind::kP256, 9);
  CertificateBuilder builder;
  builder.subject(acme("responder"))
      .issuer(acme(testing::kIssuers[issuer_place]))
      .of(responder)
      .serial(77)
      .leaf()
      .with(extended_key_usage({kOcspSigningPurpose}));
  if (edit) edit(builder);
  return {.certificates = {builder.sign_with(issuer_key(issuer_place))}, .key = &responder};
}
OcspSpec with(OcspSpec spec, std::vector<Bytes> before) {
  before.insert(before.end(), spec.certificates.begin(), spec.certificates.end());
  spec.certificates = std::move(before);
  return spec;
}

struct Row {
  std::string name;
  Case input;
  std::string want;
};
class OcspResponses : public ::testing::TestWithParam<Row> {};
TEST_P(OcspResponses, Mean) {
  EXPECT_EQ(judged(GetParam().input, make_ocsp(GetParam().input.response)), GetParam().want);
}

const std::string kBadSigner =
    "OCSP response: signed neither by the issuer nor by a responder that it appointed";
const std::string kAnother = "OCSP response: it is not about this certificate";

std::vector<Row> rows() {
  const Bytes issuer(chain()[1].der().begin(), chain()[1].der().end());
  const Bytes leaf(chain()[0].der().begin(), chain()[0].der().end());
  const Bytes root(chain()[2].der().begin(), chain()[2].der().end());
  const auto revoked = [](std::vector<Extension> extensions) {
    return OcspSpec{.status = Said::kRevoked, .extensions = std::move(extensions)};
  };
  const Extension march = invalidity("20260301000000Z");
  const Extension march_utc = {
      .oid = testing::kInvalidityType, .critical = false, .value = asn1::utc_time("260301000000Z")};
  const Extension march_and_more = {
      .oid = testing::kInvalidityType,
      .critical = false,
      .value = asn1::join({asn1::generalized_time("20260301000000Z"), asn1::null()})};
  const Extension critical_march = invalidity("20260301000000Z", true);
  const char* kFebruary = "2026-02-01T00:00:00Z";
  const char* kApril = "2026-04-01T00:00:00Z";
  const OcspSpec appointed = by({});
  const std::string outdated =
      "OCSP response: outdated since 2026-07-01T00:00:00Z; now it is 2027-06-01T00:00:00Z";
  return {
      // shows: N-482
      {"Good", {}, "good"},
      {"GoodIntermediate", {.response = {.place = 1}, .place = 1}, "good"},
      {"GoodSha256Names", {.response = {.hash = "SHA256"}}, "good"},
      {"GoodByKey",
       {.response = {.responder = asn1::tlv(0xA2, asn1::octet_string(Bytes(20, 1)))}},
       "good"},
      // shows: N-483 N-504
      {"Revoked", {.response = revoked({})}, "revoked"},
      // shows: N-484
      {"RevokedIntermediate",
       {.response = {.place = 1, .status = Said::kRevoked}, .place = 1},
       "revoked"},
      // shows: N-485
      {"Unknown", {.response = {.status = Said::kUnknown}}, "unknown"},
      // shows: N-492
      {"Outdated", {.now = "2027-06-01T00:00:00Z"}, outdated},
      {"OutdatedRevoked", {.response = revoked({}), .now = "2027-06-01T00:00:00Z"}, outdated},
      {"LastSecond", {.now = "2026-07-01T00:00:00Z"}, "good"},
      {"OneSecondLate",
       {.now = "2026-07-01T00:00:01Z"},
       "OCSP response: outdated since 2026-07-01T00:00:00Z; now it is 2026-07-01T00:00:01Z"},
      {"NoNextUpdate", {.response = {.next_update = {}}}, "OCSP response: it has no nextUpdate"},
      // A clock that is wrong by a year.
      {"FromTheFuture",
       {.now = "2025-06-01T00:00:00Z"},
       "OCSP response: its thisUpdate, 2026-05-01T00:00:00Z, lies in the future; now it is "
       "2025-06-01T00:00:00Z"},
      {"ClocksDiffer", {.now = "2026-04-30T23:55:00Z"}, "good"},
      {"ClocksDifferTooMuch",
       {.now = "2026-04-30T23:54:59Z"},
       "OCSP response: its thisUpdate, 2026-05-01T00:00:00Z, lies in the future; now it is "
       "2026-04-30T23:54:59Z"},
      // shows: N-493
      {"UnrelatedKey", {.response = {.key = &key(KeyKind::kP256, 8)}}, kBadSigner},
      {"KeyOfTheRoot", {.response = {.key = &issuer_key(1)}}, kBadSigner},
      {"KeyOfTheRootWithIt",
       {.response = {.certificates = {root}, .key = &issuer_key(1)}},
       kBadSigner},
      {"BrokenSignature",
       {.response = {.edit_signature = [](Bytes& signature) { signature.back() ^= 1U; }}},
       kBadSigner},
      {"Sha1Signature",
       {.response = {.how = testing::SignWith{.hash = "SHA1"}}},
       "OCSP response: signed by an algorithm that is not allowed"},
      // shows: N-494
      {"TheSignerItself",
       {.response = {.certificates = {leaf}, .key = &key(KeyKind::kP256, 0)}},
       kBadSigner},
      {"AnyPurpose",
       {.response = by([](auto& each) { each.with(extended_key_usage({"2.5.29.37.0"})); })},
       kBadSigner},
      {"NoPurpose", {.response = by([](auto& each) { each.without("2.5.29.37"); })}, kBadSigner},
      // shows: N-495 N-498
      {"Appointed", {.response = appointed}, "good"},
      {"AppointedByTheRoot", {.response = by({}, 1)}, kBadSigner},
      {"AppointedInTheWrongName",
       {.response = by([](auto& each) { each.issuer(acme("root")); })},
       kBadSigner},
      {"AppointmentEnded",
       {.response = by([](auto& each) { each.valid("200101000000Z", "260531235959Z"); })},
       kBadSigner},
      {"AppointmentNotBegun",
       {.response = by([](auto& each) { each.valid("260601000001Z", "400101000000Z"); })},
       kBadSigner},
      {"MayNotSign", {.response = by([](auto& each) { each.with(key_usage({2})); })}, kBadSigner},
      {"AppointedIsTheSecond", {.response = with(appointed, {leaf})}, "good"},
      {"AppointedAfterRubbish",
       {.response = with(appointed, {asn1::sequence({asn1::null()})})},
       "good"},
      // shows: N-496
      {"IssuerEmbedsItself", {.response = {.certificates = {issuer}}}, "good"},
      // shows: N-497
      {"CriticalInvalidity",
       {.response = revoked({critical_march}), .signing_time = kFebruary},
       "OCSP response: its status has a critical extension"},
      {"CriticalOnGood",
       {.response = {.extensions = {{.oid = "1.2.3", .critical = true, .value = asn1::null()}}}},
       "OCSP response: its status has a critical extension"},
      {"UncriticalOnGood",
       {.response = {.extensions = {{.oid = "1.2.3", .critical = false, .value = asn1::null()}}}},
       "good"},
      {"CriticalOnAll",
       {.response =
            {.all_extensions = {{.oid = "1.2.3", .critical = true, .value = asn1::null()}}}},
       "OCSP response: critical extension 1.2.3, which is unknown"},
      // shows: N-501
      {"InvalidAfterSigning", {.response = revoked({march}), .signing_time = kFebruary}, "good"},
      // shows: N-502
      {"InvalidBeforeSigning", {.response = revoked({march}), .signing_time = kApril}, "revoked"},
      {"InvalidAtSigning",
       {.response = revoked({march}), .signing_time = "2026-03-01T00:00:00Z"},
       "revoked"},
      // shows: N-503
      {"NoSigningTime", {.response = revoked({march})}, "revoked"},
      {"InvalidityAsUtcTime",
       {.response = revoked({march_utc}), .signing_time = kFebruary},
       "revoked"},
      {"InvalidityAndMore",
       {.response = revoked({march_and_more}), .signing_time = kFebruary},
       "revoked"},
      // shows: N-500
      {"TryLater",
       {.response = {.response_status = {0x0A, 0x01, 0x03}, .no_bytes = true}},
       "OCSP response: the responder answers tryLater"},
      {"Unauthorized",
       {.response = {.response_status = {0x0A, 0x01, 0x06}, .no_bytes = true}},
       "OCSP response: the responder answers unauthorized"},
      {"ErrorWithBytes",
       {.response = {.response_status = {0x0A, 0x01, 0x06}}},
       "OCSP response: the responder answers unauthorized"},
      {"SuccessWithoutBytes", {.response = {.no_bytes = true}}, "OCSP response: no response in it"},
      {"AnotherSerial", {.response = {.serial = 101}}, kAnother},
      {"AnotherIssuerName", {.response = {.issuer_name = acme("root")}}, kAnother},
      {"AnotherIssuerKey", {.response = {.issuer_key_bits = Bytes{1, 2, 3}}}, kAnother},
      {"TwiceTheSame", {.response = {.repeats = 2}}, "good"},
      {"TwiceRevoked", {.response = {.status = Said::kRevoked, .repeats = 2}}, "revoked"},
      {"GoodAndRevoked",
       {.response = {.other_status = asn1::tlv(0xA1, asn1::generalized_time("20260501000000Z"))}},
       "OCSP response: two statuses of the certificate, which differ"},
      {"Never", {.response = {.repeats = 0}}, kAnother},
      {"RawStatus",
       {.response = {.raw_status = asn1::null()}},
       "OCSP response: malformed status of a certificate"},
      {"Trailing",
       {.response = {.after = asn1::null()}},
       "OCSP response: not one complete DER response"},
  };
}
INSTANTIATE_TEST_SUITE_P(Table, OcspResponses, ::testing::ValuesIn(rows()),
                         [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace countersign::revocation
