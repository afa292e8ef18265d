// What a CRL, and its delta, mean, at one time and for one signature.
#include <gtest/gtest.h>

#include "revocation/judgement.hpp"
#include "support/matchers.hpp"
#include "support/revocation_builder.hpp"

namespace countersign::revocation {
namespace {

using countersign::testing::acme;
using countersign::testing::crl_number;
using countersign::testing::CrlSpec;
using countersign::testing::delta_indicator;
using countersign::testing::EntrySpec;
using countersign::testing::Extension;
using countersign::testing::invalidity;
using countersign::testing::key;
using countersign::testing::KeyKind;
using countersign::testing::kSerials;
using countersign::testing::make_crl;
using countersign::testing::reason;
using countersign::testing::scope;
namespace asn1 = countersign::testing::asn1;

struct Case {
  CrlSpec base{};
  std::optional<CrlSpec> delta{};
  const char* now = "2026-06-01T00:00:00Z";
  const char* signing_time = nullptr;
  std::size_t place = 0;
  testing::ChainSpec chain{};
  const char* asked = "http://crl.example/one";
};

x509::Crl list_of(const CrlSpec& spec) {
  const Bytes der = make_crl(spec);
  return *x509::Crl::parse(std::make_shared<const std::string>(as_text(der)));
}

std::string judged(const Case& each) {
  std::vector<x509::Certificate> chain;
  for (const Bytes& der : testing::make_chain(each.chain).ders)
    chain.push_back(*x509::Certificate::parse(der));
  const Subject subject{.certificate = chain[each.place],
                        .issuer = chain[each.place + 1],
                        .signing_time = each.signing_time != nullptr
                                            ? parse_rfc3339(each.signing_time)
                                            : std::nullopt,
                        .now = *parse_rfc3339(each.now)};
  const x509::Crl base = list_of(each.base);
  auto checked = check_list(base, ListKind::kBase, ListSignature::kUnchecked, subject);
  if (checked) checked = check_scope(base, subject.certificate, each.asked);
  if (!checked) {
    EXPECT_EQ(checked.error().outcome(), Outcome::kRevocationUnknown);
    return checked.error().message();
  }
  std::optional<x509::Crl> delta;
  if (each.delta) {
    delta = list_of(*each.delta);
    const auto fine = check_list(*delta, ListKind::kDelta, ListSignature::kUnchecked, subject);
    if (!fine) return fine.error().message();
    const auto belongs = check_delta(*delta, base);
    if (!belongs) return belongs.error().message();
  }
  const auto finding = judge_lists(base, delta ? &*delta : nullptr, subject);
  if (!finding) return finding.error().message();
  return finding->status == Status::kGood ? "good" : finding->reason;
}

struct Row {
  std::string name;
  Case input;
  std::string want;
};
class Crls : public ::testing::TestWithParam<Row> {};
TEST_P(Crls, Mean) { EXPECT_EQ(judged(GetParam().input), GetParam().want); }
constexpr auto kRowName = [](const auto& each) { return each.param.name; };

const Extension kUnknownCritical = {.oid = "1.2.3", .critical = true, .value = asn1::null()};
const Extension kUnknownUncritical = {.oid = "1.2.3", .critical = false, .value = asn1::null()};
const std::string kListed = "the CRL lists it since 2026-05-01T00:00:00Z";

CrlSpec listing(std::vector<Extension> extensions = {}, std::int64_t serial = kSerials[0]) {
  return {.entries = {{.serial = serial, .extensions = std::move(extensions)}}};
}
CrlSpec with(std::vector<Extension> extensions) {
  CrlSpec spec;
  spec.extensions.insert(spec.extensions.end(), extensions.begin(), extensions.end());
  return spec;
}

std::vector<Row> lists() {
  const testing::Edit no_crl_sign = [](auto& each) { each.with(testing::key_usage({5})); };
  const testing::Edit no_usage = [](auto& each) { each.without("2.5.29.15"); };
  const testing::Edit at_c = [](auto& each) {
    const Bytes point = asn1::explicit_tag(0, asn1::explicit_tag(0, asn1::text(0x86, "http://c")));
    each.with({.oid = "2.5.29.31",
               .critical = false,
               .value = asn1::sequence({asn1::sequence({point})})});
  };
  const testing::Edit at_c_and_d = [](auto& each) {
    const auto point = [](const char* uri) {
      return asn1::sequence({asn1::explicit_tag(0, asn1::explicit_tag(0, asn1::text(0x86, uri)))});
    };
    each.with({.oid = "2.5.29.31",
               .critical = false,
               .value = asn1::sequence({point("http://c"), point("http://d")})});
  };
  const std::string kSomeReasons =
      "CRL: it is for some reasons only, and not of the address that was asked";
  const Extension named_by_directory = {
      .oid = testing::kScopeType,
      .critical = true,
      .value = asn1::sequence(
          {asn1::explicit_tag(0, asn1::explicit_tag(0, asn1::explicit_tag(4, acme("c"))))})};
  const std::string kAnotherPoint =
      "CRL: it is of another distribution point than the certificate names";
  CrlSpec many;
  for (int i = 0; i < 70; ++i) many.entries.push_back({.serial = kSerials[0]});
  const std::string future =
      "CRL: its thisUpdate, 2026-05-01T00:00:00Z, lies in the future; now it is "
      "2025-06-01T00:00:00Z";
  return {
      // shows: N-506
      {"Empty", {}, "good"},
      {"OthersListed", {.base = listing({}, 101)}, "good"},
      // shows: N-507
      {"Listed", {.base = listing()}, kListed},
      // shows: N-508
      {"IntermediateListed",
       {.base = {.place = 1, .entries = {{.serial = kSerials[1]}}}, .place = 1},
       kListed},
      {"SameSerialOfAnotherIssuer",
       {.base = {.place = 1, .entries = {{.serial = kSerials[0]}}}},
       "CRL: it is of another issuer"},
      // shows: N-509
      {"Outdated",
       {.now = "2027-06-01T00:00:00Z"},
       "CRL: outdated since 2026-07-01T00:00:00Z; now it is 2027-06-01T00:00:00Z"},
      {"OutdatedListed",
       {.base = listing(), .now = "2027-06-01T00:00:00Z"},
       "CRL: outdated since 2026-07-01T00:00:00Z; now it is 2027-06-01T00:00:00Z"},
      {"LastSecond", {.now = "2026-07-01T00:00:00Z"}, "good"},
      {"NoNextUpdate", {.base = {.next_update = {}}}, "CRL: it has no nextUpdate"},
      {"ClockWrongByAYear", {.now = "2025-06-01T00:00:00Z"}, future},
      {"ClocksDiffer", {.now = "2026-04-30T23:55:00Z"}, "good"},
      // shows: N-510
      {"AnotherKey",
       {.base = {.key = &key(KeyKind::kP256, 8)}},
       "CRL: its signature does not verify with the issuer's key"},
      {"BrokenSignature",
       {.base = {.edit_signature = [](Bytes& signature) { signature.back() ^= 1U; }}},
       "CRL: its signature does not verify with the issuer's key"},
      {"Sha1",
       {.base = {.how = testing::SignWith{.hash = "SHA1"}}},
       "CRL: its signature does not verify with the issuer's key"},
      // shows: N-511
      {"UnknownCritical",
       {.base = with({kUnknownCritical})},
       "CRL: critical extension 1.2.3, which is unknown"},
      {"UnknownUncritical", {.base = with({kUnknownUncritical})}, "good"},
      {"CriticalFreshest",
       {.base = with({testing::freshest({"http://d"}, true)})},
       "CRL: critical extension 2.5.29.46, which is unknown"},
      // shows: N-512
      {"Scope", {.base = with({scope({}, {"http://c"})}), .chain = {.leaf = at_c}}, "good"},
      {"ScopeOfSeveralAddresses",
       {.base = with({scope({}, {"ldap://c", "http://c"})}), .chain = {.leaf = at_c}},
       "good"},
      // Whoever sits between may show another part of the issuer's lists, which is as well signed.
      {"ScopeOfAnotherPart",
       {.base = with({scope({}, {"http://d"})}), .chain = {.leaf = at_c}},
       kAnotherPoint},
      {"ScopeOfAnotherPartNotCritical",
       {.base = with({scope({}, {"http://d"}, false)}), .chain = {.leaf = at_c}},
       kAnotherPoint},
      {"ScopeWithoutAddresses",
       {.base = with({named_by_directory}), .chain = {.leaf = at_c}},
       kAnotherPoint},
      {"ScopeOfADelta",
       {.base = with({scope({}, {"http://c"})}),
        .delta =
            CrlSpec{.extensions = {crl_number(6), delta_indicator(5), scope({}, {"http://c"})}},
        .chain = {.leaf = at_c}},
       "good"},
      {"ScopeOfADeltaOfAnotherPart",
       {.base = with({scope({}, {"http://c"})}),
        .delta =
            CrlSpec{.extensions = {crl_number(6), delta_indicator(5), scope({}, {"http://d"})}},
        .chain = {.leaf = at_c}},
       "delta CRL: it has another scope than its base"},
      {"ScopeOfADeltaForSomeReasons",
       {.base = with({scope({}, {"http://c"})}),
        .delta =
            CrlSpec{.extensions = {crl_number(6), delta_indicator(5), scope({3}, {"http://c"})}},
        .chain = {.leaf = at_c}},
       "delta CRL: it has another scope than its base"},
      {"ScopeOfTheOtherPoint",
       {.base = with({scope({}, {"http://d"})}),
        .chain = {.leaf = at_c_and_d},
        .asked = "http://c"},
       "good"},
      {"SomeReasons",
       {.base = with({scope({3}, {"http://c"})}),
        .chain = {.leaf = at_c_and_d},
        .asked = "http://c"},
       "good"},
      // The other point has the other reasons.
      {"SomeReasonsOfTheOtherPoint",
       {.base = with({scope({3}, {"http://d"})}),
        .chain = {.leaf = at_c_and_d},
        .asked = "http://c"},
       kSomeReasons},
      {"SomeReasonsWithoutPoint",
       {.base = with({scope({3})}), .chain = {.leaf = at_c}, .asked = "http://c"},
       kSomeReasons},
      {"ScopeEmpty", {.base = with({scope({})})}, "good"},
      {"Indirect", {.base = with({scope({4})})}, "CRL: indirect CRLs are not supported"},
      {"IndirectNotCritical",
       {.base = with({scope({4}, {}, false)})},
       "CRL: indirect CRLs are not supported"},
      {"AttributesOnly",
       {.base = with({scope({5})})},
       "CRL: it is about attribute certificates only"},
      {"UsersOnlyForLeaf", {.base = with({scope({1})})}, "good"},
      {"CasOnlyForLeaf", {.base = with({scope({2})})}, "CRL: it is about CA certificates only"},
      {"UsersOnlyForCa",
       {.base = {.place = 1, .extensions = {scope({1})}}, .place = 1},
       "CRL: it is about end-entity certificates only"},
      {"CasOnlyForCa", {.base = {.place = 1, .extensions = {scope({2})}}, .place = 1}, "good"},
      {"DeltaAsBase",
       {.base = with({delta_indicator(1)})},
       "CRL: a delta CRL where a whole one is wanted"},
      // shows: N-513
      {"IssuerMayNotSignCrls",
       {.chain = {.intermediate = no_crl_sign}},
       "CRL: its issuer must not sign CRLs (keyUsage lacks cRLSign)"},
      {"IssuerWithoutUsage", {.chain = {.intermediate = no_usage}}, "good"},
      {"TooManyEntriesOfOneSerial", {.base = many}, "CRL: too many entries of one serial number"},
  };
}
INSTANTIATE_TEST_SUITE_P(Lists, Crls, ::testing::ValuesIn(lists()), kRowName);

EntrySpec entry(const char* date, std::vector<Extension> extensions,
                std::int64_t serial = kSerials[0]) {
  return {.serial = serial, .date = asn1::utc_time(date), .extensions = std::move(extensions)};
}

std::vector<Row> entries() {
  const char* kFebruary = "2026-02-01T00:00:00Z";
  const char* kApril = "2026-04-01T00:00:00Z";
  const Extension march = invalidity("20260301000000Z");
  const Extension march_utc = {
      .oid = testing::kInvalidityType, .critical = false, .value = asn1::utc_time("260301000000Z")};
  const auto of = [](std::vector<EntrySpec> list) { return CrlSpec{.entries = std::move(list)}; };
  const std::string on_hold = "the CRL says that it is on hold since ";
  return {
      {"Reason", {.base = listing({reason(1)})}, kListed},
      // shows: N-520
      {"Hold", {.base = listing({reason(6)})}, on_hold + "2026-05-01T00:00:00Z"},
      {"HoldThenRemoved",
       {.base = of({entry("260501000000Z", {reason(6)}), entry("260502000000Z", {reason(8)})})},
       "good"},
      {"RemovedThenHeldInTheFile",
       {.base = of({entry("260502000000Z", {reason(8)}), entry("260501000000Z", {reason(6)})})},
       "good"},
      {"HoldRemovedHold",
       {.base = of({entry("260501000000Z", {reason(6)}), entry("260502000000Z", {reason(8)}),
                    entry("260503000000Z", {reason(6)})})},
       on_hold + "2026-05-03T00:00:00Z"},
      {"SameTimeTheFirstCounts",
       {.base = of({entry("260501000000Z", {reason(6)}), entry("260501000000Z", {reason(8)})})},
       on_hold + "2026-05-01T00:00:00Z"},
      {"HoldThenRevoked",
       {.base = of({entry("260501000000Z", {reason(8)}), entry("260501000000Z", {reason(1)})})},
       kListed},
      // shows: N-521
      {"RemovedOnly", {.base = listing({reason(8)})}, "good"},
      // shows: N-522
      {"UnknownCritical",
       {.base = listing({kUnknownCritical})},
       "CRL: the certificate's entry has a critical extension 1.2.3, which is unknown"},
      {"CertificateIssuer",
       {.base = listing({{.oid = "2.5.29.29", .critical = true, .value = asn1::null()}})},
       "CRL: the certificate's entry has a critical extension 2.5.29.29, which is unknown"},
      {"CriticalReason",
       {.base = listing({reason(1, true)})},
       "CRL: the certificate's entry has a critical extension 2.5.29.21, which is unknown"},
      {"UnknownCriticalOfAnother", {.base = listing({kUnknownCritical}, 101)}, "good"},
      {"UnknownUncritical", {.base = listing({kUnknownUncritical})}, kListed},
      // shows: N-523
      {"InvalidAfterSigning", {.base = listing({march}), .signing_time = kFebruary}, "good"},
      {"InvalidBeforeSigning", {.base = listing({march}), .signing_time = kApril}, kListed},
      {"InvalidAtSigning",
       {.base = listing({march}), .signing_time = "2026-03-01T00:00:00Z"},
       kListed},
      {"NoSigningTime", {.base = listing({march})}, kListed},
      {"CriticalInvalidity",
       {.base = listing({invalidity("20260301000000Z", true)}), .signing_time = kFebruary},
       "good"},
      {"HoldInvalidAfterSigning",
       {.base = listing({reason(6), march}), .signing_time = kFebruary},
       "good"},
      // shows: N-524
      {"InvalidityMalformed",
       {.base = listing({{.oid = testing::kInvalidityType, .value = asn1::null()}})},
       "CRL: the certificate's entry has a malformed invalidityDate"},
      {"InvalidityAsUtcTime",
       {.base = listing({march_utc}), .signing_time = kFebruary},
       "CRL: the certificate's entry has a malformed invalidityDate"},
      {"ReasonMalformed",
       {.base = listing({{.oid = testing::kReasonType, .value = asn1::integer(1)}})},
       "CRL: the certificate's entry has a malformed reasonCode"},
  };
}
INSTANTIATE_TEST_SUITE_P(Entries, Crls, ::testing::ValuesIn(entries()), kRowName);

CrlSpec delta(std::vector<EntrySpec> list = {},
              std::vector<Extension> extensions = {crl_number(6), delta_indicator(5)}) {
  return {.entries = std::move(list), .extensions = std::move(extensions)};
}

std::vector<Row> deltas() {
  CrlSpec another_key = delta();
  another_key.key = &key(KeyKind::kP256, 8);
  CrlSpec outdated = delta();
  outdated.next_update = asn1::utc_time("260531000000Z");
  CrlSpec large_numbers = delta({}, {crl_number(0x0180), delta_indicator(0x00FF)});
  CrlSpec large_base;
  large_base.extensions = {crl_number(0x00FF)};
  return {
      // shows: N-525
      {"Good", {.delta = delta()}, "good"},
      {"ListedInDelta", {.delta = delta({{.serial = kSerials[0]}})}, kListed},
      {"ListedInBase", {.base = listing(), .delta = delta()}, kListed},
      {"HeldInBaseRemovedInDelta",
       {.base = listing({reason(6)}), .delta = delta({entry("260502000000Z", {reason(8)})})},
       "good"},
      {"RevokedInBaseRemovedInDelta",
       {.base = listing({reason(1)}), .delta = delta({entry("260502000000Z", {reason(8)})})},
       kListed},
      {"LargeNumbers", {.base = large_base, .delta = large_numbers}, "good"},
      // shows: N-526
      {"SameNumber",
       {.delta = delta({}, {crl_number(5), delta_indicator(5)})},
       "delta CRL: it is not newer than its base"},
      {"SmallerNumber",
       {.delta = delta({}, {crl_number(4), delta_indicator(3)})},
       "delta CRL: it is not newer than its base"},
      {"NoIndicator",
       {.delta = delta({}, {crl_number(6)})},
       "CRL: a delta CRL without deltaCRLIndicator"},
      {"OfANewerBase",
       {.delta = delta({}, {crl_number(7), delta_indicator(6)})},
       "delta CRL: it is for a newer base"},
      {"OfAnOlderBase", {.delta = delta({}, {crl_number(7), delta_indicator(1)})}, "good"},
      {"NoNumber",
       {.delta = delta({}, {delta_indicator(5)})},
       "delta CRL: it or its base has no CRL number"},
      {"NoNumberOfBase",
       {.base = {.extensions = {}}, .delta = delta()},
       "delta CRL: it or its base has no CRL number"},
      {"AnotherKey",
       {.delta = another_key},
       "CRL: its signature does not verify with the issuer's key"},
      {"Outdated",
       {.delta = outdated},
       "CRL: outdated since 2026-05-31T00:00:00Z; now it is 2026-06-01T00:00:00Z"},
  };
}
INSTANTIATE_TEST_SUITE_P(Deltas, Crls, ::testing::ValuesIn(deltas()), kRowName);

// A signature that was checked before is not checked again; everything else is.
TEST(CheckList, ASignatureMayBeVerifiedAlready) {
  std::vector<x509::Certificate> chain;
  for (const Bytes& der : testing::make_chain().ders)
    chain.push_back(*x509::Certificate::parse(der));
  const x509::Crl list = list_of({.key = &key(KeyKind::kP256, 8)});
  const auto at = [&](const char* now) {
    const Subject subject{.certificate = chain[0],
                          .issuer = chain[1],
                          .signing_time = {},
                          .now = *parse_rfc3339(now)};
    return check_list(list, ListKind::kBase, ListSignature::kVerified, subject);
  };
  EXPECT_THAT(at("2026-06-01T00:00:00Z"), testing::IsOk());
  EXPECT_THAT(at("2026-08-01T00:00:00Z"), testing::FailsWith(Outcome::kRevocationUnknown, "RV-32"));
}

}  // namespace
}  // namespace countersign::revocation
