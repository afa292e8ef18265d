// Signing schemes of COSE envelopes, and the times that go with each.
#include <gtest/gtest.h>

#include <limits>

#include "envelope/cose_rows.hpp"

namespace countersign::envelope {
namespace {

std::vector<Row> schemes_and_times() {
  const auto time = [](const Bytes& value) {
    return [=](auto& cose) { cose.signing_time(value); };
  };
  const auto real = [=](double value) { return time(cbor::tag(1, cbor::float64(value))); };
  const auto expires = [](const Bytes& value) { return [=](auto& cose) { cose.expiry(value); }; };
  const Edit authority = [](auto& cose) { cose.signing_authority(cbor::time(kStartOf2026)); };
  const double infinity = std::numeric_limits<double>::infinity();
  return {
      // shows: N-203
      {"SchemeBytes", protect(kScheme, cbor::bytes(as_bytes("notary.x509"))), "CO-12"},
      {"SchemeNumber", protect(kScheme, hex("01")), "CO-12"},
      {"SchemeNull", protect(kScheme, hex("f6")), "CO-12"},
      {"SchemeTagged", protect(kScheme, cbor::tag(1, cbor::text("notary.x509"))), "CO-12"},
      {"SchemeAbsent", [](auto& cose) { cose.protected_header().remove(kScheme); }, "CO-12"},
      {"SchemeUnknown", [](auto& cose) { cose.scheme("notary.x509.other"); }, "SC-1"},
      {"SchemeUpperCase", [](auto& cose) { cose.scheme("Notary.X509"); }, "SC-1"},
      {"SchemeEmpty", [](auto& cose) { cose.scheme(""); }, "SC-1"},
      // shows: N-204
      {"TimeUnsigned", time(hex("c11a62513ab0")), ""},
      {"TimeInLongForm", time(cbor::tag(1, cbor::integer(kStartOf2026, Width::kEight))), ""},
      {"TagInLongForm", time(cbor::tag(1, cbor::integer(kStartOf2026), Width::kTwo)), ""},
      // shows: N-205
      {"TimeText", time(cbor::tag(0, cbor::text("2026-01-01T00:00:00Z"))), "CO-11"},
      // shows: N-206
      {"TimeUntagged", time(cbor::integer(kStartOf2026)), "CO-11"},
      {"TimeUntaggedText", time(cbor::text("2026-01-01T00:00:00Z")), "CO-11"},
      {"TimeNull", time(hex("f6")), "CO-11"},
      {"TimeTaggedTwice", time(cbor::tag(1, cbor::time(kStartOf2026))), "CO-11"},
      {"TimeUnderOtherTag", time(cbor::tag(100, cbor::integer(kStartOf2026))), "CO-11"},
      // shows: N-207
      {"TimeBefore1970", time(cbor::time(-1)), ""},
      {"TimeOfTheYear1", time(cbor::time(-62135596799)), ""},
      {"TimeZero", time(cbor::time(-62135596800)), "SC-4"},
      {"TimeBeforeTheYear1", time(cbor::time(-62135596801)), "CO-11"},
      {"TimeOfTheYear9999", time(cbor::time(253402300799)), ""},
      {"TimeOfTheYear10000", time(cbor::time(253402300800)), "CO-11"},
      {"TimeSmallest", time(hex("c13b7fffffffffffffff")), "CO-11"},
      {"TimeBelow64Bits", time(hex("c13bffffffffffffffff")), "CO-11"},
      {"TimeLargest", time(hex("c11b7fffffffffffffff")), "CO-11"},
      // shows: N-208
      {"TimeFloat", real(1.5), ""},
      {"TimeHalf", time(hex("c1f93e00")), ""},
      {"TimeSingle", time(hex("c1fa3fc00000")), ""},
      {"TimeNegativeFloat", real(-1.5), ""},
      {"TimeNan", time(hex("c1f97e00")), "CO-11"},
      {"TimeNanDouble", real(std::numeric_limits<double>::quiet_NaN()), "CO-11"},
      {"TimeInfinity", real(infinity), "CO-11"},
      {"TimeMinusInfinity", real(-infinity), "CO-11"},
      {"TimeHalfInfinity", time(hex("c1f97c00")), "CO-11"},
      {"TimeVeryLargeFloat", real(1e300), "CO-11"},
      {"TimeFloatInTheYear9999", real(253402300799.5), ""},
      {"TimeFloatInTheYear10000", real(253402300800.0), "CO-11"},
      {"TimeFloatBeforeTheYear1", real(-62135596800.5), "CO-11"},
      // shows: N-209
      {"TimeTextUnderTag1", time(cbor::tag(1, cbor::text("2026-01-01T00:00:00Z"))), "CO-11"},
      {"TimeBignum", time(cbor::tag(1, hex("c24469560000"))), "CO-11"},
      {"TimeBytes", time(cbor::tag(1, hex("4101"))), "CO-11"},
      {"TimeNullUnderTag1", time(cbor::tag(1, hex("f6"))), "CO-11"},
      {"TimeTrueUnderTag1", time(cbor::tag(1, hex("f5"))), "CO-11"},
      {"TimeArrayUnderTag1", time(cbor::tag(1, hex("8101"))), "CO-11"},
      // shows: N-210
      {"NoTime", [](auto& cose) { cose.protected_header().remove(kSigningTime); }, "SC-4"},
      {"TimeOnlyUnprotected",
       both([](auto& cose) { cose.protected_header().remove(kSigningTime); },
            unprotect(kSigningTime, cbor::integer(kStartOf2026))),
       "SC-4"},
      // shows: N-211
      {"ExpiryText", expires(cbor::tag(0, cbor::text("2030-01-01T00:00:00Z"))), "CO-11"},
      {"ExpiryUntagged", expires(cbor::integer(kStartOf2030)), "CO-11"},
      {"ExpiryNull", expires(hex("f6")), "CO-11"},
      {"ExpiryWrongType", expires(cbor::text("2030-01-01T00:00:00Z")), "CO-11"},
      {"ExpiryNan", expires(hex("c1f97e00")), "CO-11"},
      {"ExpirySecondLater", expires(cbor::time(kStartOf2026 + 1)), ""},
      {"ExpiryHalfSecondLater",
       expires(cbor::tag(1, cbor::float64(static_cast<double>(kStartOf2026) + 0.5))), ""},
      {"ExpiryAtSigning", expires(cbor::time(kStartOf2026)), "SC-3"},
      {"ExpiryAtSigningAsFloat",
       expires(cbor::tag(1, cbor::float64(static_cast<double>(kStartOf2026)))), "SC-3"},
      {"ExpiryBeforeSigning", expires(cbor::time(kStartOf2026 - 1)), "SC-3"},
      {"ExpiryOfTheYear1", expires(cbor::time(-62135596800)), "SC-3"},
      // shows: N-212
      {"X509WithAuthenticTime", protect(kAuthenticTime, cbor::time(kStartOf2026)), "SC-4"},
      // shows: N-213
      {"AuthorityWithSigningTime", both(authority, protect(kSigningTime, cbor::time(kStartOf2026))),
       "SC-4"},
      {"Authority", authority, ""},
      {"AuthorityWithoutTime",
       both(authority,
            [](auto& cose) {
              cose.protected_header().remove(kAuthenticTime);
              cose.crit({cbor::text(kScheme)});
            }),
       "JW-9"},
      {"AuthorityTimeUntagged", both(authority, protect(kAuthenticTime, hex("01"))), "CO-11"},
      {"AuthorityExpiryAtSigning", both(authority, expires(cbor::time(kStartOf2026))), "SC-3"},
  };
}
INSTANTIATE_TEST_SUITE_P(SchemesAndTimes, Cose, ::testing::ValuesIn(schemes_and_times()), kRowName);

TEST(CoseEnvelope, KeepsFractionsOfTimes) {
  const auto time = [](double seconds) {
    const Bytes bytes = CoseBuilder().signing_time(cbor::tag(1, cbor::float64(seconds))).build();
    return format_rfc3339(open_envelope(kCose, bytes)->signing_time());
  };
  EXPECT_EQ(time(1.5), "1970-01-01T00:00:01.5Z");
  EXPECT_EQ(time(-1.5), "1969-12-31T23:59:58.5Z");
  EXPECT_EQ(time(-0.0), "1970-01-01T00:00:00Z");
  // So little below 1970 that the nanoseconds would round up to a whole second.
  EXPECT_EQ(time(-1e-20), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(time(253402300799.5), "9999-12-31T23:59:59.5Z");
}

}  // namespace
}  // namespace countersign::envelope
