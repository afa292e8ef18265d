// What is read as a CRL and what is not, octet by octet.
#include "x509/crl.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"
#include "support/revocation_builder.hpp"

namespace countersign::x509 {
namespace {

using countersign::testing::CrlSpec;
using countersign::testing::FailsSaying;
using countersign::testing::IsOk;
using countersign::testing::make_crl;
namespace asn1 = countersign::testing::asn1;

Result<Crl> parsed(const Bytes& der) {
  return Crl::parse(std::make_shared<const std::string>(as_text(der)));
}
/// "ok" or the message.
std::string read(const Bytes& der) {
  const auto crl = parsed(der);
  return crl ? "ok" : crl.error().message();
}

struct Row {
  std::string name;
  CrlSpec spec;
  std::string want;
};
class CrlReads : public ::testing::TestWithParam<Row> {};
TEST_P(CrlReads, As) { EXPECT_EQ(read(make_crl(GetParam().spec)), GetParam().want); }

testing::Extension odd(const char* oid, Bytes value) {
  return {.oid = oid, .critical = false, .value = std::move(value)};
}

std::vector<Row> rows() {
  const auto entry = [](Bytes raw) { return CrlSpec{.entries = {{.raw = std::move(raw)}}}; };
  const auto with = [](testing::Extension extension) {
    return CrlSpec{.extensions = {std::move(extension)}};
  };
  const Bytes date = asn1::utc_time("260501000000Z");
  return {
      {"Empty", {}, "ok"},
      {"NoExtensions", {.extensions = {}}, "ok"},
      {"EmptySequenceOfEntries", {.raw_entries = asn1::sequence({})}, "ok"},
      {"GeneralizedTimes",
       {.this_update = asn1::generalized_time("20500101000000Z"),
        .next_update = asn1::generalized_time("20510101000000Z")},
       "ok"},
      {"Version1", {.version = {}}, "CRL: not of version 2"},
      {"Version3", {.version = asn1::integer(2)}, "CRL: not of version 2"},
      {"AlgorithmsDiffer",
       {.outer_algorithm = testing::algorithm_identifier({.hash = "SHA384"})},
       "CRL: inner and outer signature algorithm differ"},
      {"IssuerIsNoName", {.issuer = asn1::null()}, "CRL: malformed issuer"},
      {"NoThisUpdate", {.this_update = {}, .next_update = {}}, "CRL: malformed thisUpdate"},
      {"ThisUpdateMalformed",
       {.this_update = asn1::utc_time("2605010000Z")},
       "CRL: malformed thisUpdate"},
      {"NextUpdateMalformed",
       {.next_update = asn1::utc_time("261301000000Z")},
       "CRL: malformed nextUpdate"},
      {"NextUpdateAbsent", {.next_update = {}}, "ok"},
      {"EntryIsNoSequence", entry(asn1::integer(1)), "CRL: malformed entry"},
      {"EntryWithoutDate", entry(asn1::sequence({asn1::integer(1)})), "CRL: malformed entry"},
      {"EntryWithoutSerial", entry(asn1::sequence({date})), "CRL: malformed entry"},
      {"EntrySerialNotShortest", entry(asn1::sequence({asn1::tlv(0x02, Bytes{0, 1}), date})),
       "CRL: malformed entry"},
      {"EntryTail",
       entry(asn1::sequence({asn1::integer(1), date, asn1::sequence({}), asn1::null()})),
       "CRL: malformed entry"},
      {"EntryExtensionsAreNotRead",
       entry(asn1::sequence({asn1::integer(1), date, asn1::sequence({asn1::null()})})), "ok"},
      {"TwoNumbers",
       {.extensions = {testing::crl_number(1), testing::crl_number(2)}},
       "CRL: malformed extensions"},
      {"NumberMalformed", with(odd(testing::kCrlNumberType, asn1::null())),
       "CRL: malformed cRLNumber"},
      {"NumberNegative", with(odd(testing::kCrlNumberType, asn1::integer(-1))),
       "CRL: malformed cRLNumber"},
      {"DeltaMalformed", with(odd(testing::kDeltaType, asn1::null())),
       "CRL: malformed deltaCRLIndicator"},
      {"ScopeMalformed", with(odd(testing::kScopeType, asn1::null())),
       "CRL: malformed issuingDistributionPoint"},
      {"ScopeFlagIsNotTrue",
       with(odd(testing::kScopeType, asn1::sequence({asn1::tlv(0x84, Bytes{0x01})}))),
       "CRL: malformed issuingDistributionPoint"},
      {"ScopeOutOfOrder",
       with(odd(testing::kScopeType,
                asn1::sequence({asn1::tlv(0x84, Bytes{0xFF}), asn1::tlv(0x81, Bytes{0xFF})}))),
       "CRL: malformed issuingDistributionPoint"},
      {"FreshestMalformed", with(odd(testing::kFreshestType, asn1::null())),
       "CRL: malformed freshestCRL"},
      {"ExtensionsInNothing",
       {.raw_extensions = asn1::null()},
       "CRL: bytes after the last field"},
  };
}
INSTANTIATE_TEST_SUITE_P(Table, CrlReads, ::testing::ValuesIn(rows()),
                         [](const auto& each) { return each.param.name; });

TEST(Crl, IsOneCompleteElement) {
  const Bytes whole = make_crl({.entries = {{.serial = 7}}});
  EXPECT_EQ(read({}), "CRL: not one complete DER list");
  EXPECT_EQ(read(asn1::join({whole, asn1::null()})), "CRL: not one complete DER list");
  for (std::size_t length = 1; length < whole.size(); ++length)
    EXPECT_NE(read({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}), "ok");
}

// shows: N-518
TEST(Crl, OfExactly32MiBIsTooLarge) {
  EXPECT_EQ(read(Bytes(kCrlTooLarge)), "CRL: 32 MiB or more");
  EXPECT_EQ(read(Bytes(kCrlTooLarge - 1)), "CRL: not one complete DER list");
}

TEST(Crl, TellsWhatStandsInIt) {
  const auto crl = parsed(
      make_crl({.entries = {{.serial = 7, .extensions = {testing::reason(1)}},
                            {.serial = 8},
                            {.serial = 7, .extensions = {testing::invalidity("20260301000000Z")}}},
                .extensions = {testing::crl_number(300), testing::delta_indicator(299),
                               testing::scope({1, 4}, {"http://a", "http://b"}),
                               testing::freshest({"http://d", "http://e"})}}));
  ASSERT_THAT(crl, IsOk());
  EXPECT_EQ(format_rfc3339(crl->this_update()), "2026-05-01T00:00:00Z");
  EXPECT_EQ(format_rfc3339(*crl->next_update()), "2026-07-01T00:00:00Z");
  EXPECT_EQ(to_hex(*crl->number()), "012c");
  EXPECT_EQ(to_hex(*crl->base_number()), "012b");
  EXPECT_TRUE(crl->scope()->only_user_certificates);
  EXPECT_TRUE(crl->scope()->indirect);
  EXPECT_FALSE(crl->scope()->only_ca_certificates);
  EXPECT_EQ(crl->scope()->uris, (std::vector<std::string>{"http://a", "http://b"}));
  EXPECT_EQ(crl->freshest(), (std::vector<std::string>{"http://d", "http://e"}));
  EXPECT_EQ(crl->unknown_critical(), "");
  const auto entries = crl->entries_of(Bytes{7});
  ASSERT_THAT(entries, IsOk());
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ((*entries)[0].reason, 1);
  EXPECT_EQ(format_rfc3339(*(*entries)[1].invalidity_date), "2026-03-01T00:00:00Z");
  EXPECT_TRUE(crl->entries_of(Bytes{9})->empty());
}

// RV-37: as integers; the shortest form has one spelling each.
TEST(Crl, ComparesNumbers) {
  EXPECT_LT(compare_numbers(Bytes{0x7F}, Bytes{0x00, 0x80}), 0);
  EXPECT_GT(compare_numbers(Bytes{0x01, 0x00}, Bytes{0x00, 0xFF}), 0);
  EXPECT_EQ(compare_numbers(Bytes{0x12, 0x34}, Bytes{0x12, 0x34}), 0);
  EXPECT_LT(compare_numbers(Bytes{0x12, 0x34}, Bytes{0x12, 0x35}), 0);
}

}  // namespace
}  // namespace countersign::x509
