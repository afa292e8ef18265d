#include "x509/certificate.hpp"

#include <algorithm>
#include <set>

#include "x509/algorithm.hpp"
#include "x509/der.hpp"
#include "x509/extensions.hpp"
#include "x509/oid.hpp"

namespace countersign::x509 {

struct Certificate::Data {
  Bytes der;
  BytesView tbs;
  BytesView issuer_der;
  BytesView subject_der;
  BytesView serial;
  BytesView signature;
  Name issuer;
  Name subject;
  Instant not_before;
  Instant not_after;
  int version = 1;
  crypto::PublicKey key;
  BytesView key_bits;
  std::optional<SignatureMethod> method;
  std::optional<BasicConstraints> basic_constraints;
  std::optional<KeyUsage> key_usage;
  std::optional<ExtendedKeyUsage> extended_key_usage;
  std::vector<std::string> ocsp_urls;
  std::vector<std::string> crl_urls;
  bool names_freshest_crl = false;
  std::string thumbprint;
};

namespace {

constexpr Reason kMalformed{"CE-1"};
constexpr std::size_t kMaxCertificateBytes = std::size_t{64} * 1024;

Error bad(std::string_view what) {
  return {Outcome::kSignatureInvalid, kMalformed, "certificate: " + std::string(what)};
}

bool is_positive(const der::Element& integer) {
  if (!der::is_integer(integer) || (integer.content[0] & 0x80U) != 0) return false;
  return std::ranges::any_of(integer.content, [](std::uint8_t octet) { return octet != 0; });
}

/// The key, with the refusals of CE-1. Algorithms that we do not know become a key that nothing
/// verifies with.
Result<crypto::PublicKey> read_key(const der::Element& spki) {
  der::Reader reader(spki.content);
  const auto algorithm = reader.read(der::kSequence);
  const auto bits = reader.read(der::kBitString);
  if (!algorithm || !bits || !reader.empty()) return bad("malformed public key");
  der::Reader algorithm_reader(algorithm->content);
  const auto type_element = algorithm_reader.read(der::kOid);
  if (!type_element) return bad("malformed public key algorithm");
  const std::string_view type = as_text(type_element->content);
  const auto parameters = algorithm_reader.read();
  if (!algorithm_reader.empty()) return bad("malformed public key parameters");
  const auto key_bits = der::whole_bits(*bits);
  if (!key_bits) return bad("malformed public key bits");

  if (type == oid::kRsaEncryption) {
    if (!parameters || parameters->tag != der::kNull) return bad("RSA key without NULL parameters");
    const auto key = der::only(*key_bits, der::kSequence);
    if (!key) return bad("malformed RSA key");
    der::Reader numbers(key->content);
    const auto modulus = numbers.read(der::kInteger);
    const auto exponent = numbers.read(der::kInteger);
    if (!modulus || !exponent || !numbers.empty() || !is_positive(*modulus) ||
        !is_positive(*exponent)) {
      return bad("RSA modulus and exponent must be positive integers");
    }
    // With exponent 1 anybody can sign, and the cost of a check grows with the exponent. The
    // reference's limits.
    const auto small_exponent = der::small_integer(*exponent);
    if (!small_exponent || *small_exponent < 3 || *small_exponent % 2 == 0) {
      return bad("RSA exponent must be odd, and from 3 to 2147483647");
    }
    // Such keys make each check cost milliseconds, and nobody has them: what they signed does not
    // verify (CE-11).
    constexpr std::size_t kMaxModulusBytes = 8192 / 8;
    constexpr std::int64_t kMaxExponent = (1 << 17) - 1;
    BytesView digits = modulus->content;
    while (!digits.empty() && digits.front() == 0) digits = digits.subspan(1);
    if (digits.size() > kMaxModulusBytes || *small_exponent > kMaxExponent)
      return crypto::PublicKey{};
    return crypto::PublicKey::from_rsa(modulus->content,
                                       static_cast<std::uint32_t>(*small_exponent));
  }
  if (type == oid::kEcPublicKey) {
    if (!parameters || parameters->tag != der::kOid) return bad("EC key without a named curve");
    const std::string_view curve = as_text(parameters->content);
    if (curve != oid::kP224 && curve != oid::kP256 && curve != oid::kP384 && curve != oid::kP521) {
      return bad("EC key on a curve that is not supported");
    }
    constexpr std::uint8_t kUncompressed = 0x04;
    if (key_bits->empty() || (*key_bits)[0] != kUncompressed)
      return bad("EC point is not uncompressed");
    return crypto::PublicKey::from_spki(spki.whole);
  }
  if (type == oid::kEd25519) {
    if (parameters) return bad("Ed25519 key with parameters");
    return crypto::PublicKey::from_spki(spki.whole);
  }
  return crypto::PublicKey{};
}

/// The content of the BIT STRING of a SubjectPublicKeyInfo that was read already.
BytesView key_bits_of(const der::Element& spki) {
  der::Reader reader(spki.content);
  static_cast<void>(reader.read(der::kSequence));
  const auto bits = reader.read(der::kBitString);
  return bits ? der::whole_bits(*bits).value_or(BytesView{}) : BytesView{};
}

}  // namespace

Result<Certificate> Certificate::parse(BytesView der_bytes) {
  if (der_bytes.size() > kMaxCertificateBytes) return bad("larger than 64 KiB");
  auto data = std::make_shared<Data>();
  data->der.assign(der_bytes.begin(), der_bytes.end());

  const auto outer = der::only(data->der, der::kSequence);
  if (!outer) return bad("not one complete DER certificate");
  der::Reader outer_reader(outer->content);
  const auto signed_parts = der::read_signed(outer_reader);
  if (!signed_parts || !outer_reader.empty()) return bad("malformed certificate");
  data->tbs = signed_parts->content.whole;
  data->signature = signed_parts->signature;

  der::Reader reader(signed_parts->content.content);
  if (reader.next_is(der::context_constructed(0))) {
    const auto explicit_version = reader.read();
    const auto number =
        explicit_version ? der::only(explicit_version->content, der::kInteger) : std::nullopt;
    const auto version = number ? der::small_integer(*number) : std::nullopt;
    if (!version || *version > 2) return bad("unknown version");
    data->version = *version + 1;
  }
  const auto serial = reader.read(der::kInteger);
  if (!serial || !der::is_integer(*serial)) return bad("malformed serial number");
  if ((serial->content[0] & 0x80U) != 0) return bad("negative serial number");
  data->serial = serial->content;
  const auto inner_algorithm = reader.read(der::kSequence);
  if (!inner_algorithm) return bad("malformed signature algorithm");
  if (!std::ranges::equal(inner_algorithm->whole, signed_parts->algorithm.whole)) {
    return bad("inner and outer signature algorithm differ");
  }
  data->method = x509::signature_method(*inner_algorithm);

  const auto issuer = reader.read(der::kSequence);
  const auto issuer_name = issuer ? parse_name(issuer->whole) : std::nullopt;
  if (!issuer_name) return bad("malformed issuer name");
  data->issuer_der = issuer->whole;
  data->issuer = *issuer_name;

  const auto validity = reader.read(der::kSequence);
  if (!validity) return bad("malformed validity");
  der::Reader times(validity->content);
  const auto not_before = times.read();
  const auto not_after = times.read();
  const auto from = not_before ? der::time(*not_before) : std::nullopt;
  const auto until = not_after ? der::time(*not_after) : std::nullopt;
  if (!from || !until || !times.empty()) return bad("malformed validity time");
  data->not_before = *from;
  data->not_after = *until;

  const auto subject = reader.read(der::kSequence);
  const auto subject_name = subject ? parse_name(subject->whole) : std::nullopt;
  if (!subject_name) return bad("malformed subject name");
  data->subject_der = subject->whole;
  data->subject = *subject_name;

  const auto spki = reader.read(der::kSequence);
  if (!spki) return bad("malformed public key");
  COUNTERSIGN_TRY(data->key, read_key(*spki));
  data->key_bits = key_bits_of(*spki);

  static_cast<void>(reader.read(der::context(1)));  // issuerUniqueID
  static_cast<void>(reader.read(der::context(2)));  // subjectUniqueID
  if (reader.next_is(der::context_constructed(3))) {
    const auto holder = reader.read();
    const auto list = holder ? der::only(holder->content, der::kSequence) : std::nullopt;
    if (!list) return bad("malformed extensions");
    std::set<std::string_view> seen;
    der::Reader extensions_reader(list->content);
    // In a certificate of version 1 or 2 extensions mean nothing: they are there and not seen.
    while (data->version == 3 && !extensions_reader.empty()) {
      const auto extension = extensions_reader.read(der::kSequence);
      if (!extension) return bad("malformed extension");
      der::Reader parts(extension->content);
      const auto type_element = parts.read(der::kOid);
      bool critical = false;
      if (const auto flag = parts.read(der::kBoolean)) {
        const auto value = der::boolean(*flag);
        if (!value) return bad("malformed extension criticality");
        critical = *value;
      }
      const auto value = parts.read(der::kOctetString);
      if (!type_element || !der::is_oid(*type_element) || !value || !parts.empty())
        return bad("malformed extension");
      const std::string_view type = as_text(type_element->content);
      if (!seen.insert(type).second)
        return bad("extension " + der::oid_text(type) + " stands twice");

      if (type == oid::kBasicConstraints) {
        data->basic_constraints = extensions::basic_constraints(value->content);
        if (!data->basic_constraints) return bad("malformed basicConstraints");
        data->basic_constraints->critical = critical;
      } else if (type == oid::kKeyUsage) {
        data->key_usage = extensions::key_usage(value->content);
        if (!data->key_usage) return bad("malformed keyUsage");
        data->key_usage->critical = critical;
      } else if (type == oid::kExtendedKeyUsage) {
        data->extended_key_usage = extensions::extended_key_usage(value->content);
        if (!data->extended_key_usage) return bad("malformed extendedKeyUsage");
        data->extended_key_usage->critical = critical;
      } else if (type == oid::kCrlDistributionPoints) {
        auto urls = extensions::distribution_points(value->content);
        if (!urls) return bad("malformed cRLDistributionPoints");
        data->crl_urls = *std::move(urls);
      } else if (type == oid::kFreshestCrl) {
        data->names_freshest_crl = true;
      } else if (type == oid::kAuthorityInfoAccess) {
        if (critical) return bad("authorityInfoAccess must not be critical");
        auto urls = extensions::ocsp_locations(value->content);
        if (!urls) return bad("malformed authorityInfoAccess");
        data->ocsp_urls = *std::move(urls);
      } else if (type == oid::kSubjectAltName) {
        if (!extensions::well_formed_alt_names(value->content))
          return bad("malformed subjectAltName");
      } else if (type == oid::kNameConstraints) {
        if (!extensions::well_formed_name_constraints(value->content))
          return bad("malformed nameConstraints");
      } else if (type == oid::kCertificatePolicies) {
        if (!extensions::well_formed_policies(value->content))
          return bad("malformed certificatePolicies");
      } else if (type == oid::kAuthorityKeyIdentifier) {
        if (critical) return bad("authorityKeyIdentifier must not be critical");
        if (!extensions::well_formed_authority_key_id(value->content))
          return bad("malformed authorityKeyIdentifier");
      } else if (type == oid::kSubjectKeyIdentifier) {
        if (critical) return bad("subjectKeyIdentifier must not be critical");
        if (!extensions::well_formed_subject_key_id(value->content))
          return bad("malformed subjectKeyIdentifier");
      }
    }
  }
  if (!reader.empty()) return bad("bytes after the last field");
  data->thumbprint = to_hex(crypto::hash(crypto::HashAlgorithm::kSha256, data->der));
  return Certificate(std::move(data));
}

BytesView Certificate::der() const noexcept { return data_->der; }
BytesView Certificate::subject_der() const noexcept { return data_->subject_der; }
BytesView Certificate::issuer_der() const noexcept { return data_->issuer_der; }
const Name& Certificate::subject() const noexcept { return data_->subject; }
const Name& Certificate::issuer() const noexcept { return data_->issuer; }
BytesView Certificate::serial() const noexcept { return data_->serial; }
Instant Certificate::not_before() const noexcept { return data_->not_before; }
Instant Certificate::not_after() const noexcept { return data_->not_after; }
int Certificate::version() const noexcept { return data_->version; }
const crypto::PublicKey& Certificate::key() const noexcept { return data_->key; }
const std::optional<BasicConstraints>& Certificate::basic_constraints() const noexcept {
  return data_->basic_constraints;
}
const std::optional<KeyUsage>& Certificate::key_usage() const noexcept { return data_->key_usage; }
const std::optional<ExtendedKeyUsage>& Certificate::extended_key_usage() const noexcept {
  return data_->extended_key_usage;
}
const std::vector<std::string>& Certificate::ocsp_urls() const noexcept { return data_->ocsp_urls; }
const std::vector<std::string>& Certificate::crl_urls() const noexcept { return data_->crl_urls; }
bool Certificate::names_freshest_crl() const noexcept { return data_->names_freshest_crl; }
BytesView Certificate::key_bits() const noexcept { return data_->key_bits; }
const std::optional<SignatureMethod>& Certificate::signature_method() const noexcept {
  return data_->method;
}
const std::string& Certificate::thumbprint() const noexcept { return data_->thumbprint; }

bool Certificate::has_signature_of(const Certificate& issuer) const {
  return is_signed_by(issuer.key(), data_->method, data_->tbs, data_->signature);
}

bool operator==(const Certificate& a, const Certificate& b) {
  return a.data_ == b.data_ || std::ranges::equal(a.der(), b.der());
}

}  // namespace countersign::x509
