// Which COSE envelopes open: their octets, from the first to the last.
#include <gtest/gtest.h>

#include <algorithm>

#include "envelope/cose_rows.hpp"
#include "support/jws_builder.hpp"

namespace countersign::envelope {
namespace {

TEST_P(Cose, OpensOrBreaksThisRule) {
  CoseBuilder builder;
  GetParam().edit(builder);
  EXPECT_EQ(opened(builder.build()), GetParam().want);
}

// shows: N-158
TEST(CoseEnvelope, OpensForEveryKeyOfTheTableUnderBothSchemes) {
  const std::vector kinds = {KeyKind::kRsa2048, KeyKind::kRsa3072, KeyKind::kRsa4096,
                             KeyKind::kP256,    KeyKind::kP384,    KeyKind::kP521};
  for (const KeyKind kind : kinds) {
    const CoseBuilder builder(chain_of(kind));
    EXPECT_EQ(opened(builder.build()), "") << static_cast<int>(kind);
    EXPECT_EQ(opened(CoseBuilder(builder)
                         .signing_authority(cbor::time(kStartOf2026))
                         .expiry(cbor::time(kStartOf2030))
                         .build()),
              "")
        << static_cast<int>(kind);
    // And the number in the header must be the key's.
    for (const KeyKind other : kinds) {
      EXPECT_EQ(opened(CoseBuilder(builder).alg(cose_algorithm_of(other)).build()),
                other == kind ? "" : "CE-25")
          << static_cast<int>(kind) << " as " << static_cast<int>(other);
    }
  }
}

TEST(CoseEnvelope, SaysWhatWasSigned) {
  const Bytes bytes = CoseBuilder()
                          .signing_time(cbor::tag(1, cbor::float64(1767225600.5)))
                          .expiry(cbor::time(kStartOf2030))
                          .attribute(cbor::text("example.com/x"), cbor::text("y"), false)
                          .attribute(cbor::text("100"), hex("80"), true)
                          .attribute(cbor::integer(100), cbor::text("z"), false)
                          .timestamp(hex("010203"))
                          .build();
  const auto envelope = open_envelope(kCose, bytes);
  ASSERT_THAT(envelope, IsOk());
  EXPECT_EQ(envelope->scheme(), SigningScheme::kX509);
  EXPECT_EQ(format_rfc3339(envelope->signing_time()), "2026-01-01T00:00:00.5Z");
  EXPECT_EQ(format_rfc3339(*envelope->expiry()), "2030-01-01T00:00:00Z");
  EXPECT_EQ(as_text(envelope->payload()), testing::test_payload());
  EXPECT_EQ(envelope->signature().size(), 64U);
  EXPECT_EQ(to_hex(*envelope->timestamp_token()), "010203");
  ASSERT_EQ(envelope->chain().size(), 3U);
  EXPECT_EQ(envelope->leaf().subject_text(), "CN=signer,O=Acme,ST=WA,C=US");
  // 100 and "100" are two labels, of which one is critical.
  ASSERT_EQ(envelope->extended_attributes().size(), 3U);
  EXPECT_EQ(envelope->find_attribute("example.com/x")->text, "y");
  EXPECT_TRUE(envelope->find_attribute("100")->critical);
  EXPECT_EQ(envelope->find_attribute("100")->text, std::nullopt);
  EXPECT_TRUE(envelope->extended_attributes()[2].is_integer);
  EXPECT_FALSE(envelope->extended_attributes()[2].critical);
  EXPECT_EQ(envelope->find_attribute("1"), nullptr);
}

std::vector<Row> messages() {
  const auto prefix = [](std::string_view digits) {
    return [start = hex(digits)](auto& cose) { cose.prefix(start); };
  };
  const auto element = [](std::size_t index, const Bytes& value) {
    return [=](auto& cose) { cose.element(index, value); };
  };
  return {
      {"Good", [](auto&) {}, ""},
      // shows: N-159
      {"Untagged", prefix("84"), "CO-1"},
      // shows: N-160
      {"TagInTwoOctets", prefix("d81284"), "CO-1"},
      {"TagInThreeOctets", prefix("d9001284"), "CO-1"},
      // shows: N-161
      {"TagOfSign", prefix("d86284"), "CO-1"},
      {"TagOfMac0", prefix("d184"), "CO-1"},
      {"TagTwice", prefix("d2d284"), "CO-1"},
      {"TagOfCborBefore", prefix("d9d9f7d284"), "CO-1"},
      // shows: N-162
      {"ArrayInTwoOctets", prefix("d29804"), "CO-1"},
      {"ArrayIndefinite", [](auto& cose) { cose.prefix(hex("d29f")).after(hex("ff")); }, "CO-1"},
      // shows: N-163
      {"ArrayOf3", [](auto& cose) { cose.prefix(hex("d283")).element(3, {}); }, "CO-1"},
      {"ArrayOf5", [](auto& cose) { cose.prefix(hex("d285")).after(hex("f6")); }, "CO-1"},
      {"ArrayOf4With3", [](auto& cose) { cose.element(3, {}); }, "CO-3"},
      {"ArrayOf4With5", [](auto& cose) { cose.after(hex("f6")); }, "CO-3"},
      {"MapOf4", prefix("d2a4"), "CO-1"},
      // shows: N-165
      {"OctetAfter", [](auto& cose) { cose.after(hex("00")); }, "CO-3"},
      {"BreakAfter", [](auto& cose) { cose.after(hex("ff")); }, "CO-3"},
      {"MessageAfter", [](auto& cose) { cose.after(CoseBuilder().build()); }, "CO-3"},
      // shows: N-166
      {"ProtectedNull", element(0, hex("f6")), "CO-5"},
      {"ProtectedText", element(0, hex("60")), "CO-5"},
      {"ProtectedMap", element(0, hex("a0")), "CO-5"},
      // shows: N-167
      {"ProtectedEmpty", element(0, hex("40")), "CO-5"},
      {"ProtectedEmptyAndSigned", [](auto& cose) { cose.raw_protected({}); }, "CO-5"},
      {"ProtectedEmptyMap", [](auto& cose) { cose.raw_protected(hex("a0")); }, "CO-1"},
      // shows: N-168
      {"ProtectedArray", [](auto& cose) { cose.raw_protected(hex("80")); }, "CO-5"},
      {"ProtectedMapInBytes",
       [](auto& cose) { cose.raw_protected(cbor::bytes(cose.protected_content())); }, "CO-5"},
      {"ProtectedMapInTag",
       [](auto& cose) { cose.raw_protected(cbor::tag(55799, cose.protected_content())); }, "CO-5"},
      // shows: N-169
      {"ProtectedOctetAfter",
       [](auto& cose) { cose.raw_protected(cbor::join({cose.protected_content(), hex("00")})); },
       "CO-3"},
      // shows: N-170
      {"ProtectedIndefinite",
       [](auto& cose) { cose.raw_protected(cbor::indefinite(5, cose.protected_header().items())); },
       "CO-3"},
      {"ProtectedBytesIndefinite",
       [](auto& cose) {
         cose.element(0, cbor::indefinite(2, {cbor::bytes(cose.protected_content())}));
       },
       "CO-3"},
      {"UnprotectedIndefinite",
       [](auto& cose) { cose.element(1, cbor::indefinite(5, cose.unprotected().items())); },
       "CO-3"},
      {"UnprotectedValueIndefinite", unprotect("x", hex("9fff")), "CO-3"},
      {"PayloadIndefinite",
       element(2, cbor::indefinite(2, {cbor::bytes(as_bytes(testing::test_payload()))})), "CO-3"},
      // shows: N-171
      {"ProtectedUnsorted",
       [](auto& cose) {
         auto items = cose.protected_header().items();
         std::ranges::rotate(items, items.begin() + 4);
         cose.raw_protected(cbor::map(items));
       },
       ""},
      // shows: N-172
      {"AlgNotShortest", protect(1, cbor::integer(-7, Width::kTwo)), ""},
      {"AlgInNineOctets", protect(1, cbor::integer(-7, Width::kEight)), ""},
      {"LabelNotShortest",
       [](auto& cose) {
         cose.protected_header().remove(1).put(cbor::integer(1, Width::kFour), cbor::integer(-7));
       },
       ""},
      {"TextNotShortest", protect(kScheme, cbor::text("notary.x509", Width::kFour)), ""},
      {"MapNotShortest",
       [](auto& cose) { cose.raw_protected(cose.protected_header().encoded(Width::kEight)); }, ""},
      {"ChainNotShortest",
       [](auto& cose) {
         std::vector<Bytes> ders;
         for (const Bytes& der : cose.chain().ders) ders.push_back(cbor::bytes(der, Width::kEight));
         cose.unprotected().remove(33).put(cbor::integer(33, Width::kTwo),
                                           cbor::array(ders, Width::kFour));
       },
       ""},
      // shows: N-173
      {"ProtectedBytesNotShortest",
       [](auto& cose) { cose.element(0, cbor::bytes(cose.protected_content(), Width::kFour)); },
       ""},
      {"ShortProtectedInTwoOctetsOfLength",
       [](auto& cose) {
         ASSERT_LT(cose.protected_content().size(), 256U);
         cose.element(0, cbor::bytes(cose.protected_content(), Width::kTwo));
       },
       ""},
      {"PayloadNotShortest",
       element(2, cbor::bytes(as_bytes(testing::test_payload()), Width::kEight)), ""},
      {"SignedOverTheLongHead",
       [](auto& cose) {
         cose.element(0, cbor::bytes(cose.protected_content(), Width::kTwo));
         cose.sign_over([](BytesView headers, BytesView payload) {
           return cbor::array({cbor::text("Signature1"), cbor::bytes(headers, Width::kTwo),
                               cbor::bytes({}), cbor::bytes(payload)});
         });
       },
       "JW-13"},
      // shows: N-174
      {"ProtectedTwice",
       [](auto& cose) { cose.protected_header().add(cbor::integer(1), cbor::integer(-7)); },
       "CO-3"},
      {"ProtectedTextTwice",
       [](auto& cose) {
         cose.protected_header().add(cbor::text(kScheme), cbor::text("notary.x509"));
       },
       "CO-3"},
      // shows: N-175
      {"ProtectedTwiceInTwoForms",
       [](auto& cose) { cose.protected_header().add(hex("1801"), cbor::integer(-7)); }, "CO-3"},
      // shows: N-176
      {"UnprotectedTwice",
       [](auto& cose) {
         cose.unprotected().add(cbor::integer(33), Bytes(cose.unprotected().at(cbor::integer(33))));
       },
       "CO-3"},
      {"UnprotectedTwiceNested", unprotect("x", hex("81a201000100")), "CO-3"},
      {"ProtectedTwiceNested", protect("x", hex("a201000100")), "CO-3"},
      // shows: N-177
      {"ProtectedLabelBytes",
       [](auto& cose) { cose.protected_header().add(hex("4101"), hex("00")); }, "CO-4"},
      {"ProtectedLabelBool", [](auto& cose) { cose.protected_header().add(hex("f5"), hex("00")); },
       "CO-4"},
      {"ProtectedLabelFloat",
       [](auto& cose) { cose.protected_header().add(hex("f93c00"), hex("00")); }, "CO-4"},
      {"ProtectedLabelNull", [](auto& cose) { cose.protected_header().add(hex("f6"), hex("00")); },
       "CO-4"},
      {"ProtectedLabelArray", [](auto& cose) { cose.protected_header().add(hex("80"), hex("00")); },
       "CO-3"},
      {"ProtectedLabelBelow64Bits",
       [](auto& cose) { cose.protected_header().add(hex("3b8000000000000000"), hex("00")); },
       "CO-4"},
      {"UnprotectedLabelBytes", [](auto& cose) { cose.unprotected().add(hex("4101"), hex("00")); },
       "CO-4"},
      {"UnprotectedLabelBool", [](auto& cose) { cose.unprotected().add(hex("f4"), hex("00")); },
       "CO-4"},
      {"UnprotectedLabelFloat",
       [](auto& cose) { cose.unprotected().add(hex("f93c00"), hex("00")); }, "CO-4"},
      // shows: N-178
      {"ProtectedValueNoUtf8", protect("x", hex("61ff")), "CO-3"},
      {"ProtectedLabelNoUtf8",
       [](auto& cose) { cose.protected_header().add(hex("61ff"), hex("00")); }, "CO-3"},
      {"ProtectedNestedNoUtf8", protect("x", hex("8162c080")), "CO-3"},
      {"UnprotectedValueNoUtf8", unprotect(kAgent, hex("63eda080")), "CO-3"},
      {"UnprotectedLabelNoUtf8", [](auto& cose) { cose.unprotected().add(hex("61ff"), hex("00")); },
       "CO-3"},
      // shows: N-179
      {"UnprotectedDepth33", unprotect("x", cbor::nested(31, hex("00"))), "CO-3"},
      {"UnprotectedDepth32", unprotect("x", cbor::nested(30, hex("00"))), ""},
      {"ProtectedDepth33", protect("x", cbor::nested(32, hex("00"))), "CO-3"},
      {"ProtectedDepth32", protect("x", cbor::nested(31, hex("00"))), ""},
      // shows: N-180
      {"ChainTagged",
       [](auto& cose) {
         cose.unprotected().put(33, cbor::tag(1, cose.unprotected().at(cbor::integer(33))));
       },
       "CO-3"},
      {"AgentTagged", unprotect(kAgent, hex("c16161")), "CO-3"},
      {"UnprotectedTagNested", unprotect("x", hex("81c100")), "CO-3"},
      {"UnprotectedMapTagged",
       [](auto& cose) { cose.element(1, cbor::tag(1, cose.unprotected().encoded())); }, "CO-3"},
      // shows: N-181
      {"PayloadTagged", element(2, cbor::tag(24, cbor::bytes(as_bytes(testing::test_payload())))),
       "CO-3"},
      {"ProtectedTagged",
       [](auto& cose) { cose.element(0, cbor::tag(24, cbor::bytes(cose.protected_content()))); },
       "CO-3"},
      // shows: N-182
      {"AttributeTagged", protect("x", hex("c24101")), ""},
      {"AttributeTaggedNested", protect("x", hex("81d87b80")), ""},
      {"IntegerBelow64BitsIgnored", protect("x", hex("3bffffffffffffffff")), ""},
      {"IntegerAbove64BitsIgnored", protect("x", hex("1b8000000000000000")), "CO-3"},
      // shows: N-183
      {"ProtectedOf2To40", element(0, hex("5b0000010000000000")), "CO-3"},
      {"UnprotectedOf2To40", element(1, hex("bb0000010000000000")), "CO-3"},
      {"PayloadOf2To40", element(2, hex("5b0000010000000000")), "CO-3"},
      {"PayloadOf2To64", element(2, hex("5bffffffffffffffff")), "CO-3"},
      {"ChainOf2To40", unprotect(33, hex("9b0000010000000000")), "CO-3"},
      {"CritOf2To40", protect(2, hex("9b0000010000000000")), "CO-3"},
      {"UnprotectedNull", element(1, hex("f6")), "CO-6"},
      {"UnprotectedArray", element(1, hex("80")), "CO-6"},
      {"UnprotectedMapInBytes",
       [](auto& cose) { cose.element(1, cbor::bytes(cose.unprotected().encoded())); }, "CO-6"},
      // shows: N-184
      {"CritUnprotected", unprotect(2, cbor::array({cbor::text(kScheme)})), "CO-6"},
      // shows: N-186
      {"PayloadNull", element(2, hex("f6")), "CO-7"},
      {"PayloadUndefined", element(2, hex("f7")), "CO-7"},
      // shows: N-187
      {"PayloadEmpty", element(2, hex("40")), "PL-3"},
      {"PayloadEmptyAndSigned", [](auto& cose) { cose.payload(""); }, "PL-3"},
      // shows: N-188
      {"PayloadText", element(2, cbor::text(testing::test_payload())), "CO-7"},
      {"PayloadMap", element(2, hex("a0")), "CO-7"},
      // shows: N-189
      {"SignatureEmpty", element(3, hex("40")), "CO-8"},
      {"SignatureNull", element(3, hex("f6")), "CO-8"},
      {"SignatureText", element(3, hex("6161")), "CO-8"},
  };
}
INSTANTIATE_TEST_SUITE_P(Message, Cose, ::testing::ValuesIn(messages()), kRowName);

// shows: N-164
TEST(CoseEnvelope, IsNotOpenedByItsBeginning) {
  const Bytes whole = CoseBuilder().build();
  EXPECT_EQ(opened({}), "CO-1");
  EXPECT_EQ(opened(hex("d2")), "CO-1");
  EXPECT_EQ(opened(hex("84")), "CO-1");
  EXPECT_EQ(opened(hex("d284")), "CO-3");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(opened(BytesView(whole).first(size)), "") << size;
}

TEST(CoseEnvelope, InAnotherFormatIsRefused) {
  const Bytes cose = CoseBuilder().build();
  EXPECT_EQ(open_envelope("application/jose+json", cose).error().reason().id(), "JW-3");
  EXPECT_EQ(open_envelope("application/cose; x=y", cose).error().reason().id(), "ST-6");
  const std::string jws = testing::JwsBuilder().build();
  EXPECT_EQ(opened(as_bytes(jws)), "CO-1");
}

}  // namespace
}  // namespace countersign::envelope
