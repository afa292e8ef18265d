// How a JWS may be written: JSON, members, base64.
#include <gtest/gtest.h>

#include "envelope/envelope.hpp"
#include "support/jws_builder.hpp"
#include "support/matchers.hpp"

namespace countersign::envelope {
namespace {

using countersign::testing::json_string;
using countersign::testing::JwsBuilder;
using countersign::testing::make_chain;

constexpr const char* kAgent = "io.cncf.notary.signingAgent";
constexpr const char* kTimestamp = "io.cncf.notary.timestampSignature";

std::string opened(std::string_view envelope) {
  const auto result = open_envelope("application/jose+json", as_bytes(envelope));
  if (result) return "";
  EXPECT_EQ(result.error().outcome(), Outcome::kSignatureInvalid);
  return std::string(result.error().reason().id());
}

struct Row {
  std::string name;
  std::function<std::string(JwsBuilder&)> text;
  std::string want;  // reason; empty if it opens
};
class Jws : public ::testing::TestWithParam<Row> {};
TEST_P(Jws, OpensOrBreaksThisRule) {
  JwsBuilder builder;
  EXPECT_EQ(opened(GetParam().text(builder)), GetParam().want);
}

std::vector<Row> documents() {
  return {
      {"Good", [](auto& jws) { return jws.build(); }, ""},
      // shows: N-83
      {"Empty", [](auto&) { return ""; }, "JW-3"},
      {"NotJson", [](auto&) { return "not JSON"; }, "JW-3"},
      {"Truncated", [](auto& jws) { return jws.build().substr(0, 500); }, "JW-3"},
      {"NoObject", [](auto&) { return "[]"; }, "JW-3"},
      {"Null", [](auto&) { return "null"; }, "JW-3"},
      // shows: N-84
      {"ObjectAfter", [](auto& jws) { return jws.build() + "{}"; }, "JW-3"},
      {"GarbageAfter", [](auto& jws) { return jws.build() + "x"; }, "JW-3"},
      {"NulAfter", [](auto& jws) { return jws.build() + '\0'; }, "JW-3"},
      {"NulAndObjectAfter", [](auto& jws) { return jws.build() + '\0' + "{}"; }, "JW-3"},
      // shows: N-85
      {"BlanksAround", [](auto& jws) { return " \r\n\t" + jws.build() + "\n "; }, ""},
      // shows: N-86
      {"ByteOrderMark", [](auto& jws) { return "\xEF\xBB\xBF" + jws.build(); }, "JW-3"},
      // shows: N-87
      {"GeneralForm",
       [](auto& jws) {
         const std::string one = jws.omit("payload").build();
         return R"({"payload":"e30","signatures":[)" + one + "]}";
       },
       "JW-2"},
      {"BothForms", [](auto& jws) { return jws.top_level().put("signatures", "[]"), jws.build(); },
       "JW-2"},
      // shows: N-88
      {"CompactForm", [](auto&) { return "e30.e30.AAAA"; }, "JW-3"},
      // shows: N-89
      {"UnknownMember", [](auto& jws) { return jws.top_level().put("extra", "1"), jws.build(); },
       "JW-2"},
      // shows: N-90
      {"PayloadTwice", [](auto& jws) { return jws.build().insert(1, R"("payload":"e30",)"); },
       "JW-3"},
      {"HeaderTwice", [](auto& jws) { return jws.build().insert(1, R"("header":{},)"); }, "JW-3"},
      // shows: N-91
      {"PayloadUpperCase",
       [](auto& jws) {
         return jws.top_level().put("Payload", "\"e30\""), jws.omit("payload").build();
       },
       "JW-2"},
      {"PayloadInBothCases",
       [](auto& jws) { return jws.top_level().put("Payload", "\"e30\""), jws.build(); }, "JW-2"},
      {"NoPayload", [](auto& jws) { return jws.omit("payload").build(); }, "JW-3"},
      {"NoProtected", [](auto& jws) { return jws.omit("protected").build(); }, "JW-3"},
      {"NoSignature", [](auto& jws) { return jws.omit("signature").build(); }, "JW-3"},
      {"PayloadNull", [](auto& jws) { return jws.top_level().put("payload", "null"), jws.build(); },
       "JW-3"},
      {"SignatureNull",
       [](auto& jws) { return jws.top_level().put("signature", "null"), jws.build(); }, "JW-3"},
      {"ProtectedObject",
       [](auto& jws) { return jws.top_level().put("protected", "{}"), jws.build(); }, "JW-3"},
      {"HeaderString", [](auto& jws) { return jws.top_level().put("header", "\"\""), jws.build(); },
       "JW-3"},
      {"HeaderArray", [](auto& jws) { return jws.top_level().put("header", "[]"), jws.build(); },
       "JW-3"},
      {"EscapedText",
       [](auto& jws) {
         std::string text = jws.build();
         const std::size_t at = text.find("\"protected\":\"") + 13;
         return text.replace(at, 1, "\\u0065");  // "e", as every header begins
       },
       ""},
      {"MillionsOfValues",
       [](auto& jws) {
         std::string list = "[0";
         for (int i = 0; i < 20000; ++i) list += ",0";
         return jws.header().put("x", list + "]"), jws.build();
       },
       "JW-3"},
  };
}
INSTANTIATE_TEST_SUITE_P(Document, Jws, ::testing::ValuesIn(documents()),
                         [](const auto& each) { return each.param.name; });

std::vector<Row> unprotected() {
  const auto header = [](const char* name, std::string json) {
    return [=](JwsBuilder& jws) { return jws.header().put(name, json), jws.build(); };
  };
  const auto x5c0 = [](std::function<std::string(const Bytes&)> text) {
    return [=](JwsBuilder& jws) {
      const auto& ders = jws.chain().ders;
      const std::string list = "[" + json_string(text(ders[0])) + "," +
                               json_string(to_base64(ders[1])) + "," +
                               json_string(to_base64(ders[2])) + "]";
      return jws.header().put("x5c", list), jws.build();
    };
  };
  const std::string one = json_string(to_base64(make_chain().ders[0]));
  std::string many = "[" + one;
  for (int i = 1; i < 17; ++i) many += "," + one;
  many += "]";
  return {
      // shows: N-92
      {"NoHeader", [](auto& jws) { return jws.omit("header").build(); }, "JW-7"},
      {"HeaderNull", [](auto& jws) { return jws.top_level().put("header", "null"), jws.build(); },
       "JW-7"},
      // shows: N-93
      {"NoChain", [](auto& jws) { return jws.header().remove("x5c"), jws.build(); }, "JW-7"},
      {"ChainNull", header("x5c", "null"), "JW-7"},
      {"ChainEmpty", header("x5c", "[]"), "JW-7"},
      {"ChainUpperCase",
       [](auto& jws) { return jws.header().remove("x5c").put("X5C", "[]"), jws.build(); }, "JW-7"},
      // shows: N-94
      {"ChainString", header("x5c", "\"AAAA\""), "JW-3"},
      {"ChainOfNumbers", header("x5c", "[1]"), "JW-3"},
      {"ChainOfNull", header("x5c", "[null]"), "JW-3"},
      {"ChainTooLong", header("x5c", many), "CE-3"},
      // shows: N-95
      {"LeafGarbage", x5c0([](const Bytes&) { return "AAAA"; }), "CE-1"},
      {"LeafEmpty", x5c0([](const Bytes&) { return ""; }), "CE-1"},
      // shows: N-96
      {"SecondGarbage",
       [](auto& jws) {
         return jws.header().put("x5c",
                                 "[" + json_string(to_base64(jws.chain().ders[0])) + ",\"AAAA\"]"),
                jws.build();
       },
       "CE-1"},
      // shows: N-97
      {"LeafBase64Url", x5c0([](const Bytes& der) {
         std::string text = to_base64(der);
         for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
         // Whatever the certificate holds, one such character is there.
         return text.contains('-') || text.contains('_') ? text : "-" + text.substr(1);
       }),
       "JW-8"},
      // shows: N-98
      {"LeafUnpadded", x5c0([](const Bytes& der) {
         std::string text = to_base64(der);
         while (text.ends_with('=')) text.pop_back();
         return text.size() % 4 == 0 ? text.substr(1) : text;
       }),
       "JW-8"},
      {"LeafWithNewline", x5c0([](const Bytes& der) { return to_base64(der).insert(64, "\\n"); }),
       "JW-8"},
      // shows: N-99
      {"LeafPem",
       x5c0([](const Bytes& der) { return to_base64(as_bytes(testing::pem("CERTIFICATE", der))); }),
       "CE-1"},
      // shows: N-100
      {"UnknownHeader", header("io.cncf.notary.SigningAgent", "7"), ""},
      {"JoseHeaders",
       [](auto& jws) {
         jws.header()
             .put("kid", "1")
             .put("jku", "\"http://x\"")
             .put("x5u", "\"http://x\"")
             .put("jwk", "{}")
             .put("alg", "\"none\"");
         return jws.build();
       },
       ""},
      {"CaseVariantOfTheChain", header("X5c", "\"\""), ""},
      // shows: N-101
      {"AgentNumber", header(kAgent, "1"), "JW-3"},
      // shows: N-102
      {"AgentAnyText", header(kAgent, "\"\\u0000\\n<script>\""), ""},
      {"AgentAbsent", [](auto& jws) { return jws.header().remove(kAgent), jws.build(); }, ""},
      // shows: N-103
      {"TimestampNotBase64", header(kTimestamp, "\"!\""), "JW-3"},
      {"TimestampNumber", header(kTimestamp, "1"), "JW-3"},
      {"TimestampUnpadded", header(kTimestamp, "\"AA\""), "JW-3"},
      // shows: N-104
      {"TimestampEmpty", header(kTimestamp, "\"\""), ""},
      {"TimestampNull", header(kTimestamp, "null"), ""},
      // shows: N-105
      {"TimestampUnderAnotherName", header("io.cncf.notary.timestamp", "1"), ""},
      {"DuplicateInside", header("x", R"({"a":1,"a":2})"), "JW-3"},
  };
}
INSTANTIATE_TEST_SUITE_P(Unprotected, Jws, ::testing::ValuesIn(unprotected()),
                         [](const auto& each) { return each.param.name; });

std::vector<Row> protected_headers() {
  const auto text = [](std::string value) {
    return [=](JwsBuilder& jws) { return jws.protected_text(value).build(); };
  };
  const auto also = [](const char* name, const char* json) {
    return [=](JwsBuilder& jws) { return jws.protected_header().add(name, json), jws.build(); };
  };
  const auto raw = [](std::string json) {
    return [=](JwsBuilder& jws) { return jws.raw_protected(json).build(); };
  };
  return {
      // shows: N-106
      {"NotBase64", text("!!!!"), "JW-14"},
      {"StandardAlphabet", text("e+/9"), "JW-14"},
      // shows: N-107
      {"NotJson", raw("not JSON"), "JW-4"},
      {"Empty", raw(""), "JW-4"},
      {"Array", raw("[]"), "JW-3"},
      {"Null", raw("null"), "JW-3"},
      {"ObjectAfter", raw("{}{}"), "JW-4"},
      {"NulAfter", raw(std::string("{}\0x", 4)), "JW-4"},
      // shows: N-108
      {"Padded", text("e30="), "JW-14"},
      // shows: N-109
      {"Newline",
       [](auto& jws) {
         const std::string good = to_base64url(as_bytes(jws.protected_header().object()));
         return jws.protected_text(good.substr(0, 8) + "\\n" + good.substr(8)).build();
       },
       "JW-14"},
      // shows: N-110
      {"LooseBitsInSignature",
       [](auto& jws) {
         // 64 octets end in two unused digits' bits: "A" and "B" would both stand for the same last
         // octet.
         std::string envelope = jws.build();
         const std::size_t end = envelope.rfind('"');
         const std::string_view digits =
             "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
         envelope[end - 1] = digits[digits.find(envelope[end - 1]) + 1];
         return envelope;
       },
       "JW-14"},
      {"LooseBitsInProtected", text("e31"), "JW-14"},
      {"LooseBitsInPayload", [](auto& jws) { return jws.payload_text("e31").build(); }, "JW-14"},
      {"PaddedPayload", [](auto& jws) { return jws.payload_text("e30=").build(); }, "JW-14"},
      // shows: N-111
      {"AlgTwice", also("alg", "\"ES256\""), "JW-4"},
      {"CritTwice", also("crit", "[]"), "JW-4"},
      {"AttributeTwice",
       [](auto& jws) {
         jws.protected_header().add("x", "1").add("x", "1");
         return jws.build();
       },
       "JW-4"},
      {"DuplicateInside", also("x", R"({"a":1,"a":1})"), "JW-4"},
      // shows: N-112
      {"AlgUpperCase",
       [](auto& jws) {
         jws.protected_header().remove("alg").put("Alg", "\"ES256\"");
         return jws.build();
       },
       "JW-3"},
      {"AlgInBothCases", also("ALG", "\"ES256\""), "JW-3"},
      {"ExpiryInAnotherCase", also("io.cncf.notary.Expiry", "\"2030-01-01T00:00:00Z\""), "JW-3"},
      {"PluginInAnotherCase", also("io.cncf.notary.VerificationPlugin", "\"x\""), "JW-3"},
      {"PluginVersionInAnotherCase",
       also("IO.cncf.notary.verificationPluginMinVersion", "\"1.0.0\""), "JW-3"},
  };
}
INSTANTIATE_TEST_SUITE_P(Protected, Jws, ::testing::ValuesIn(protected_headers()),
                         [](const auto& each) { return each.param.name; });

// Whoever can push signatures can make us open them: a hostile header must not cost more than its
// size.
TEST(JwsCost, ManyCriticalAttributesAreRefusedQuickly) {
  std::string attributes;
  std::string critical = json_string("io.cncf.notary.signingScheme");
  for (int i = 0; i < 7000; ++i) {
    const std::string attribute = json_string("attribute" + std::to_string(i));
    attributes += "," + attribute + ":0";
    critical += "," + attribute;
  }
  JwsBuilder builder;
  std::string header = builder.crit("[" + critical + "]").protected_header().object();
  header.insert(header.size() - 1, attributes);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(opened(builder.raw_protected(header).build()), "JW-9");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace countersign::envelope
