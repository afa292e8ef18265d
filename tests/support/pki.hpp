#pragma once
/// Keys and certificates for tests. Certificates are written octet by octet, so that every
/// malformed one can be made too; OpenSSL makes keys and signatures only. Everything is made when a
/// test asks for it: nothing here ever expires.

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): OpenSSL's own name.
struct evp_pkey_st;

namespace countersign::testing {

/// A writer of DER.
namespace asn1 {

Bytes tlv(std::uint8_t tag, BytesView content);
Bytes join(const std::vector<Bytes>& parts);
Bytes sequence(const std::vector<Bytes>& parts);
Bytes set(const std::vector<Bytes>& parts);
Bytes explicit_tag(unsigned n, const Bytes& content);
/// From dotted numbers.
Bytes oid(std::string_view dotted);
Bytes integer(std::int64_t value);
Bytes boolean(bool value);
Bytes null();
Bytes bit_string(BytesView bits, unsigned unused = 0);
Bytes octet_string(BytesView content);
Bytes text(std::uint8_t tag, std::string_view content);
/// "260101000000Z"
Bytes utc_time(std::string_view text);
/// "20260101000000Z"
Bytes generalized_time(std::string_view text);

}  // namespace asn1

enum class KeyKind : std::uint8_t {
  kRsa1024,
  kRsa2048,
  kRsa3072,
  kRsa4096,
  kP224,
  kP256,
  kP384,
  kP521,
  kSecp256k1,
  kEd25519,
};

struct Key {
  KeyKind kind = KeyKind::kP256;
  evp_pkey_st* handle = nullptr;  ///< never freed: keys live as long as the process
  Bytes spki;
};

/// The `n`-th key of a kind: made at first use, then the same for the whole process.
const Key& key(KeyKind kind, unsigned n = 0);

/// A SubjectPublicKeyInfo with an RSA key of exactly `bits` bits that nobody can sign with.
Bytes rsa_spki(unsigned bits, const Bytes& exponent = asn1::integer(65537));

enum class How : std::uint8_t { kRsaPkcs1, kRsaPss, kEcdsa, kEd25519 };

struct SignWith {
  How how = How::kEcdsa;
  std::string hash = "SHA256";  ///< "SHA1", "SHA256", "SHA384", "SHA512"
  int salt = -1;                ///< PSS; -1 is the hash's length
  std::string mgf1_hash{};      ///< PSS; empty is `hash`
};

/// How certificates are usually signed with such a key.
SignWith usual(const Key& key);
/// DER signatures for ECDSA.
Bytes sign(const Key& key, const SignWith& how, BytesView message);
Bytes algorithm_identifier(const SignWith& how);
/// In dotted numbers.
std::string_view hash_oid(std::string_view hash);

struct Attribute {
  std::string type;  ///< "C", "CN", … or dotted numbers
  std::string value;
  std::uint8_t tag = 0x0C;  ///< UTF8String
};
/// One RDN for each attribute.
Bytes name(const std::vector<Attribute>& attributes);
/// CN=`common_name`,O=Acme,ST=WA,C=US
Bytes acme(std::string_view common_name);

struct Extension {
  std::string oid;
  bool critical = false;
  Bytes value;
};
Extension basic_constraints(bool is_ca, int path_length = -1, bool critical = true);
/// Bit numbers of RFC 5280 4.2.1.3.
Extension key_usage(std::initializer_list<unsigned> bits, bool critical = true);
Extension extended_key_usage(const std::vector<std::string>& oids, bool critical = false);
Extension crl_distribution_point(std::string_view url);
Extension ocsp_responder(std::string_view url);

/// Starts as a version 3 certificate of P-256 key 0, issued by itself, valid from 2020 to 2040,
/// without extensions.
class CertificateBuilder {
 public:
  CertificateBuilder();

  CertificateBuilder& subject(Bytes name);
  CertificateBuilder& issuer(Bytes name);
  CertificateBuilder& of(const Key& key);  ///< whose public key it carries
  CertificateBuilder& valid(std::string_view from, std::string_view until);  ///< UTCTime
  CertificateBuilder& serial(std::int64_t value);
  /// Replaces an extension of the same type.
  CertificateBuilder& with(Extension extension);
  CertificateBuilder& also(Extension extension);  ///< even if one of its type is there
  CertificateBuilder& without(std::string_view oid);
  /// Extensions of a CA, and of a signing certificate.
  CertificateBuilder& ca(int path_length = -1);
  CertificateBuilder& leaf();

  /// Parts as they are, well-formed or not.
  CertificateBuilder& raw_version(Bytes der);  ///< empty: absent, version 1
  CertificateBuilder& raw_serial(Bytes der);
  CertificateBuilder& raw_validity(Bytes der);
  CertificateBuilder& raw_spki(Bytes der);
  CertificateBuilder& raw_extension(Bytes der);
  CertificateBuilder& raw_extensions(Bytes der);  ///< instead of all; with its [3] tag
  CertificateBuilder& raw_after_tbs_fields(Bytes der);
  CertificateBuilder& outer_algorithm(Bytes der);
  CertificateBuilder& inner_algorithm(Bytes der);
  CertificateBuilder& after(Bytes trailing);

  [[nodiscard]] const Bytes& subject_name() const { return subject_; }
  [[nodiscard]] Bytes sign_with(const Key& signer) const {
    return sign_with(signer, usual(signer));
  }
  [[nodiscard]] Bytes sign_with(const Key& signer, const SignWith& how) const;

 private:
  Bytes version_;
  Bytes serial_;
  Bytes subject_;
  Bytes issuer_;
  Bytes validity_;
  Bytes spki_;
  std::vector<Extension> extensions_;
  std::vector<Bytes> raw_extensions_list_;
  Bytes raw_extensions_;
  Bytes after_fields_;
  Bytes outer_algorithm_;
  Bytes inner_algorithm_;
  Bytes trailing_;
};

using Edit = std::function<void(CertificateBuilder&)>;

/// leaf, intermediates, root; each edit is made after the defaults. Issuer names are set by hand if
/// an edit renames.
struct ChainSpec {
  KeyKind leaf_key = KeyKind::kP256;
  unsigned intermediates = 1;
  KeyKind ca_key = KeyKind::kP256;
  Edit leaf{};
  Edit intermediate{};  ///< of every intermediate
  Edit root{};
  SignWith root_signs{};  ///< the lowest certificate that the root signs, and itself
  bool root_signs_as_usual = true;
  std::string prefix{};    ///< of every common name
  unsigned first_key = 0;  ///< chains that must not share keys start at different ones
};

struct Chain {
  std::vector<Bytes> ders;  ///< leaf first
  const Key* leaf_key = nullptr;
};

/// Common names are "signer", "issuing 1" and so on, "root".
Chain make_chain(const ChainSpec& spec = {});
/// One self-signed signing certificate.
Chain self_signed(KeyKind kind = KeyKind::kP256, const Edit& edit = {});

/// A PEM block.
std::string pem(std::string_view label, BytesView der);

}  // namespace countersign::testing
