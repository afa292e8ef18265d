// Which COSE envelopes open: octets, headers, schemes, times and signatures.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>

#include "envelope/envelope.hpp"
#include "support/cose_builder.hpp"
#include "support/jws_builder.hpp"
#include "support/matchers.hpp"

namespace countersign::envelope {
namespace {

namespace cbor = countersign::testing::cbor;
using cbor::hex;
using cbor::Width;
using countersign::testing::Chain;
using countersign::testing::ChainSpec;
using countersign::testing::cose_algorithm_of;
using countersign::testing::cose_signature1;
using countersign::testing::CoseBuilder;
using countersign::testing::How;
using countersign::testing::IsOk;
using countersign::testing::key;
using countersign::testing::KeyKind;
using countersign::testing::kStartOf2026;
using countersign::testing::kStartOf2030;
using countersign::testing::make_chain;

constexpr std::string_view kCose = "application/cose";
constexpr std::string_view kScheme = "io.cncf.notary.signingScheme";
constexpr std::string_view kSigningTime = "io.cncf.notary.signingTime";
constexpr std::string_view kAuthenticTime = "io.cncf.notary.authenticSigningTime";
constexpr std::string_view kExpiry = "io.cncf.notary.expiry";
constexpr std::string_view kTimestamp = "io.cncf.notary.timestampSignature";
constexpr std::string_view kAgent = "io.cncf.notary.signingAgent";

Chain chain_of(KeyKind kind) {
  ChainSpec spec;
  spec.leaf_key = kind;
  return make_chain(spec);
}

/// "" if it opens, else the rule that it breaks.
std::string opened(BytesView envelope) {
  const auto result = open_envelope(kCose, envelope);
  if (result) return "";
  EXPECT_EQ(result.error().outcome(), Outcome::kSignatureInvalid);
  EXPECT_FALSE(result.error().message().empty());
  return std::string(result.error().reason().id());
}

using Edit = std::function<void(CoseBuilder&)>;
struct Row {
  std::string name;
  Edit edit;
  std::string want;  // reason; empty if it opens
};
class Cose : public ::testing::TestWithParam<Row> {};
TEST_P(Cose, OpensOrBreaksThisRule) {
  CoseBuilder builder;
  GetParam().edit(builder);
  EXPECT_EQ(opened(builder.build()), GetParam().want);
}
constexpr auto kRowName = [](const auto& each) { return each.param.name; };

Edit protect(std::int64_t label, const Bytes& value) {
  return [=](auto& cose) { cose.protected_header().put(label, value); };
}
Edit protect(std::string_view label, const Bytes& value) {
  return [=, label = std::string(label)](auto& cose) {
    cose.protected_header().put(std::string_view(label), value);
  };
}
Edit unprotect(std::int64_t label, const Bytes& value) {
  return [=](auto& cose) { cose.unprotected().put(label, value); };
}
Edit unprotect(std::string_view label, const Bytes& value) {
  return [=, label = std::string(label)](auto& cose) {
    cose.unprotected().put(std::string_view(label), value);
  };
}
Edit both(const Edit& first, const Edit& second) {
  return [=](auto& cose) {
    first(cose);
    second(cose);
  };
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

std::vector<Row> chains() {
  const auto chain_of_items = [](std::function<std::vector<Bytes>(const std::vector<Bytes>&)> how) {
    return [=](auto& cose) { cose.unprotected().put(33, cbor::array(how(cose.chain().ders))); };
  };
  return {
      // shows: N-214
      {"NoChain", [](auto& cose) { cose.unprotected().remove(33); }, "JW-7"},
      {"ChainEmpty", unprotect(33, hex("80")), "CO-13"},
      {"ChainNull", unprotect(33, hex("f6")), "CO-13"},
      {"ChainUnderTextLabel",
       [](auto& cose) {
         const Bytes chain = cose.unprotected().at(cbor::integer(33));
         cose.unprotected().remove(33).put("33", chain);
       },
       "JW-7"},
      {"UnprotectedEmpty", [](auto& cose) { cose.element(1, hex("a0")); }, "JW-7"},
      // shows: N-215
      {"ChainOneString",
       [](auto& cose) {
         cose = CoseBuilder(testing::self_signed());
         cose.unprotected().put(33, cbor::bytes(cose.chain().ders[0]));
       },
       "CO-13"},
      {"ChainOfOne", [](auto& cose) { cose = CoseBuilder(testing::self_signed()); }, ""},
      // shows: N-216
      {"ChainOnlyProtected",
       [](auto& cose) {
         cose.protected_header().put(33, cose.unprotected().at(cbor::integer(33)));
         cose.unprotected().remove(33);
       },
       "JW-7"},
      {"ChainProtectedToo", protect(33, hex("814100")), ""},
      // shows: N-217
      {"LeafText", chain_of_items([](const auto& ders) {
         return std::vector<Bytes>{cbor::text("x"), cbor::bytes(ders[1]), cbor::bytes(ders[2])};
       }),
       "CO-13"},
      {"RootText", chain_of_items([](const auto& ders) {
         return std::vector<Bytes>{cbor::bytes(ders[0]), cbor::bytes(ders[1]), cbor::text("x")};
       }),
       "CO-13"},
      {"RootNull", chain_of_items([](const auto& ders) {
         return std::vector<Bytes>{cbor::bytes(ders[0]), cbor::bytes(ders[1]), cbor::null()};
       }),
       "CO-13"},
      // shows: N-218
      {"LeafGarbage", chain_of_items([](const auto& ders) {
         return std::vector<Bytes>{hex("43010203"), cbor::bytes(ders[1]), cbor::bytes(ders[2])};
       }),
       "CE-1"},
      {"LeafEmpty", chain_of_items([](const auto&) { return std::vector<Bytes>{hex("40")}; }),
       "CE-1"},
      {"SecondGarbage", chain_of_items([](const auto& ders) {
         return std::vector<Bytes>{cbor::bytes(ders[0]), hex("43010203")};
       }),
       "CE-1"},
      {"ChainReversed", chain_of_items([](const auto& ders) {
         return std::vector<Bytes>{cbor::bytes(ders[2]), cbor::bytes(ders[1]),
                                   cbor::bytes(ders[0])};
       }),
       "JW-13"},
      {"ChainWithoutRoot", chain_of_items([](const auto& ders) {
         return std::vector<Bytes>{cbor::bytes(ders[0]), cbor::bytes(ders[1])};
       }),
       "CE-3"},
      {"ChainTooLong", chain_of_items([](const auto& ders) {
         return std::vector<Bytes>(17, cbor::bytes(ders[0]));
       }),
       "CE-3"},
      // shows: N-219
      {"TimestampText", unprotect(kTimestamp, cbor::text("x")), ""},
      {"TimestampNull", unprotect(kTimestamp, hex("f6")), ""},
      {"TimestampEmpty", unprotect(kTimestamp, hex("40")), ""},
      // shows: N-220
      {"AgentNumber", unprotect(kAgent, hex("01")), ""},
      {"AgentBytes", unprotect(kAgent, hex("4101")), ""},
      {"AgentAbsent", [](auto& cose) { cose.unprotected().remove(kAgent); }, ""},
      {"UnknownUnprotected", unprotect("x", hex("a26161f56162fb3ff199999999999a")), ""},
  };
}
INSTANTIATE_TEST_SUITE_P(Chains, Cose, ::testing::ValuesIn(chains()), kRowName);

TEST(CoseEnvelope, HasATimestampOnlyIfItIsBytes) {
  for (const Bytes& value : {cbor::text("x"), hex("f6"), hex("40"), hex("814101")}) {
    CoseBuilder builder;
    builder.unprotected().put(kTimestamp, value);
    const auto envelope = open_envelope(kCose, builder.build());
    ASSERT_THAT(envelope, IsOk());
    EXPECT_EQ(envelope->timestamp_token(), std::nullopt);
  }
}

/// Keys in the order of RFC 8949 section 4.2.1.
Bytes sorted_map(const std::vector<Bytes>& items) {
  std::map<Bytes, Bytes> sorted;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) sorted.emplace(items[i], items[i + 1]);
  std::vector<Bytes> list;
  for (const auto& [label, value] : sorted) {
    list.push_back(label);
    list.push_back(value);
  }
  return cbor::map(list);
}

std::vector<Row> signatures() {
  const auto cut = [](std::size_t size) {
    return [=](auto& cose) { cose.edit_signature([=](Bytes& bytes) { bytes.resize(size); }); };
  };
  const auto fill = [](std::size_t at, std::uint8_t value) {
    return [=](auto& cose) {
      cose.edit_signature([=](Bytes& bytes) {
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 32, value);
      });
    };
  };
  const auto rsa = [](KeyKind kind, testing::SignWith how) {
    return [=](auto& cose) { cose = CoseBuilder(chain_of(kind)).sign_as(how); };
  };
  const auto over = [](std::function<Bytes(BytesView, BytesView)> what) {
    return [=](auto& cose) { cose.sign_over(what); };
  };
  return {
      // shows: N-221
      {"Salt20", rsa(KeyKind::kRsa2048, {How::kRsaPss, "SHA256", 20, {}}), "JW-13"},
      {"Salt0", rsa(KeyKind::kRsa2048, {How::kRsaPss, "SHA256", 0, {}}), "JW-13"},
      {"Salt33", rsa(KeyKind::kRsa2048, {How::kRsaPss, "SHA256", 33, {}}), "JW-13"},
      {"Salt32WithSha384", rsa(KeyKind::kRsa3072, {How::kRsaPss, "SHA384", 32, {}}), "JW-13"},
      {"Mgf1Sha1", rsa(KeyKind::kRsa2048, {How::kRsaPss, "SHA256", -1, "SHA1"}), "JW-13"},
      {"Pkcs1", rsa(KeyKind::kRsa2048, {How::kRsaPkcs1, "SHA256", -1, {}}), "JW-13"},
      // shows: N-222
      {"RsaKeyOf2047",
       [](auto& cose) {
         ChainSpec spec;
         spec.leaf = [](auto& leaf) { leaf.raw_spki(testing::rsa_spki(2047)); };
         cose = CoseBuilder(make_chain(spec)).alg(-37);
       },
       "CE-24"},
      {"KeyThatSignsNoEnvelopes",
       [](auto& cose) { cose = CoseBuilder(chain_of(KeyKind::kEd25519)); }, "CE-24"},
      // shows: N-223
      {"Der", [](auto& cose) { cose.der_signature(); }, "JW-13"},
      {"DerP521", [](auto& cose) { cose = CoseBuilder(chain_of(KeyKind::kP521)).der_signature(); },
       "JW-13"},
      {"Of63", cut(63), "JW-13"},
      {"Of65", cut(65), "JW-13"},
      {"Of1", cut(1), "JW-13"},
      {"RZero", fill(0, 0x00), "JW-13"},
      {"SAboveN", fill(32, 0xFF), "JW-13"},
      // shows: N-224
      {"SignedOverTheSortedMap",
       [](auto& cose) {
         const Bytes sorted = sorted_map(cose.protected_header().items());
         ASSERT_NE(sorted, cose.protected_content());
         cose.sign_over(
             [=](BytesView, BytesView payload) { return cose_signature1(sorted, payload); });
       },
       "JW-13"},
      {"SortedMapSent",
       [](auto& cose) { cose.raw_protected(sorted_map(cose.protected_header().items())); }, ""},
      {"SignedOverTheShortestMap",
       [](auto& cose) {
         const Bytes shortest = cose.protected_content();
         cose.raw_protected(cose.protected_header().encoded(Width::kTwo));
         cose.sign_over(
             [=](BytesView, BytesView payload) { return cose_signature1(shortest, payload); });
       },
       "JW-13"},
      // shows: N-225
      {"SignedWithMore", over([](BytesView headers, BytesView payload) {
         return cose_signature1(headers, payload, as_bytes("more"));
       }),
       "JW-13"},
      {"SignedAsSignature", over([](BytesView headers, BytesView payload) {
         return cbor::array({cbor::text("Signature"), cbor::bytes(headers), cbor::bytes({}),
                             cbor::bytes(payload)});
       }),
       "JW-13"},
      {"SignedOverThePayloadAlone",
       over([](BytesView, BytesView payload) { return Bytes(payload.begin(), payload.end()); }),
       "JW-13"},
      {"OtherKey", [](auto& cose) { cose.sign_by(key(KeyKind::kP256, 7)); }, "JW-13"},
      // Chains are judged by the profile (x509), whatever the format.
      {"ChainBreaksTheProfile",
       [](auto& cose) {
         ChainSpec spec;
         spec.leaf = [](auto& leaf) { leaf.with(testing::key_usage({0, 5})); };
         cose = CoseBuilder(make_chain(spec));
       },
       "CE-21"},
  };
}
INSTANTIATE_TEST_SUITE_P(Signatures, Cose, ::testing::ValuesIn(signatures()), kRowName);

// shows: N-226
TEST(CoseEnvelope, AnyOtherBitOfWhatIsSignedFails) {
  const CoseBuilder builder;
  for (std::size_t at = 0; at < 64; ++at) {
    EXPECT_EQ(
        opened(
            CoseBuilder(builder).edit_signature([=](Bytes& bytes) { bytes[at] ^= 0x10U; }).build()),
        "JW-13")
        << at;
  }
  const auto flip = [](std::size_t at) { return [=](Bytes& bytes) { bytes[at] ^= 0x01U; }; };
  for (std::size_t at = 0; at < builder.protected_content().size(); ++at)
    EXPECT_NE(opened(CoseBuilder(builder).edit_protected(flip(at)).build()), "") << at;
  for (std::size_t at = 0; at < testing::test_payload().size(); ++at)
    EXPECT_EQ(opened(CoseBuilder(builder).edit_payload(flip(at)).build()), "JW-13") << at;
}

TEST(CoseEnvelope, WithLongHeadersAndPayloadIsSignedWithShortestHeads) {
  for (const std::size_t size : {100U, 1000U, 70000U}) {
    const Bytes bytes = CoseBuilder()
                            .attribute(cbor::text("x"), cbor::bytes(Bytes(size, 0x20)), false)
                            .payload(std::string(size, ' ') + testing::test_payload())
                            .build();
    EXPECT_EQ(opened(bytes), "") << size;
  }
}

TEST(CoseEnvelope, InAnotherFormatIsRefused) {
  const Bytes cose = CoseBuilder().build();
  EXPECT_EQ(open_envelope("application/jose+json", cose).error().reason().id(), "JW-3");
  EXPECT_EQ(open_envelope("application/cose; x=y", cose).error().reason().id(), "ST-6");
  const std::string jws = testing::JwsBuilder().build();
  EXPECT_EQ(opened(as_bytes(jws)), "CO-1");
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
