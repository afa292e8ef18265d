// Any bytes as CBOR and as a COSE envelope, and as changes to a valid one.
//
// What opens is signed: OpenSSL, asked directly, verifies the signature over the octets as they
// stand, which a second, much simpler reader finds, with the key of the first certificate; and each
// certificate of the chain was issued by the next. Whatever is done to a valid envelope, it opens
// only as long as everything in it stays what it was, except for unprotected headers that mean
// nothing.
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "envelope/cbor.hpp"
#include "envelope/envelope.hpp"
#include "envelope/payload.hpp"
#include "fuzz/edited.hpp"
#include "support/cose_builder.hpp"

namespace {

using countersign::Bytes;
using countersign::BytesView;
using countersign::envelope::open_envelope;
using countersign::envelope::VerifiedEnvelope;
using countersign::testing::CoseBuilder;
namespace cbor = countersign::envelope::cbor;
namespace write = countersign::testing::cbor;

constexpr std::string_view kCose = "application/cose";

void require(bool condition) {
  if (!condition) std::abort();
}

bool same(BytesView a, BytesView b) { return std::ranges::equal(a, b); }

/// Moves over well-formed CBOR of definite lengths.
class Walker {
 public:
  explicit Walker(BytesView bytes) : bytes_(bytes) {}

  std::uint64_t head() {
    const unsigned info = octet() & 0x1FU;
    require(info < 28);
    if (info < 24) return info;
    std::uint64_t argument = 0;
    for (unsigned i = 0; i < 1U << (info - 24); ++i) argument = argument << 8U | octet();
    return argument;
  }
  BytesView byte_string() {
    require(bytes_[at_] >> 5U == 2);
    const std::uint64_t size = head();
    require(size <= bytes_.size() - at_);
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }
  void skip() {
    for (std::uint64_t left = 1; left > 0; --left) {
      require(at_ < bytes_.size());
      const unsigned major = bytes_[at_] >> 5U;
      const std::uint64_t argument = head();
      if (major == 2 || major == 3) at_ += argument;
      if (major == 4) left += argument;
      if (major == 5) left += argument * 2;
      if (major == 6) ++left;
    }
  }
  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }

 private:
  unsigned octet() {
    require(at_ < bytes_.size());
    return bytes_[at_++];
  }

  BytesView bytes_;
  std::size_t at_ = 0;
};

/// Shortest form of what was read.
Bytes written(const cbor::Value& value) {
  using enum cbor::Type;
  std::vector<Bytes> items;
  for (const cbor::Value& item : value.items) items.push_back(written(item));
  switch (value.type) {
    case kUnsigned:
      return write::head(0, value.number);
    case kNegative:
      return write::head(1, value.number);
    case kBytes:
      return write::bytes(value.content);
    case kText:
      return write::text(value.text());
    case kArray:
      return write::array(items);
    case kMap:
      return write::map(items);
    case kTag:
      return write::tag(value.number, items.at(0));
    case kFloat:
      return write::float64(value.real);
    case kSimple:
      return write::head(7, value.number);
  }
  std::abort();
}

