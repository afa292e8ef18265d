// Chains and signatures of COSE envelopes, and what stands beside what is signed.
#include <gtest/gtest.h>

#include <map>

#include "envelope/cose_rows.hpp"
#include "support/jws_builder.hpp"

namespace countersign::envelope {
namespace {

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

}  // namespace
}  // namespace countersign::envelope
