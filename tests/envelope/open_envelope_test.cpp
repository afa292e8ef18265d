// Which envelopes open: signatures, protected headers, schemes and times.
#include "envelope/envelope.hpp"

#include <gtest/gtest.h>

#include "support/jws_builder.hpp"
#include "support/matchers.hpp"

namespace countersign::envelope {
namespace {

using countersign::testing::Chain;
using countersign::testing::ChainSpec;
using countersign::testing::FailsWith;
using countersign::testing::How;
using countersign::testing::IsOk;
using countersign::testing::json_string;
using countersign::testing::JwsBuilder;
using countersign::testing::key;
using countersign::testing::KeyKind;
using countersign::testing::make_chain;

constexpr std::string_view kJws = "application/jose+json";
constexpr const char* kScheme = "io.cncf.notary.signingScheme";
constexpr const char* kSigningTime = "io.cncf.notary.signingTime";
constexpr const char* kAuthenticTime = "io.cncf.notary.authenticSigningTime";
constexpr const char* kExpiry = "io.cncf.notary.expiry";

Chain chain_of(KeyKind kind) {
  ChainSpec spec;
  spec.leaf_key = kind;
  return make_chain(spec);
}

/// "" if it opens, else the rule that it breaks.
std::string opened(std::string_view envelope, std::string_view media_type = kJws) {
  const auto result = open_envelope(media_type, as_bytes(envelope));
  if (result) return "";
  EXPECT_EQ(result.error().outcome(), Outcome::kSignatureInvalid);
  EXPECT_FALSE(result.error().message().empty());
  return std::string(result.error().reason().id());
}

struct Row {
  std::string name;
  std::function<void(JwsBuilder&)> edit;
  std::string want;  // reason; empty if it opens
};
class Envelopes : public ::testing::TestWithParam<Row> {};
TEST_P(Envelopes, OpenOrBreakThisRule) {
  JwsBuilder builder;
  GetParam().edit(builder);
  EXPECT_EQ(opened(builder.build()), GetParam().want);
}
constexpr auto kRowName = [](const auto& each) { return each.param.name; };

// shows: N-82
TEST(Envelope, OpensForEveryKeyOfTheTable) {
  for (const auto& [kind, algorithm] :
       {std::pair(KeyKind::kRsa2048, "PS256"), std::pair(KeyKind::kRsa3072, "PS384"),
        std::pair(KeyKind::kRsa4096, "PS512"), std::pair(KeyKind::kP256, "ES256"),
        std::pair(KeyKind::kP384, "ES384"), std::pair(KeyKind::kP521, "ES512")}) {
    JwsBuilder builder(chain_of(kind));
    EXPECT_EQ(opened(builder.build()), "") << algorithm;
    // And the name in the header must be the key's.
    for (const char* other : {"PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}) {
      EXPECT_EQ(opened(JwsBuilder(builder).alg(other).build()),
                other == std::string(algorithm) ? "" : "CE-25")
          << algorithm << " as " << other;
    }
  }
}

TEST(Envelope, SaysWhatWasSigned) {
  const JwsBuilder builder = JwsBuilder()
                                 .signing_time("2026-01-01T08:00:00.5+08:00")
                                 .expiry("2026-02-01T00:00:00Z")
                                 .attribute("example.com/x", json_string("y"), false)
                                 .attribute("example.com/n", "[1]", true)
                                 .timestamp("AQID");
  const auto envelope = open_envelope(kJws, as_bytes(builder.build()));
  ASSERT_THAT(envelope, IsOk());
  EXPECT_EQ(envelope->scheme(), SigningScheme::kX509);
  EXPECT_EQ(format_rfc3339(envelope->signing_time()), "2026-01-01T00:00:00.5Z");
  EXPECT_EQ(format_rfc3339(*envelope->expiry()), "2026-02-01T00:00:00Z");
  EXPECT_EQ(as_text(envelope->payload()), testing::test_payload());
  EXPECT_EQ(envelope->signature().size(), 64U);
  EXPECT_EQ(to_hex(*envelope->timestamp_token()), "010203");
  ASSERT_EQ(envelope->chain().size(), 3U);
  EXPECT_EQ(envelope->leaf().subject_text(), "CN=signer,O=Acme,ST=WA,C=US");
  ASSERT_EQ(envelope->extended_attributes().size(), 2U);
  EXPECT_EQ(envelope->find_attribute("example.com/x")->text, "y");
  EXPECT_FALSE(envelope->find_attribute("example.com/x")->critical);
  EXPECT_TRUE(envelope->find_attribute("example.com/n")->critical);
  EXPECT_EQ(envelope->find_attribute("example.com/n")->text, std::nullopt);
  EXPECT_EQ(envelope->find_attribute("alg"), nullptr);
}

// shows: N-34 N-35 N-37
TEST(Envelope, IsOfTheTypeThatItsLayerSays) {
  const std::string jws = JwsBuilder().build();
  EXPECT_EQ(opened(jws, "application/vnd.oci.image.layer.v1.tar"), "ST-6");
  EXPECT_EQ(opened(jws, "application/jose+json; x=y"), "ST-6");
  EXPECT_EQ(opened(jws, "application/JOSE+json"), "ST-6");
  EXPECT_EQ(opened(jws, ""), "ST-6");
  EXPECT_EQ(opened(jws, "application/cose"), "CO-1");
}

// shows: N-36
TEST(Envelope, OfCoseBytesIsNoJws) {
  EXPECT_EQ(opened("\xD2\x84\x43\xA1\x01\x26\xA0\x40\x40"), "JW-3");
}

std::vector<Row> signatures() {
  const auto cut = [](std::size_t size) {
    return [=](JwsBuilder& jws) { jws.edit_signature([=](Bytes& bytes) { bytes.resize(size); }); };
  };
  const auto fill = [](std::size_t at, std::uint8_t value) {
    return [=](JwsBuilder& jws) {
      jws.edit_signature([=](Bytes& bytes) {
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), 32, value);
      });
    };
  };
  const auto rsa = [](KeyKind kind, testing::SignWith how) {
    return [=](JwsBuilder& jws) { jws = JwsBuilder(chain_of(kind)).sign_as(how); };
  };
  const auto algorithm = [](const char* text) { return [=](JwsBuilder& jws) { jws.alg(text); }; };
  return {
      {"Good", [](auto&) {}, ""},
      // shows: N-113
      {"NoAlg", [](auto& jws) { jws.protected_header().remove("alg"); }, "JW-3"},
      {"AlgNull", [](auto& jws) { jws.protected_header().put("alg", "null"); }, "JW-3"},
      {"AlgNumber", [](auto& jws) { jws.protected_header().put("alg", "-7"); }, "JW-3"},
      // shows: N-114
      {"AlgNone", algorithm("none"), "JW-17"},
      {"AlgHs256", algorithm("HS256"), "JW-17"},
      {"AlgRs256", algorithm("RS256"), "JW-17"},
      {"AlgEdDsa", algorithm("EdDSA"), "JW-17"},
      {"AlgPs257", algorithm("PS257"), "JW-17"},
      {"AlgEmpty", algorithm(""), "JW-17"},
      {"AlgNoneWithoutSignature", [](auto& jws) { jws.alg("none").signature_text(""); }, "JW-17"},
      // shows: N-115
      {"AlgLowerCase", algorithm("es256"), "JW-17"},
      // shows: N-116
      {"Ps256WithRsa3072",
       [](auto& jws) {
         jws = JwsBuilder(chain_of(KeyKind::kRsa3072))
                   .alg("PS256")
                   .sign_as({How::kRsaPss, "SHA256", -1, {}});
       },
       "CE-25"},
      // shows: N-117
      {"Es256WithRsa",
       [](auto& jws) { jws = JwsBuilder(chain_of(KeyKind::kRsa2048)).alg("ES256"); }, "CE-25"},
      // shows: N-118
      {"Es256WithP384", [](auto& jws) { jws = JwsBuilder(chain_of(KeyKind::kP384)).alg("ES256"); },
       "CE-25"},
      {"KeyThatSignsNoEnvelopes", [](auto& jws) { jws = JwsBuilder(chain_of(KeyKind::kEd25519)); },
       "CE-24"},
      {"RsaKeyOfOddSize",
       [](auto& jws) {
         ChainSpec spec;
         spec.leaf = [](auto& leaf) { leaf.raw_spki(testing::rsa_spki(2047)); };
         jws = JwsBuilder(make_chain(spec)).alg("PS256");
       },
       "CE-24"},
      // shows: N-121
      {"SignedOverAnotherSpelling",
       [](auto& jws) {
         const std::string spaced = jws.protected_header().object().insert(1, " ");
         jws.protected_text(to_base64url(as_bytes(spaced)));
       },
       "JW-13"},
      // shows: N-122
      {"Empty", [](auto& jws) { jws.signature_text(""); }, "JW-14"},
      // shows: N-123
      {"NotBase64", [](auto& jws) { jws.signature_text("!!!!"); }, "JW-14"},
      {"StandardAlphabet", [](auto& jws) { jws.signature_text("+/8A"); }, "JW-14"},
      {"Padded", [](auto& jws) { jws.signature_text("AA=="); }, "JW-14"},
      // shows: N-124
      {"Der", [](auto& jws) { jws.der_signature(); }, "JW-13"},
      // shows: N-125
      {"Of63", cut(63), "JW-13"},
      {"Of65", cut(65), "JW-13"},
      {"Of1", cut(1), "JW-13"},
      // shows: N-127
      {"RZero", fill(0, 0x00), "JW-13"},
      {"SZero", fill(32, 0x00), "JW-13"},
      {"RAboveN", fill(0, 0xFF), "JW-13"},
      {"SAboveN", fill(32, 0xFF), "JW-13"},
      // shows: N-128
      {"Salt20", rsa(KeyKind::kRsa2048, {How::kRsaPss, "SHA256", 20, {}}), ""},
      {"Salt0", rsa(KeyKind::kRsa2048, {How::kRsaPss, "SHA256", 0, {}}), ""},
      // shows: N-129
      {"Mgf1Sha1", rsa(KeyKind::kRsa2048, {How::kRsaPss, "SHA256", -1, "SHA1"}), "JW-13"},
      // shows: N-130
      {"Pkcs1", rsa(KeyKind::kRsa2048, {How::kRsaPkcs1, "SHA256", -1, {}}), "JW-13"},
      {"OtherHash", rsa(KeyKind::kRsa2048, {How::kRsaPss, "SHA512", -1, {}}), "JW-13"},
      {"OtherKey", [](auto& jws) { jws.sign_by(key(KeyKind::kP256, 7)); }, "JW-13"},
      {"KeyOfTheIssuer", [](auto& jws) { jws.sign_by(key(KeyKind::kP256, 2)); }, "JW-13"},
  };
}
INSTANTIATE_TEST_SUITE_P(Signature, Envelopes, ::testing::ValuesIn(signatures()), kRowName);

// shows: N-120
TEST(Envelope, AnyOtherBitOfWhatIsSignedFails) {
  const JwsBuilder builder;
  const std::string good_protected = JwsBuilder(builder).protected_header().object();
  const std::string good_payload = testing::test_payload();
  const auto flipped = [](std::string text, std::size_t at) {
    text[at] = static_cast<char>(text[at] ^ 0x01);
    return to_base64url(as_bytes(text));
  };
  for (std::size_t at = 0; at < good_protected.size(); ++at) {
    EXPECT_NE(opened(JwsBuilder(builder).protected_text(flipped(good_protected, at)).build()), "")
        << at;
  }
  for (std::size_t at = 0; at < good_payload.size(); ++at) {
    EXPECT_NE(opened(JwsBuilder(builder).payload_text(flipped(good_payload, at)).build()), "")
        << at;
  }
  for (std::size_t at = 0; at < 64; ++at) {
    EXPECT_EQ(
        opened(
            JwsBuilder(builder).edit_signature([=](Bytes& bytes) { bytes[at] ^= 0x10U; }).build()),
        "JW-13")
        << at;
  }
}

// shows: N-126
TEST(Envelope, NumbersWithLeadingZerosAreOfFullWidth) {
  // r or s of P-521 begins with a zero octet in half of all signatures: the top octet holds one
  // bit.
  const JwsBuilder builder(chain_of(KeyKind::kP521));
  bool seen = false;
  for (int i = 0; i < 64 && !seen; ++i) {
    const std::string envelope = builder.build();
    const auto verified = open_envelope(kJws, as_bytes(envelope));
    ASSERT_THAT(verified, IsOk());
    EXPECT_EQ(verified->signature().size(), 132U);
    seen = verified->signature()[0] == 0 && verified->signature()[66] == 0;
  }
  EXPECT_TRUE(seen);
}

std::vector<Row> critical_headers() {
  const std::string scheme = json_string(kScheme);
  const auto crit = [](std::string json) {
    return [json = std::move(json)](JwsBuilder& jws) { jws.crit(json); };
  };
  std::string many;
  for (int i = 0; i < 65; ++i) many += ",\"x\"";
  return {
      // shows: N-131
      {"NoCrit", [](auto& jws) { jws.protected_header().remove("crit"); }, "JW-9"},
      {"CritNull", crit("null"), "JW-9"},
      // shows: N-132
      {"CritEmpty", crit("[]"), "JW-9"},
      {"CritString", crit(scheme), "JW-3"},
      // shows: N-133
      {"SchemeNotCritical",
       [](auto& jws) { jws.attribute("example.com/x", "1", false).crit(R"(["example.com/x"])"); },
       "JW-9"},
      // shows: N-134
      {"ExpiryNotCritical",
       [=](auto& jws) { jws.expiry("2030-01-01T00:00:00Z").crit("[" + scheme + "]"); }, "JW-9"},
      // shows: N-135
      {"ExpiryCriticalAndAbsent", crit("[" + scheme + "," + json_string(kExpiry) + "]"), "JW-9"},
      {"ExpiryCriticalAndNull", [](auto& jws) { jws.attribute(kExpiry, "null", true); }, "JW-9"},
      // shows: N-136
      {"AuthenticTimeNotCritical",
       [=](auto& jws) { jws.signing_authority("2026-01-01T00:00:00Z").crit("[" + scheme + "]"); },
       "JW-9"},
      // shows: N-137
      {"SigningTimeCritical", crit("[" + scheme + "," + json_string(kSigningTime) + "]"), "JW-9"},
      // shows: N-138
      {"AlgCritical", crit("[" + scheme + ",\"alg\"]"), "JW-9"},
      {"CtyCritical", crit("[" + scheme + ",\"cty\"]"), "JW-9"},
      {"CritCritical", crit("[" + scheme + ",\"crit\"]"), "JW-9"},
      {"AuthenticTimeCriticalUnderX509",
       [=](auto& jws) { jws.crit("[" + scheme + "," + json_string(kAuthenticTime) + "]"); },
       "JW-9"},
      // shows: N-139
      {"SchemeTwice", crit("[" + scheme + "," + scheme + "]"), "JW-9"},
      {"ExpiryTwice",
       [=](auto& jws) {
         jws.expiry("2030-01-01T00:00:00Z")
             .crit("[" + scheme + "," + json_string(kExpiry) + "," + json_string(kExpiry) + "]");
       },
       "JW-9"},
      {"AttributeTwice",
       [=](auto& jws) {
         jws.attribute("example.com/x", "1", false)
             .crit("[" + scheme + R"(,"example.com/x","example.com/x"])");
       },
       "JW-9"},
      // shows: N-140
      {"AbsentCritical", crit("[" + scheme + R"(,"example.com/x"])"), "JW-9"},
      {"EmptyNameCritical", crit("[" + scheme + R"(,""])"), "JW-9"},
      {"UnprotectedCritical", crit("[" + scheme + R"(,"x5c"])"), "JW-9"},
      // shows: N-142
      {"CritNumber", crit("[" + scheme + ",1]"), "JW-3"},
      {"CritNullItem", crit("[" + scheme + ",null]"), "JW-3"},
      {"CritOfVeryMany", crit("[" + scheme + many + "]"), "JW-9"},
      {"CritInAnyOrder",
       [=](auto& jws) {
         jws.expiry("2030-01-01T00:00:00Z").crit("[" + json_string(kExpiry) + "," + scheme + "]");
       },
       ""},
      // shows: N-143
      {"UnknownNotCritical", [](auto& jws) { jws.attribute("example.com/x", "{\"a\":[]}", false); },
       ""},
      // shows: N-144
      {"B64False", [](auto& jws) { jws.attribute("b64", "false", false); }, ""},
      {"OtherJoseParameters",
       [](auto& jws) {
         jws.attribute("kid", json_string("k"), false)
             .attribute("x5c", "[]", false)
             .attribute("zip", json_string("DEF"), false);
       },
       ""},
  };
}
INSTANTIATE_TEST_SUITE_P(Critical, Envelopes, ::testing::ValuesIn(critical_headers()), kRowName);

std::vector<Row> schemes_and_times() {
  const auto scheme = [](std::string json) {
    return [json = std::move(json)](JwsBuilder& jws) { jws.protected_header().put(kScheme, json); };
  };
  const auto time = [](std::string json) {
    return [json = std::move(json)](JwsBuilder& jws) {
      jws.protected_header().put(kSigningTime, json);
    };
  };
  std::vector<Row> rows = {
      // shows: N-145
      {"SchemeEmpty", scheme("\"\""), "SC-1"},
      {"SchemeWithBlank", scheme("\"notary.x509 \""), "SC-1"},
      {"SchemeUpperCase", scheme("\"Notary.X509\""), "SC-1"},
      {"SchemeUnknown", scheme("\"notary.x509.other\""), "SC-1"},
      {"SchemeNull", scheme("null"), "SC-1"},
      {"SchemeNumber", scheme("1"), "JW-3"},
      {"SchemeAbsent", [](auto& jws) { jws.protected_header().remove(kScheme); }, "SC-1"},
      // shows: N-146
      {"X509WithAuthenticTime",
       [](auto& jws) {
         jws.protected_header().put(kAuthenticTime, json_string("2026-01-01T00:00:00Z"));
       },
       "SC-4"},
      // shows: N-147
      {"AuthorityWithSigningTime",
       [](auto& jws) {
         jws.signing_authority("2026-01-01T00:00:00Z").signing_time("2026-01-01T00:00:00Z");
       },
       "SC-4"},
      // shows: N-148
      {"AuthorityWithoutTime",
       [](auto& jws) {
         jws.signing_authority("2026-01-01T00:00:00Z");
         jws.protected_header().put(kAuthenticTime, "null");
       },
       "SC-4"},
      {"Authority", [](auto& jws) { jws.signing_authority("2026-01-01T00:00:00Z"); }, ""},
      {"AuthorityWithExpiry",
       [](auto& jws) {
         jws.signing_authority("2026-01-01T00:00:00Z").expiry("2026-01-01T00:00:01Z");
       },
       ""},
      {"AuthorityExpiryAtSigning",
       [](auto& jws) {
         jws.signing_authority("2026-01-01T00:00:00Z").expiry("2026-01-01T00:00:00Z");
       },
       "SC-3"},
      // shows: N-149
      {"X509WithoutSigningTime", [](auto& jws) { jws.protected_header().remove(kSigningTime); },
       "SC-4"},
      // shows: N-150
      {"TimeUtc", time("\"2022-04-06T07:01:20Z\""), ""},
      {"TimeWithOffset", time("\"2023-06-27T13:20:21+08:00\""), ""},
      // shows: N-151
      {"TimeWithFraction", time("\"2022-04-06T07:01:20.123456789Z\""), ""},
      // shows: N-153
      {"TimeNull", time("null"), "SC-4"},
      // shows: N-154
      {"TimeZero", time("\"0001-01-01T00:00:00Z\""), "SC-4"},
      {"TimeZeroWithOffset", time("\"0001-01-01T08:00:00+08:00\""), "SC-4"},
      // shows: N-155
      {"ExpiryAtSigning", [](auto& jws) { jws.expiry("2026-01-01T00:00:00Z"); }, "SC-3"},
      {"ExpiryAtSigningElsewhere", [](auto& jws) { jws.expiry("2026-01-01T02:00:00+02:00"); },
       "SC-3"},
      {"ExpiryBeforeSigning", [](auto& jws) { jws.expiry("2025-12-31T23:59:59Z"); }, "SC-3"},
      {"ExpiryZero", [](auto& jws) { jws.expiry("0001-01-01T00:00:00Z"); }, "SC-3"},
      {"ExpirySecondLater", [](auto& jws) { jws.expiry("2026-01-01T00:00:01Z"); }, ""},
      {"ExpiryNanosecondLater", [](auto& jws) { jws.expiry("2026-01-01T00:00:00.000000001Z"); },
       ""},
      {"ExpiryMalformed", [](auto& jws) { jws.expiry("tomorrow"); }, "JW-11"},
      // shows: N-156
      {"SignedInTheYear2999", time("\"2999-01-01T00:00:00Z\""), ""},
  };
  // shows: N-152
  const char* malformed[] = {"2022-04-06t07:01:20z",
                             "2022-04-06 07:01:20Z",
                             "2022-4-6T7:1:20Z",
                             "2022-04-06T24:00:00Z",
                             "2022-04-06T07:01:60Z",
                             "2022-04-06T07:01:20,5Z",
                             "2022-04-06T07:01:20",
                             "1649228480",
                             "",
                             "0001-01-01T00:00:00+01:00",
                             "9999-12-31T23:59:59-01:00"};
  for (const char* text : malformed)
    rows.push_back({"Time" + std::to_string(rows.size()), time(json_string(text)), "JW-11"});
  rows.push_back({"TimeNumber", time("1649228480"), "JW-3"});
  return rows;
}
INSTANTIATE_TEST_SUITE_P(Times, Envelopes, ::testing::ValuesIn(schemes_and_times()), kRowName);

std::vector<Row> contents() {
  const auto cty = [](std::string json) {
    return [json = std::move(json)](JwsBuilder& jws) { jws.protected_header().put("cty", json); };
  };
  const auto payload = [](std::string text) {
    return [text = std::move(text)](JwsBuilder& jws) { jws.payload(text); };
  };
  return {
      // shows: N-70
      {"PayloadTypeV2", cty("\"application/vnd.cncf.notary.payload.v2+json\""), "PL-1"},
      // shows: N-71
      {"PayloadTypeWithParameter",
       cty("\"application/vnd.cncf.notary.payload.v1+json;charset=utf-8\""), "PL-1"},
      {"PayloadTypeUpperCase", cty("\"application/vnd.cncf.notary.payload.v1+JSON\""), "PL-1"},
      {"PayloadTypeEmpty", cty("\"\""), "PL-1"},
      // shows: N-119
      {"PayloadTypeAbsent", [](auto& jws) { jws.protected_header().remove("cty"); }, "JW-3"},
      // shows: N-68
      {"PayloadArray", payload("[]"), "PL-3"},
      {"PayloadString", payload("\"x\""), "PL-3"},
      {"PayloadNumber", payload("1"), "PL-3"},
      {"PayloadNull", payload("null"), "PL-3"},
      // shows: N-69
      {"PayloadEmpty", payload(""), "PL-3"},
      // shows: N-67
      {"PayloadWithMore", payload("{} {}"), "PL-6"},
      {"PayloadWithNulAndMore", payload(std::string("{}\0{}", 5)), "PL-6"},
      {"PayloadNotJson", payload("{"), "PL-6"},
      {"PayloadDeep", payload("{\"a\":" + std::string(64, '[') + std::string(64, ']') + "}"),
       "PL-6"},
      // Chains are judged by the profile (x509), and only then is the payload's type.
      {"ChainBreaksTheProfile",
       [](auto& jws) {
         ChainSpec spec;
         spec.leaf = [](auto& leaf) { leaf.with(testing::key_usage({0, 5})); };
         jws = JwsBuilder(make_chain(spec));
       },
       "CE-21"},
  };
}
INSTANTIATE_TEST_SUITE_P(Content, Envelopes, ::testing::ValuesIn(contents()), kRowName);

TEST(Envelope, ChainsThatAnAttackerSignsAreStillJudged) {
  // A valid signature by the key of some leaf, under a chain that does not hold: each part alone is
  // fine.
  Chain mixed = make_chain();
  mixed.ders[1] = testing::self_signed(KeyKind::kP256, [](auto& ca) {
                    ca.subject(testing::acme("issuing 1")).ca();
                  }).ders[0];
  EXPECT_EQ(opened(JwsBuilder(mixed).build()), "CE-5");
}

}  // namespace
}  // namespace countersign::envelope
