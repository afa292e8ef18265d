// Any bytes as a JWS envelope, and as changes to a valid one.
//
// What opens is signed: OpenSSL, asked directly, verifies the signature over the members as they
// stand with the key of the first certificate, and each certificate of the chain was issued by the
// next. And whatever is done to a valid envelope, it opens only as long as everything in it stays
// what it was, except for unprotected members that mean nothing.
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "envelope/envelope.hpp"
#include "envelope/payload.hpp"
#include "support/jws_builder.hpp"

namespace {

using countersign::as_bytes;
using countersign::Bytes;
using countersign::BytesView;
using countersign::envelope::open_envelope;
using countersign::envelope::VerifiedEnvelope;
using countersign::testing::JwsBuilder;

constexpr std::string_view kJws = "application/jose+json";

void require(bool condition) {
  if (!condition) std::abort();
}

using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;

CertificatePtr read_by_openssl(const countersign::x509::Certificate& certificate) {
  const BytesView der = certificate.der();
  const unsigned char* at = der.data();
  CertificatePtr out(d2i_X509(nullptr, &at, static_cast<long>(der.size())), &X509_free);
  require(out != nullptr && at == der.data() + der.size());
  return out;
}

/// r and s to the DER that OpenSSL wants.
Bytes der_signature(BytesView raw) {
  namespace asn1 = countersign::testing::asn1;
  const auto integer = [](BytesView number) {
    Bytes octets(number.begin(), number.end());
    while (octets.size() > 1 && octets[0] == 0) octets.erase(octets.begin());
    if ((octets[0] & 0x80U) != 0) octets.insert(octets.begin(), 0);
    return asn1::tlv(0x02, octets);
  };
  const std::size_t width = raw.size() / 2;
  return asn1::sequence({integer(raw.subspan(0, width)), integer(raw.subspan(width))});
}

void check_signature(std::string_view text, const VerifiedEnvelope& envelope) {
  // No duplicates here: the envelope opened.
  const auto json = nlohmann::json::parse(text);
  const std::string input =
      json.at("protected").get<std::string>() + "." + json.at("payload").get<std::string>();
  require(countersign::from_base64url(json.at("payload").get<std::string>()) ==
          Bytes(envelope.payload().begin(), envelope.payload().end()));
  const auto header = nlohmann::json::parse(
      countersign::as_text(*countersign::from_base64url(json.at("protected").get<std::string>())));
  const std::string hash = "SHA" + header.at("alg").get<std::string>().substr(2);

  const CertificatePtr leaf = read_by_openssl(envelope.leaf());
  EVP_PKEY* key = X509_get0_pubkey(leaf.get());
  const bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
  const Bytes signature = rsa ? Bytes(envelope.signature().begin(), envelope.signature().end())
                              : der_signature(envelope.signature());
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  EVP_PKEY_CTX* key_context = nullptr;
  require(EVP_DigestVerifyInit_ex(context.get(), &key_context, hash.c_str(), nullptr, nullptr, key,
                                  nullptr) == 1);
  if (rsa) require(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1);
  require(EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                           as_bytes(input).data(), input.size()) == 1);
}

void check_chain(const VerifiedEnvelope& envelope) {
  const auto& chain = envelope.chain();
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const std::size_t above = std::min(i + 1, chain.size() - 1);
    const CertificatePtr certificate = read_by_openssl(chain[i]);
    const CertificatePtr issuer = read_by_openssl(chain[above]);
    require(X509_verify(certificate.get(), X509_get0_pubkey(issuer.get())) == 1);
    require(std::ranges::equal(chain[i].issuer_der(), chain[above].subject_der()));
  }
}

void check_any(std::string_view text) {
  const auto envelope = open_envelope(kJws, as_bytes(text));
  if (!envelope) {
    require(envelope.error().outcome() == countersign::Outcome::kSignatureInvalid);
    require(!envelope.error().reason().id().empty() && !envelope.error().message().empty());
    return;
  }
  check_signature(text, *envelope);
  check_chain(*envelope);
  require(!envelope->expiry() || *envelope->expiry() > envelope->signing_time());
  static_cast<void>(countersign::envelope::parse_payload(envelope->payload()));
}

bool same(BytesView a, BytesView b) { return std::ranges::equal(a, b); }

void check_same(const VerifiedEnvelope& a, const VerifiedEnvelope& b) {
  require(a.chain() == b.chain());
  require(same(a.payload(), b.payload()) && same(a.signature(), b.signature()));
  require(a.scheme() == b.scheme() && a.signing_time() == b.signing_time() &&
          a.expiry() == b.expiry());
  require(a.extended_attributes().size() == b.extended_attributes().size());
  for (std::size_t i = 0; i < a.extended_attributes().size(); ++i) {
    const auto& mine = a.extended_attributes()[i];
    const auto& theirs = b.extended_attributes()[i];
    require(mine.name == theirs.name && mine.critical == theirs.critical &&
            mine.text == theirs.text);
  }
}

/// The input as edits: two octets of place, one that says what to do there, one octet to do it
/// with.
std::string edited(std::string text, const std::uint8_t* data, std::size_t size) {
  for (std::size_t i = 0; i + 4 <= size && !text.empty(); i += 4) {
    const std::size_t place = (std::size_t{data[i]} << 8U | data[i + 1]) % text.size();
    const char c = static_cast<char>(data[i + 3]);
    switch (data[i + 2] % 5) {
      case 0:
        text[place] = c;
        break;
      case 1:
        text.insert(place, 1, c);
        break;
      case 2:
        text.erase(place, data[i + 3] % 64U + 1U);
        break;
      case 3:
        text.insert(place, text.substr(place, data[i + 3]));
        break;
      default:
        text[place] = static_cast<char>(text[place] ^ (1 << (data[i + 3] % 8)));
    }
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_any({reinterpret_cast<const char*>(data), size});

  static const std::string kValid = JwsBuilder()
                                        .expiry("2030-01-01T00:00:00Z")
                                        .attribute("example.com/x", "\"y\"", false)
                                        .timestamp("AQID")
                                        .build();
  static const VerifiedEnvelope kOpened = *open_envelope(kJws, as_bytes(kValid));
  const std::string changed = edited(kValid, data, size);
  check_any(changed);
  const auto envelope = open_envelope(kJws, as_bytes(changed));
  if (envelope) check_same(*envelope, kOpened);
  return 0;
}
