// Labels of COSE headers, and the critical ones among them.
#include <gtest/gtest.h>

#include <chrono>

#include "envelope/cose_rows.hpp"

namespace countersign::envelope {
namespace {

std::vector<Row> labels() {
  const Bytes iv = hex("4101");
  const auto headers = [](std::int64_t label, const char* protected_value,
                          const char* unprotected_value) {
    return both(protect(label, hex(protected_value)), unprotect(label, hex(unprotected_value)));
  };
  return {
      // shows: N-185
      {"IvTwiceProtected", both(protect(5, iv), protect(6, iv)), "CO-13"},
      {"IvTwiceUnprotected", both(unprotect(5, iv), unprotect(6, iv)), "CO-13"},
      {"IvInOnePartialInOther", both(protect(5, iv), unprotect(6, iv)), "CO-13"},
      {"PartialInOneIvInOther", both(protect(6, iv), unprotect(5, iv)), "CO-13"},
      {"IvAlone", protect(5, iv), ""},
      {"PartialIvAlone", unprotect(6, iv), ""},
      {"IvText", protect(5, hex("6161")), "CO-13"},
      {"PartialIvInteger", unprotect(6, hex("01")), "CO-13"},
      {"Kid", headers(4, "4101", "4102"), ""},
      {"KidText", protect(4, hex("6161")), "CO-13"},
      {"KidUnprotectedNull", unprotect(4, hex("f6")), "CO-13"},
      {"CounterSignatureProtected", protect(7, hex("80")), "CO-13"},
      {"CounterSignature0Protected", protect(9, hex("4101")), "CO-13"},
      {"CounterSignature2Protected", protect(11, hex("80")), "CO-13"},
      {"CounterSignature02Protected", protect(12, hex("4101")), "CO-13"},
      {"CounterSignature", unprotect(7, hex("83404040")), ""},
      {"CounterSignatureBytes", unprotect(7, hex("40")), "CO-13"},
      {"CounterSignature0Array", unprotect(9, hex("80")), "CO-13"},
      {"CounterSignature2Bytes", unprotect(11, hex("40")), "CO-13"},
      {"CounterSignature02", unprotect(12, hex("4101")), ""},
      {"Type", headers(16, "63612f62", "1832"), ""},
      {"TypeWithoutSlash", protect(16, hex("6161")), "CO-13"},
      {"TypeBytes", unprotect(16, hex("40")), "CO-13"},
      {"AlgUnprotected", unprotect(1, hex("6161")), ""},
      {"AlgUnprotectedBytes", unprotect(1, hex("40")), "CO-13"},
      {"ContentTypeUnprotected", unprotect(3, hex("00")), ""},
      {"ContentTypeUnprotectedNegative", unprotect(3, hex("20")), "CO-13"},
      // shows: N-190
      {"NoAlg", [](auto& cose) { cose.protected_header().remove(1); }, "CO-1"},
      {"AlgUnprotectedOnly",
       both([](auto& cose) { cose.protected_header().remove(1); }, unprotect(1, cbor::integer(-7))),
       "CO-1"},
      {"AlgUnderTextLabel",
       [](auto& cose) { cose.protected_header().remove(1).put("1", cbor::integer(-7)); }, "CO-1"},
      // shows: N-191
      {"AlgText",
       [](auto& cose) {
         cose = CoseBuilder(chain_of(KeyKind::kRsa2048));
         cose.protected_header().put(1, cbor::text("PS256"));
       },
       "CO-1"},
      {"AlgNull", protect(1, hex("f6")), "CO-13"},
      {"AlgBelow64Bits", protect(1, hex("3bffffffffffffffff")), "CO-13"},
      // shows: N-192
      {"AlgEdDsa", [](auto& cose) { cose.alg(-8); }, "JW-17"},
      {"AlgRs256", [](auto& cose) { cose.alg(-257); }, "JW-17"},
      {"AlgHmac", [](auto& cose) { cose.alg(5); }, "JW-17"},
      {"AlgZero", [](auto& cose) { cose.alg(0); }, "JW-17"},
      {"AlgPositive", [](auto& cose) { cose.alg(7); }, "JW-17"},
      // shows: N-193
      {"Ps256WithRsa3072",
       [](auto& cose) {
         cose = CoseBuilder(chain_of(KeyKind::kRsa3072))
                    .alg(-37)
                    .sign_as({How::kRsaPss, "SHA256", -1, {}});
       },
       "CE-25"},
      // shows: N-194
      {"NoContentType", [](auto& cose) { cose.protected_header().remove(3); }, "PL-1"},
      // shows: N-195
      {"ContentTypeNumber", protect(3, hex("00")), "PL-1"},
      {"ContentTypeBytes", protect(3, hex("40")), "CO-13"},
      // shows: N-196
      {"ContentTypeWithBlank",
       protect(3, cbor::text(" application/vnd.cncf.notary.payload.v1+json")), "CO-13"},
      {"ContentTypeWithBlankAfter",
       protect(3, cbor::text("application/vnd.cncf.notary.payload.v1+json ")), "CO-13"},
      {"ContentTypeWithoutSlash", protect(3, cbor::text("application")), "CO-13"},
      {"ContentTypeOfTwoSlashes", protect(3, cbor::text("a/b/c")), "CO-13"},
      {"ContentTypeEmpty", protect(3, cbor::text("")), "CO-13"},
      {"ContentTypeOther", protect(3, cbor::text("application/json")), "PL-1"},
      {"ContentTypeUpperCase",
       protect(3, cbor::text("Application/vnd.cncf.notary.payload.v1+json")), "PL-1"},
  };
}
INSTANTIATE_TEST_SUITE_P(Labels, Cose, ::testing::ValuesIn(labels()), kRowName);

TEST(CoseEnvelope, SaysWhyAContentTypeIsWrong) {
  const auto message = [](const Edit& edit) {
    CoseBuilder builder;
    edit(builder);
    return open_envelope(kCose, builder.build()).error().message();
  };
  EXPECT_EQ(message(protect(3, hex("00"))), "content type should be of 'tstr' type");
  EXPECT_EQ(message([](auto& cose) { cose.element(2, hex("f6")); }), "missing payload");
  EXPECT_EQ(message(protect(kSigningTime, hex("1a69560000"))),
            "io.cncf.notary.signingTime: the time does not have a tag");
  EXPECT_EQ(message(protect(kScheme, hex("01"))), "invalid signingScheme");
}

std::vector<Row> critical_headers() {
  const Bytes scheme = cbor::text(kScheme);
  const Bytes expiry = cbor::text(kExpiry);
  const auto crit = [](const std::vector<Bytes>& list) {
    return [=](auto& cose) { cose.crit(list); };
  };
  const Edit expires = [](auto& cose) { cose.expiry(cbor::time(kStartOf2030)); };
  const Edit authority = [](auto& cose) { cose.signing_authority(cbor::time(kStartOf2026)); };
  const Edit attribute = protect("example.com/x", hex("01"));
  return {
      // shows: N-197
      {"NoCrit", [](auto& cose) { cose.protected_header().remove(2); }, "CO-9"},
      {"CritEmpty", crit({}), "CO-9"},
      {"CritText", [=](auto& cose) { cose.raw_crit(scheme); }, "CO-9"},
      {"CritNull", [](auto& cose) { cose.raw_crit(cbor::null()); }, "CO-9"},
      {"CritMap", [=](auto& cose) { cose.raw_crit(cbor::map({scheme, hex("01")})); }, "CO-9"},
      {"CritTagged", [=](auto& cose) { cose.raw_crit(cbor::tag(1, cbor::array({scheme}))); },
       "CO-9"},
      {"CritOfBytes", crit({scheme, cbor::bytes(as_bytes(kScheme))}), "CO-9"},
      {"CritOfNull", crit({scheme, cbor::null()}), "CO-9"},
      {"CritOfArray", crit({scheme, hex("80")}), "CO-9"},
      // shows: N-198
      {"SchemeNotCritical", both(attribute, crit({cbor::text("example.com/x")})), "JW-9"},
      {"ExpiryNotCritical", both(expires, crit({scheme})), "JW-9"},
      {"AuthenticTimeNotCritical", both(authority, crit({scheme})), "JW-9"},
      {"SchemeOnlyCriticalUnprotected",
       both(both(attribute, crit({cbor::text("example.com/x")})), unprotect(kScheme, scheme)),
       "JW-9"},
      // shows: N-199
      {"AbsentTextCritical", crit({scheme, cbor::text("example.com/x")}), "JW-9"},
      {"AbsentIntegerCritical", crit({scheme, cbor::integer(100)}), "JW-9"},
      {"AbsentExpiryCritical", crit({scheme, expiry}), "JW-9"},
      {"ChainCritical", crit({scheme, cbor::integer(33)}), "JW-9"},
      {"TextLabelOfAnInteger", both(protect(100, hex("01")), crit({scheme, cbor::text("100")})),
       "JW-9"},
      {"IntegerLabelOfAText", both(protect("100", hex("01")), crit({scheme, cbor::integer(100)})),
       "JW-9"},
      // shows: N-200
      {"AlgCritical", crit({scheme, cbor::integer(1)}), "JW-9"},
      {"CritCritical", crit({scheme, cbor::integer(2)}), "JW-9"},
      {"ContentTypeCritical", crit({scheme, cbor::integer(3)}), "JW-9"},
      {"KidCritical", both(protect(4, hex("4101")), crit({scheme, cbor::integer(4)})), "JW-9"},
      {"SigningTimeCritical", crit({scheme, cbor::text(kSigningTime)}), "JW-9"},
      // shows: N-201
      {"SchemeTwice", crit({scheme, scheme}), "JW-9"},
      {"SchemeTwiceInTwoForms", crit({scheme, cbor::text(kScheme, Width::kFour)}), "JW-9"},
      {"ExpiryTwice", both(expires, crit({scheme, expiry, expiry})), "JW-9"},
      {"AttributeTwice",
       both(attribute, crit({scheme, cbor::text("example.com/x"), cbor::text("example.com/x")})),
       "JW-9"},
      {"IntegerAttributeTwice",
       both(protect(100, hex("01")), crit({scheme, cbor::integer(100), cbor::integer(100)})),
       "JW-9"},
      {"CritOfVeryMany",
       [=](auto& cose) {
         std::vector<Bytes> list(65, cbor::text("x"));
         list.front() = scheme;
         cose.crit(list);
       },
       "CO-9"},
      {"CritInAnyOrder", both(expires, crit({expiry, scheme})), ""},
      {"CritNotShortest", [=](auto& cose) { cose.raw_crit(cbor::array({scheme}, Width::kEight)); },
       ""},
      {"TextAttributeCritical",
       [](auto& cose) { cose.attribute(cbor::text("example.com/x"), hex("01"), true); }, ""},
      {"IntegerAttributeCritical",
       [](auto& cose) { cose.attribute(cbor::integer(100), hex("01"), true); }, ""},
      {"NegativeAttributeCritical",
       [](auto& cose) { cose.attribute(cbor::integer(-70000), hex("01"), true); }, ""},
      {"AttributeNotCritical", attribute, ""},
  };
}
INSTANTIATE_TEST_SUITE_P(Critical, Cose, ::testing::ValuesIn(critical_headers()), kRowName);

// Whoever opens the envelope learns of critical attributes, so that it can refuse them.
TEST(CoseEnvelope, TellsCriticalAttributes) {
  for (const Bytes& label : {cbor::text("example.com/x"), cbor::integer(100), cbor::integer(16)}) {
    const Bytes bytes = CoseBuilder().attribute(label, cbor::text("a/b"), true).build();
    const auto envelope = open_envelope(kCose, bytes);
    ASSERT_THAT(envelope, IsOk());
    ASSERT_EQ(envelope->extended_attributes().size(), 1U);
    EXPECT_TRUE(envelope->extended_attributes()[0].critical);
  }
}

// Whoever can push signatures can make us open them: a hostile header must not cost more than its
// size.
TEST(CoseCost, ManyLabelsAreReadQuickly) {
  CoseBuilder builder;
  std::vector<Bytes> items = builder.protected_header().items();
  for (int i = 0; i < 8000; ++i) {
    items.push_back(cbor::text(std::string(200, 'x') + std::to_string(i)));
    items.push_back(hex("00"));
  }
  const Bytes bytes = builder.raw_protected(cbor::map(items)).build();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(opened(bytes), "");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace countersign::envelope