/// What is read and written again reads as the same; tags are all that the two modes differ in.
void check_cbor(BytesView bytes) {
  const auto value = cbor::parse(bytes, cbor::Tags::kAllowed);
  const bool without_tags = cbor::parse(bytes, cbor::Tags::kForbidden).has_value();
  if (!value) {
    require(!without_tags && value.error().reason().id() == "CO-3");
    return;
  }
  Walker walker(bytes);
  walker.skip();
  require(walker.at_end());
  const Bytes once = written(*value);
  const auto again = cbor::parse(once, cbor::Tags::kAllowed);
  require(again.has_value() && written(*again) == once);
  require(cbor::parse(once, cbor::Tags::kForbidden).has_value() == without_tags);
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

/// The hash that the specification ties to the size of a key.
const char* hash_of(EVP_PKEY* key, bool rsa) {
  const int bits = EVP_PKEY_get_bits(key);
  if (bits == (rsa ? 2048 : 256)) return "SHA256";
  if (bits == (rsa ? 3072 : 384)) return "SHA384";
  require(bits == (rsa ? 4096 : 521));
  return "SHA512";
}

void check_signature(BytesView bytes, const VerifiedEnvelope& envelope) {
  require(bytes[0] == 0xD2 && bytes[1] == 0x84);
  Walker walker(bytes.subspan(2));
  const BytesView headers = walker.byte_string();
  walker.skip();
  const BytesView payload = walker.byte_string();
  const BytesView raw = walker.byte_string();
  require(walker.at_end());
  require(same(payload, envelope.payload()) && same(raw, envelope.signature()));
  const Bytes input = countersign::testing::cose_signature1(headers, payload);

  const CertificatePtr leaf = read_by_openssl(envelope.leaf());
  EVP_PKEY* key = X509_get0_pubkey(leaf.get());
  const bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
  const Bytes signature = rsa ? Bytes(raw.begin(), raw.end()) : der_signature(raw);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  EVP_PKEY_CTX* key_context = nullptr;
  require(EVP_DigestVerifyInit_ex(context.get(), &key_context, hash_of(key, rsa), nullptr, nullptr,
                                  key, nullptr) == 1);
  if (rsa) {
    require(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1);
    require(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  require(EVP_DigestVerify(context.get(), signature.data(), signature.size(), input.data(),
                           input.size()) == 1);
}

void check_chain(const VerifiedEnvelope& envelope) {
  const auto& chain = envelope.chain();
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const std::size_t above = std::min(i + 1, chain.size() - 1);
    const CertificatePtr certificate = read_by_openssl(chain[i]);
    const CertificatePtr issuer = read_by_openssl(chain[above]);
    require(X509_verify(certificate.get(), X509_get0_pubkey(issuer.get())) == 1);
    require(same(chain[i].issuer_der(), chain[above].subject_der()));
  }
}

void check_any(BytesView bytes) {
  check_cbor(bytes);
  const auto envelope = open_envelope(kCose, bytes);
  if (!envelope) {
    require(envelope.error().outcome() == countersign::Outcome::kSignatureInvalid);
    require(!envelope.error().reason().id().empty() && !envelope.error().message().empty());
    return;
  }
  check_signature(bytes, *envelope);
  check_chain(*envelope);
  require(!envelope->expiry() || *envelope->expiry() > envelope->signing_time());
  static_cast<void>(countersign::envelope::parse_payload(envelope->payload()));
}

void check_same(const VerifiedEnvelope& a, const VerifiedEnvelope& b) {
  require(a.chain() == b.chain());
  require(same(a.payload(), b.payload()) && same(a.signature(), b.signature()));
  require(a.scheme() == b.scheme() && a.signing_time() == b.signing_time() &&
          a.expiry() == b.expiry());
  require(a.extended_attributes().size() == b.extended_attributes().size());
  for (std::size_t i = 0; i < a.extended_attributes().size(); ++i) {
    const auto& mine = a.extended_attributes()[i];
    const auto& theirs = b.extended_attributes()[i];
    require(mine.name == theirs.name && mine.is_integer == theirs.is_integer &&
            mine.critical == theirs.critical && mine.text == theirs.text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_any({data, size});

  static const Bytes kValid =
      CoseBuilder()
          .expiry(write::time(countersign::testing::kStartOf2030))
          .attribute(write::text("example.com/x"), write::text("y"), false)
          .attribute(write::integer(100), write::tag(1, write::float64(1.5)), true)
          .timestamp(write::hex("010203"))
          .build();
  static const VerifiedEnvelope kOpened = *open_envelope(kCose, kValid);
  const Bytes changed = countersign::fuzz::edited(kValid, {data, size});
  check_any(changed);
  const auto envelope = open_envelope(kCose, changed);
  if (envelope) check_same(*envelope, kOpened);
  return 0;
}
