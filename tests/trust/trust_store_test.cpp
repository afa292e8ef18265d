#include "trust/trust_store.hpp"

#include <gtest/gtest.h>

#include "support/matchers.hpp"
#include "support/pki.hpp"

namespace countersign::trust {
namespace {

using countersign::testing::acme;
using countersign::testing::basic_constraints;
using countersign::testing::CertificateBuilder;
using countersign::testing::Chain;
using countersign::testing::FailsSaying;
using countersign::testing::IsOk;
using countersign::testing::key;
using countersign::testing::key_usage;
using countersign::testing::KeyKind;
using countersign::testing::make_chain;
using countersign::testing::pem;
using countersign::testing::self_signed;
namespace asn1 = countersign::testing::asn1;

Bytes bytes(std::string_view text) { return {as_bytes(text).begin(), as_bytes(text).end()}; }

/// How many certificates the store has, or the reason.
std::string loaded(StoreType type, const std::vector<Bytes>& contents) {
  std::vector<StoreFile> files;
  for (const Bytes& content : contents)
    files.push_back({.name = "file" + std::to_string(files.size()), .content = content});
  const auto store = load_store(type, files);
  if (store) return std::to_string(store->size());
  EXPECT_EQ(store.error().outcome(), Outcome::kUntrustedSigner);
  return std::string(store.error().reason().id());
}
std::string loaded(const std::vector<Bytes>& contents) { return loaded(StoreType::kCa, contents); }
std::string loaded(std::string_view text) { return loaded({bytes(text)}); }

class Stores : public ::testing::Test {
 protected:
  std::vector<Bytes> ders_ = make_chain().ders;
  const Bytes& leaf_ = ders_[0];
  const Bytes& intermediate_ = ders_[1];
  const Bytes& root_ = ders_[2];
};

// shows: N-291 N-292 N-293 N-294 N-300
TEST_F(Stores, HoldPemAndDer) {
  const std::string root = pem("CERTIFICATE", root_);
  const std::string intermediate = pem("CERTIFICATE", intermediate_);
  EXPECT_EQ(loaded(root), "1");
  EXPECT_EQ(loaded(root + intermediate), "2");
  EXPECT_EQ(loaded({root_}), "1");
  EXPECT_EQ(loaded({asn1::join({root_, intermediate_})}), "2");
  EXPECT_EQ(loaded({root_, bytes(root + intermediate), asn1::join({root_, root_})}), "5");
  EXPECT_EQ(loaded("Our root:\n" + root + "between\n" + intermediate + "after"), "2");
  std::string crlf = root;
  for (std::size_t at = crlf.find('\n'); at != std::string::npos; at = crlf.find('\n', at + 2))
    crlf.insert(at, "\r");
  EXPECT_EQ(loaded(crlf), "1");
  EXPECT_EQ(loaded({intermediate_}), "1");
  // What a block holds counts, not its label.
  EXPECT_EQ(loaded(pem("X509 CERTIFICATE", root_)), "1");
}

// shows: N-295 N-296 N-297
TEST_F(Stores, RefuseWhatIsNoCertificate) {
  const std::string root = pem("CERTIFICATE", root_);
  EXPECT_EQ(loaded(pem("PRIVATE KEY", bytes("x"))), "TR-6");
  EXPECT_EQ(loaded(root + pem("PRIVATE KEY", bytes("x"))), "TR-6");
  EXPECT_EQ(loaded(pem("TRUSTED CERTIFICATE", asn1::join({root_, asn1::null()}))), "TR-6");
  EXPECT_EQ(loaded("neither"), "TR-6");
  EXPECT_EQ(loaded(""), "TR-6");
  EXPECT_EQ(loaded(" \n"), "TR-6");
  EXPECT_EQ(loaded("  -----BEGIN CERTIFICATE-----\n"), "TR-6");
  EXPECT_EQ(loaded("-----BEGIN CERTIFICATE"), "TR-6");
  EXPECT_EQ(loaded("-----BEGIN CERTIFICATE-----\n"), "TR-6");
  EXPECT_EQ(loaded("-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n"), "TR-6");
  EXPECT_EQ(loaded("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n"), "TR-6");
  EXPECT_EQ(
      loaded("-----BEGIN CERTIFICATE-----\nProc-Type: 4\n\nAAAA\n-----END CERTIFICATE-----\n"),
      "TR-6");
  EXPECT_EQ(loaded("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "CE-1");
  EXPECT_EQ(loaded("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), "CE-1");
  EXPECT_EQ(loaded(root + root.substr(0, root.size() / 2)), "TR-6");
  EXPECT_EQ(loaded({asn1::join({root_, {0x00}})}), "TR-6");
  EXPECT_EQ(loaded({Bytes(root_.begin(), root_.end() - 1)}), "TR-6");
  EXPECT_EQ(loaded({root_, {}}), "TR-6");
  const std::string two = pem("CERTIFICATE", asn1::join({root_, intermediate_}));
  EXPECT_EQ(loaded(two), "CE-1");
}

// shows: N-298 N-299 N-301
TEST_F(Stores, HoldAuthoritiesAndSelfSignedSigners) {
  EXPECT_EQ(loaded({leaf_}), "TR-7");
  EXPECT_EQ(loaded({asn1::join({root_, leaf_})}), "TR-7");
  EXPECT_EQ(loaded({root_, leaf_}), "TR-7");
  EXPECT_EQ(loaded(self_signed().ders), "1");
  const auto expired = [](auto& leaf) { leaf.valid("100101000000Z", "110101000000Z"); };
  EXPECT_EQ(loaded(self_signed(KeyKind::kP256, expired).ders), "1");
  // Its own name as issuer, but another key has signed.
  EXPECT_EQ(loaded({CertificateBuilder().leaf().sign_with(key(KeyKind::kP256, 5))}), "TR-7");
}

// shows: N-319 N-320
TEST_F(Stores, OfTimestampAuthoritiesHoldSelfSignedRootsOnly) {
  const auto tsa = [](const std::vector<Bytes>& contents) {
    return loaded(StoreType::kTsa, contents);
  };
  EXPECT_EQ(tsa({root_}), "1");
  EXPECT_EQ(tsa({intermediate_}), "TR-8");
  EXPECT_EQ(tsa(self_signed().ders), "TR-8");
  EXPECT_EQ(tsa({leaf_}), "TR-7");
  const auto& signer = key(KeyKind::kP256);
  EXPECT_EQ(tsa({CertificateBuilder().ca().issuer(acme("other")).sign_with(signer)}), "TR-8");
  EXPECT_EQ(tsa({CertificateBuilder().ca().with(key_usage({6})).sign_with(signer)}), "TR-8");
  EXPECT_EQ(tsa({CertificateBuilder().ca().sign_with(key(KeyKind::kP256, 5))}), "TR-8");
  EXPECT_EQ(tsa({CertificateBuilder().with(basic_constraints(true)).sign_with(signer)}), "1");
}

TEST_F(Stores, OfNothingAreRefused) { EXPECT_EQ(loaded(std::vector<Bytes>{}), "TR-9"); }

TEST_F(Stores, SayWhichFileIsWrong) {
  const std::vector<StoreFile> files = {{.name = "root.crt", .content = root_},
                                        {.name = "leaf.crt", .content = leaf_}};
  EXPECT_THAT(
      load_store(StoreType::kCa, files),
      FailsSaying(
          Outcome::kUntrustedSigner,
          "leaf.crt: certificate \"CN=signer,O=Acme,ST=WA,C=US\" is neither a CA certificate nor a "
          "self-signed signing certificate"));
}

TEST(StoreName, IsOneOfTheAlphabetAndNoWayOut) {
  for (const auto name : {"a", "A-1_b.c", "...", ".hidden"})
    EXPECT_TRUE(is_store_name(name)) << name;
  for (const auto name : {"", ".", "..", "a/b", "a b", "*", "caf\xC3\xA9", "a\n", "a:b"})
    EXPECT_FALSE(is_store_name(name)) << name;
}

TEST(StoreType, IsNamedExactly) {
  for (const auto type : {StoreType::kCa, StoreType::kSigningAuthority, StoreType::kTsa}) {
    EXPECT_EQ(store_type_named(name(type)), type);
  }
  for (const auto text : {"", "CA", "signingauthority", "TSA", "ca "})
    EXPECT_EQ(store_type_named(text), std::nullopt) << text;
  EXPECT_EQ((StoreId{StoreType::kSigningAuthority, "x"}).to_string(), "signingAuthority:x");
}

}  // namespace
}  // namespace countersign::trust
