// The fields of a TSTInfo, each wrong in every way.
#include "x509/timestamp_info.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"
#include "support/timestamp_builder.hpp"

namespace countersign::x509 {
namespace {

using countersign::testing::accuracy;
using countersign::testing::digest;
using countersign::testing::FailsSaying;
using countersign::testing::hash_identifier;
using countersign::testing::InfoSpec;
using countersign::testing::IsOk;
using countersign::testing::make_info;
namespace asn1 = countersign::testing::asn1;

const Bytes kMessage = {1, 2, 3};
constexpr const char* kEtsi = "0.4.0.2023.1.1";

/// "2026-02-01T00:00:00Z..2026-02-01T00:00:01Z", or the reason.
std::string bounds(const InfoSpec& spec) {
  const auto info = TimestampInfo::parse(make_info(kMessage, spec));
  if (!info) {
    EXPECT_EQ(info.error().outcome(), Outcome::kTimestampInvalid);
    return std::string(info.error().reason().id());
  }
  return format_rfc3339(info->earliest()) + ".." + format_rfc3339(info->latest());
}

struct Row {
  std::string name;
  InfoSpec spec;
  std::string want;
};
class Infos : public ::testing::TestWithParam<Row> {};
TEST_P(Infos, AreReadAs) { EXPECT_EQ(bounds(GetParam().spec), GetParam().want); }
constexpr auto kRowName = [](const auto& each) { return each.param.name; };

constexpr const char* kExact = "2026-02-01T00:00:00Z..2026-02-01T00:00:00Z";
constexpr const char* kOneSecond = "2026-01-31T23:59:59Z..2026-02-01T00:00:01Z";

Bytes time(std::string_view text) { return asn1::generalized_time(text); }
Bytes extension(bool critical) {
  return asn1::sequence(
      {asn1::oid("1.2.3"), critical ? asn1::boolean(true) : Bytes{}, asn1::octet_string(Bytes{})});
}
Bytes extensions(const Bytes& list) { return asn1::tlv(0xA1, list); }
const Bytes kTsaName = asn1::explicit_tag(0, asn1::explicit_tag(4, testing::acme("tsa")));

std::vector<Row> versions_and_imprints() {
  const auto imprint = [](const Bytes& algorithm, const Bytes& hash) {
    return asn1::sequence({algorithm, hash});
  };
  const Bytes good = asn1::octet_string(digest("SHA256", kMessage));
  const Bytes with_null = asn1::sequence({asn1::oid("2.16.840.1.101.3.4.2.1"), asn1::null()});
  const Bytes with_more = asn1::sequence({asn1::oid("2.16.840.1.101.3.4.2.1"), asn1::integer(1)});
  return {
      {"Plain", {}, kExact},
      {"Version0", {.version = asn1::integer(0)}, "TS-10"},
      // shows: N-438
      {"Version2", {.version = asn1::integer(2)}, "TS-10"},
      {"VersionOfTwoOctets", {.version = *from_hex("02020001")}, "TS-10"},
      {"VersionMissing", {.version = {}}, "TS-10"},
      {"Sha384", {.hash = "SHA384"}, kExact},
      {"Sha512", {.hash = "SHA512"}, kExact},
      // shows: N-437
      {"Sha1", {.hash = "SHA1"}, "TS-10"},
      {"ParametersNull", {.imprint = imprint(with_null, good)}, kExact},
      {"ParametersOther", {.imprint = imprint(with_more, good)}, "TS-10"},
      {"NoDigest", {.imprint = asn1::sequence({hash_identifier("SHA256")})}, "TS-10"},
      {"DigestOfOtherType",
       {.imprint = imprint(hash_identifier("SHA256"), asn1::integer(1))},
       "TS-10"},
      {"MoreThanADigest",
       {.imprint = asn1::sequence({hash_identifier("SHA256"), good, asn1::null()})},
       "TS-10"},
      {"NoPolicy", {.policy = {}}, "TS-13"},
      {"PolicyNoOid", {.policy = *from_hex("0600")}, "TS-13"},
      {"PolicyLongArc", {.policy = *from_hex("06032A8001")}, "TS-13"},
  };
}
INSTANTIATE_TEST_SUITE_P(Imprint, Infos, ::testing::ValuesIn(versions_and_imprints()), kRowName);

std::vector<Row> times() {
  return {
      {"Milliseconds",
       {.time = time("20250121091746.641Z")},
       "2025-01-21T09:17:46.641Z..2025-01-21T09:17:46.641Z"},
      {"Nanoseconds",
       {.time = time("20260201000000.000000001Z")},
       "2026-02-01T00:00:00.000000001Z..2026-02-01T00:00:00.000000001Z"},
      {"TenDigits", {.time = time("20260201000000.0000000001Z")}, "TS-11"},
      {"FractionEndsInZero", {.time = time("20260201000000.640Z")}, "TS-11"},
      {"FractionIsZero", {.time = time("20260201000000.0Z")}, "TS-11"},
      {"FractionIsEmpty", {.time = time("20260201000000.Z")}, "TS-11"},
      {"Comma", {.time = time("20260201000000,5Z")}, "TS-11"},
      {"FractionOfLetters", {.time = time("20260201000000.5aZ")}, "TS-11"},
      {"FractionOfSigns", {.time = time("20260201000000.-5Z")}, "TS-11"},
      {"FractionWithoutZone", {.time = time("20260201000000.55")}, "TS-11"},
      {"FractionAndOffset", {.time = time("20260201000000.5+0000")}, "TS-11"},
      {"Offset", {.time = time("20260201000000+0000")}, "TS-11"},
      {"NoZone", {.time = time("20260201000000")}, "TS-11"},
      {"NoSeconds", {.time = time("202602010000Z")}, "TS-11"},
      {"LeapSecond", {.time = time("20261231235960Z")}, "TS-11"},
      {"NoSuchDay", {.time = time("20260230000000Z")}, "TS-11"},
      {"UtcTime", {.time = asn1::utc_time("260201000000Z")}, "TS-11"},
      {"Empty", {.time = time("")}, "TS-11"},
      {"Missing", {.time = {}}, "TS-11"},
  };
}
INSTANTIATE_TEST_SUITE_P(Time, Infos, ::testing::ValuesIn(times()), kRowName);

std::vector<Row> accuracies() {
  const Bytes etsi = asn1::oid(kEtsi);
  const Bytes empty = asn1::sequence({});
  constexpr std::int64_t kMax = 2147483647;
  return {
      {"Seconds", {.accuracy = accuracy(1)}, kOneSecond},
      // shows: N-471
      {"HalfASecond",
       {.time = time("20250121091746.641Z"), .accuracy = accuracy(-1, 500)},
       "2025-01-21T09:17:46.141Z..2025-01-21T09:17:47.141Z"},
      {"All",
       {.time = time("20260201000000.5Z"), .accuracy = accuracy(2, 999, 999)},
       "2026-01-31T23:59:57.500001Z..2026-02-01T00:00:03.499999Z"},
      {"Micros",
       {.accuracy = accuracy(-1, -1, 1)},
       "2026-01-31T23:59:59.999999Z..2026-02-01T00:00:00.000001Z"},
      {"MillisOne",
       {.accuracy = accuracy(-1, 1)},
       "2026-01-31T23:59:59.999Z..2026-02-01T00:00:00.001Z"},
      // shows: N-470
      {"AbsentUnderEtsi", {.policy = etsi}, kOneSecond},
      {"AbsentUnderAnother", {.policy = asn1::oid("0.4.0.2023.1.2")}, kExact},
      {"EmptyUnderEtsi", {.policy = etsi, .accuracy = empty}, kOneSecond},
      {"ZeroUnderEtsi", {.policy = etsi, .accuracy = accuracy(0)}, kOneSecond},
      {"StatedUnderEtsi",
       {.policy = etsi, .accuracy = accuracy(-1, 500)},
       "2026-01-31T23:59:59.5Z..2026-02-01T00:00:00.5Z"},
      {"EmptyUnderAnother", {.accuracy = empty}, kExact},
      {"MillisZero", {.accuracy = accuracy(-1, 0)}, "TS-12"},
      {"Millis1000", {.accuracy = accuracy(-1, 1000)}, "TS-12"},
      {"MicrosZero", {.accuracy = accuracy(-1, -1, 0)}, "TS-12"},
      {"Micros1000", {.accuracy = accuracy(-1, -1, 1000)}, "TS-12"},
      {"SecondsNegative", {.accuracy = asn1::sequence({asn1::integer(-1)})}, "TS-12"},
      {"MillisNegative", {.accuracy = asn1::sequence({*from_hex("8001FF")})}, "TS-12"},
      {"MicrosNegative", {.accuracy = asn1::sequence({*from_hex("8101FF")})}, "TS-12"},
      {"SecondsMost", {.accuracy = accuracy(kMax)}, "1958-01-13T20:45:53Z..2094-02-19T03:14:07Z"},
      {"SecondsTooMany", {.accuracy = accuracy(kMax + 1)}, "TS-12"},
      {"SecondsOverflow", {.accuracy = accuracy(std::int64_t{1} << 40)}, "TS-12"},
      {"SecondsNotShortest", {.accuracy = asn1::sequence({*from_hex("02020001")})}, "TS-12"},
      {"MillisNotShortest", {.accuracy = asn1::sequence({*from_hex("80020001")})}, "TS-12"},
      {"MicrosBeforeMillis", {.accuracy = asn1::sequence({*from_hex("810101800101")})}, "TS-12"},
      {"MoreFields", {.accuracy = asn1::sequence({*from_hex("820101")})}, "TS-12"},
  };
}
INSTANTIATE_TEST_SUITE_P(Accuracy, Infos, ::testing::ValuesIn(accuracies()), kRowName);

std::vector<Row> other_fields() {
  return {
      // shows: N-478
      {"Everything",
       {.policy = asn1::oid("2.999.1"),
        .serial = *from_hex("0215"
                            "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"),
        .accuracy = accuracy(1),
        .rest = asn1::join(
            {asn1::boolean(true), asn1::integer(-5), kTsaName, extensions(extension(false))})},
       kOneSecond},
      {"Nonce", {.rest = asn1::integer(0x123456789)}, kExact},
      {"OrderingFalse", {.rest = asn1::boolean(false)}, kExact},
      {"CriticalExtension", {.rest = extensions(extension(true))}, "TS-13"},
      {"CriticalAfterAnother",
       {.rest = extensions(asn1::join({extension(false), extension(true)}))},
       "TS-13"},
      {"ExtensionsGarbage", {.rest = extensions(asn1::integer(1))}, "TS-13"},
      {"ExtensionWithoutValue",
       {.rest = extensions(asn1::sequence({asn1::oid("1.2.3")}))},
       "TS-13"},
      {"ExtensionCriticalityGarbage",
       {.rest = extensions(asn1::sequence(
            {asn1::oid("1.2.3"), *from_hex("010101"), asn1::octet_string(Bytes{})}))},
       "TS-13"},
      {"OrderingGarbage", {.rest = *from_hex("010101")}, "TS-13"},
      {"NonceGarbage", {.rest = *from_hex("02020001")}, "TS-13"},
      {"SerialMissing", {.serial = {}}, "TS-13"},
      {"SerialNotShortest", {.serial = *from_hex("02020001")}, "TS-13"},
      {"NonceBeforeOrdering",
       {.rest = asn1::join({asn1::integer(1), asn1::boolean(true)})},
       "TS-13"},
      {"UnknownField", {.rest = *from_hex("A200")}, "TS-13"},
      {"AccuracyTwice", {.accuracy = accuracy(1), .rest = accuracy(1)}, "TS-13"},
  };
}
INSTANTIATE_TEST_SUITE_P(Others, Infos, ::testing::ValuesIn(other_fields()), kRowName);

TEST(TimestampInfo, TheImprintIsOfOneMessage) {
  for (const char* hash : {"SHA256", "SHA384", "SHA512"}) {
    const auto info = TimestampInfo::parse(make_info(kMessage, {.hash = hash}));
    ASSERT_THAT(info, IsOk());
    EXPECT_TRUE(info->imprint.is_of(kMessage));
    EXPECT_FALSE(info->imprint.is_of(Bytes{1, 2, 4}));
    EXPECT_FALSE(info->imprint.is_of({}));
  }
  const Bytes cut = asn1::sequence({hash_identifier("SHA256"), asn1::octet_string(Bytes{})});
  EXPECT_FALSE(
      TimestampInfo::parse(make_info(kMessage, {.imprint = cut}))->imprint.is_of(kMessage));
}

// shows: N-439
TEST(TimestampInfo, RefusesWhatIsNoSequence) {
  const Bytes good = make_info(kMessage);
  const auto says =
      FailsSaying(Outcome::kTimestampInvalid, "TSTInfo: not one complete DER sequence");
  EXPECT_THAT(TimestampInfo::parse({}), says);
  EXPECT_THAT(TimestampInfo::parse(Bytes{'h', 'i'}), says);
  EXPECT_THAT(TimestampInfo::parse(asn1::join({good, asn1::null()})), says);
  EXPECT_THAT(TimestampInfo::parse(BytesView(good).first(good.size() - 1)), says);
  EXPECT_THAT(TimestampInfo::parse(asn1::set({good})), says);
}

TEST(TimestampInfo, SaysWhichExtensionIsCritical) {
  EXPECT_THAT(
      TimestampInfo::parse(make_info(kMessage, {.rest = extensions(extension(true))})),
      FailsSaying(Outcome::kTimestampInvalid, "TSTInfo: critical extension 1.2.3 is unknown"));
}

}  // namespace
}  // namespace countersign::x509
