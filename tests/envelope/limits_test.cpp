// What an envelope may cost: each limit just kept, and just exceeded.
#include "envelope/limits.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/json.hpp"
#include "envelope/cbor.hpp"
#include "envelope/envelope.hpp"
#include "envelope/payload.hpp"
#include "support/cose_builder.hpp"
#include "support/jws_builder.hpp"

namespace countersign::envelope {
namespace {

namespace write = countersign::testing::cbor;
using countersign::testing::ChainSpec;
using countersign::testing::CoseBuilder;
using countersign::testing::JwsBuilder;
using countersign::testing::make_chain;

/// "" if it opens, else the rule that it breaks and the message.
std::string opened(std::string_view media_type, BytesView envelope) {
  const auto result = open_envelope(media_type, envelope);
  if (result) return "";
  EXPECT_EQ(result.error().outcome(), Outcome::kSignatureInvalid);
  return std::string(result.error().reason().id()) + " " + result.error().message();
}
std::string opened(const JwsBuilder& jws) {
  return opened("application/jose+json", as_bytes(jws.build()));
}
std::string opened(const CoseBuilder& cose) { return opened("application/cose", cose.build()); }

/// As many arrays in each other.
std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::size_t values_of(const Json& json) {
  std::size_t values = 1;
  if (json.is_structured())
    for (const Json& item : json) values += values_of(item);
  return values;
}
std::size_t values_of(const std::string& json) { return values_of(Json::parse(json)); }
std::size_t values_of(const cbor::Value& value) {
  std::size_t values = 1;
  for (const cbor::Value& item : value.items) values += values_of(item);
  return values;
}

/// An array of as many values, itself included.
std::string array_of(std::size_t values) {
  std::string list;
  for (std::size_t i = 1; i < values; ++i) list += list.empty() ? "0" : ",0";
  return "[" + list + "]";
}
Bytes cbor_array_of(std::size_t values) {
  return write::array(std::vector<Bytes>(values - 1, write::null()));
}

TEST(EnvelopeLimits, Bytes) {
  EXPECT_EQ(kMaxEnvelopeBytes, 4194304U);
  const std::string why = "ST-7 envelope of 4194305 bytes is over the limit of 4194304";

  std::string jws = JwsBuilder().build();
  jws.resize(kMaxEnvelopeBytes, ' ');
  EXPECT_EQ(opened("application/jose+json", as_bytes(jws)), "");
  jws += ' ';
  EXPECT_EQ(opened("application/jose+json", as_bytes(jws)), why);

  const CoseBuilder valid;
  const auto cose = [&](std::size_t padding) {
    CoseBuilder builder(valid);
    builder.unprotected().put("x", write::bytes(Bytes(padding), write::Width::kFour));
    return builder.build();
  };
  const std::size_t padding = kMaxEnvelopeBytes - cose(0).size();
  EXPECT_EQ(opened("application/cose", cose(padding)), "");
  EXPECT_EQ(opened("application/cose", cose(padding + 1)), why);
}

TEST(EnvelopeLimits, CriticalHeaders) {
  EXPECT_EQ(kMaxCritical, 64U);
  const auto jws = [](std::size_t count) {
    JwsBuilder builder;
    for (std::size_t i = 1; i < count; ++i)
      builder.attribute("attribute" + std::to_string(i), "0", true);
    return opened(builder);
  };
  EXPECT_EQ(jws(kMaxCritical), "");
  EXPECT_EQ(jws(kMaxCritical + 1), "JW-9 \"crit\" has more than 64 entries");

  const auto cose = [](std::size_t count) {
    CoseBuilder builder;
    for (std::size_t i = 1; i < count; ++i)
      builder.attribute(write::integer(static_cast<std::int64_t>(100 + i)), write::null(), true);
    return opened(builder);
  };
  EXPECT_EQ(cose(kMaxCritical), "");
  EXPECT_EQ(cose(kMaxCritical + 1), "CO-9 \"crit\" has more than 64 entries");
}

TEST(EnvelopeLimits, ValuesOfAJws) {
  EXPECT_EQ(kMaxValues, 16384U);
  const JwsBuilder valid;
  const auto document = [&](std::size_t values) {
    JwsBuilder builder(valid);
    builder.header().put("x", array_of(values));
    return builder;
  };
  const auto protected_header = [&](std::size_t values) {
    return JwsBuilder(valid).attribute("x", array_of(values), false);
  };
  const auto payload = [&](std::size_t values) {
    return JwsBuilder(valid).payload(R"({"x":)" + array_of(values) + "}");
  };
  const std::string why = " JSON: more than 16384 values";

  const std::size_t in_document = kMaxValues - values_of(valid.build());
  EXPECT_EQ(opened(document(in_document)), "");
  EXPECT_EQ(opened(document(in_document + 1)), "JW-3" + why);

  const std::size_t in_header =
      kMaxValues - values_of(JwsBuilder(valid).protected_header().object());
  EXPECT_EQ(opened(protected_header(in_header)), "");
  EXPECT_EQ(opened(protected_header(in_header + 1)), "JW-4" + why);

  EXPECT_EQ(opened(payload(kMaxValues - 1)), "");
  EXPECT_EQ(opened(payload(kMaxValues)), "PL-6" + why);
}

TEST(EnvelopeLimits, ValuesOfACose) {
  const CoseBuilder valid;
  const auto unprotected = [&](std::size_t values) {
    CoseBuilder builder(valid);
    builder.unprotected().put("x", cbor_array_of(values));
    return builder;
  };
  const auto protected_header = [&](std::size_t values) {
    return CoseBuilder(valid).attribute(write::text("x"), cbor_array_of(values), false);
  };
  const auto values_in = [](const Bytes& bytes) {
    return values_of(*cbor::parse(bytes, cbor::Tags::kAllowed));
  };
  const std::string why = "CO-3 CBOR: more than 16384 values";

  // Beside the array there is its label; and the tag of the message is read before.
  const std::size_t in_message = kMaxValues - (values_in(valid.build()) - 1) - 1;
  EXPECT_EQ(opened(unprotected(in_message)), "");
  EXPECT_EQ(opened(unprotected(in_message + 1)), why);

  const std::size_t in_header = kMaxValues - values_in(valid.protected_content()) - 1;
  EXPECT_EQ(opened(protected_header(in_header)), "");
  EXPECT_EQ(opened(protected_header(in_header + 1)), why);
}

TEST(EnvelopeLimits, DepthOfAJws) {
  EXPECT_EQ(kMaxJsonDepth, 64U);
  const auto document = [](std::size_t depth) {
    JwsBuilder builder;
    builder.header().put("x", nested(depth));
    return opened(builder);
  };
  const auto protected_header = [](std::size_t depth) {
    return opened(JwsBuilder().attribute("x", nested(depth), false));
  };
  const auto payload = [](std::size_t depth) {
    return opened(JwsBuilder().payload(R"({"x":)" + nested(depth) + "}"));
  };
  const std::string why = " JSON: nested deeper than 64";
  EXPECT_EQ(document(62), "");  // in two objects
  EXPECT_EQ(document(63), "JW-3" + why);
  EXPECT_EQ(protected_header(63), "");
  EXPECT_EQ(protected_header(64), "JW-4" + why);
  EXPECT_EQ(payload(63), "");
  EXPECT_EQ(payload(64), "PL-6" + why);
}

TEST(EnvelopeLimits, Certificates) {
  ChainSpec spec;
  spec.intermediates = 14;
  const auto longest = make_chain(spec);
  ASSERT_EQ(longest.ders.size(), 16U);
  EXPECT_EQ(opened(JwsBuilder(longest)), "");
  EXPECT_EQ(opened(CoseBuilder(longest)), "");
  spec.intermediates = 15;
  const auto longer = make_chain(spec);
  const std::string why = "CE-3 the certificate chain has more than 16 certificates";
  EXPECT_EQ(opened(JwsBuilder(longer)), why);
  EXPECT_EQ(opened(CoseBuilder(longer)), why);
}

// A payload is judged by itself too: that of a COSE envelope is read only here.
TEST(EnvelopeLimits, Payload) {
  const auto read = [](const std::string& json) {
    const auto artifact = parse_payload(as_bytes(json));
    if (artifact) return std::string();
    EXPECT_EQ(artifact.error().reason().id(), "PL-6");
    return artifact.error().message();
  };
  const auto with = [](const std::string& json) { return R"({"x":)" + json + "}"; };
  EXPECT_EQ(read("{" + std::string(kMaxEnvelopeBytes - 2, ' ') + "}"), "");
  EXPECT_EQ(read("{" + std::string(kMaxEnvelopeBytes - 1, ' ') + "}"),
            "JSON of 4194305 bytes is over the limit of 4194304");
  EXPECT_EQ(read(with(array_of(kMaxValues - 1))), "");
  EXPECT_EQ(read(with(array_of(kMaxValues))), "JSON: more than 16384 values");
  EXPECT_EQ(read(with(nested(63))), "");
  EXPECT_EQ(read(with(nested(64))), "JSON: nested deeper than 64");
}

}  // namespace
}  // namespace countersign::envelope
