#include "x509/timestamp_token.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "crypto/signature.hpp"
#include "x509/algorithm.hpp"
#include "x509/ber.hpp"
#include "x509/der.hpp"
#include "x509/oid.hpp"

namespace countersign::x509 {
namespace {

constexpr int kSignedDataVersion = 3;
constexpr int kSignerVersion = 1;
constexpr unsigned kDirectoryName = 4;

Error bad(Reason reason, std::string_view what) {
  return {Outcome::kTimestampInvalid, reason, "timestamp token: " + std::string(what)};
}

bool same(BytesView a, BytesView b) { return std::ranges::equal(a, b); }

/// SEQUENCE { OID, … }
bool is_algorithm_identifier(const der::Element& element) {
  if (element.tag != der::kSequence) return false;
  der::Reader reader(element.content);
  const auto type = reader.read(der::kOid);
  return type && der::is_oid(*type);
}

struct Attribute {
  std::string_view type;
  BytesView values;  ///< content octets of the SET
  BytesView whole;
};

Result<std::vector<Attribute>> parse_attributes(BytesView set) {
  std::vector<Attribute> attributes;
  der::Reader reader(set);
  while (!reader.empty()) {
    const auto attribute = reader.read(der::kSequence);
    if (!attribute) return bad("TS-22", "malformed signed attribute");
    if (attributes.size() == kMaxSignedAttributes) {
      return bad("TS-22", fmt::format("more than {} signed attributes", kMaxSignedAttributes));
    }
    der::Reader parts(attribute->content);
    const auto type = parts.read(der::kOid);
    const auto values = parts.read(der::kSet);
    if (!type || !der::is_oid(*type) || !values || !parts.empty())
      return bad("TS-22", "malformed signed attribute");
    attributes.push_back({as_text(type->content), values->content, attribute->whole});
  }
  return attributes;
}

/// The attributes that are read stand once and have one value (RFC 5652 section 11, RFC 5035
/// section 3): of two, one would be signed and never looked at. Nothing if there is none.
Result<std::optional<der::Element>> value_of(const std::vector<Attribute>& attributes,
                                             std::string_view type, std::string_view name) {
  std::optional<der::Element> found;
  for (const Attribute& attribute : attributes) {
    if (attribute.type != type) continue;
    if (found) return bad("TS-22", fmt::format("signed attribute {} stands twice", name));
    der::Reader values(attribute.values);
    found = values.read();
    if (!found || !values.empty())
      return bad("TS-22", fmt::format("signed attribute {} must have one value", name));
  }
  return found;
}

/// RFC 5652 section 5.4: a DER SET OF, whatever order the attributes came in.
Bytes signed_octets(std::vector<Attribute> attributes) {
  std::ranges::sort(attributes, [](const Attribute& a, const Attribute& b) {
    return std::ranges::lexicographical_compare(a.whole, b.whole);
  });
  Bytes content;
  for (const Attribute& attribute : attributes)
    content.insert(content.end(), attribute.whole.begin(), attribute.whole.end());
  return der::encoded(der::kSet, content);
}

/// TS-23. `digest` is what digestAlgorithm names.
std::optional<SignatureMethod> method_of(BytesView algorithm, crypto::HashAlgorithm digest) {
  using enum crypto::CertificateSignature;
  const auto sequence = der::only(algorithm, der::kSequence);
  if (!sequence) return std::nullopt;
  der::Reader reader(sequence->content);
  const auto type = reader.read(der::kOid);
  if (!type) return std::nullopt;
  if (as_text(type->content) == oid::kRsaEncryption) return SignatureMethod{kRsaPkcs1, digest};
  const auto method = signature_method(*sequence);
  if (!method || method->how == kEd25519) return std::nullopt;
  if (method->how == kRsaPss && method->hash != digest) return std::nullopt;
  return method;
}

/// What an ESSCertIDv2 says (RFC 5035 section 4).
struct CertificateId {
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::kSha256;
  BytesView digest;
  std::optional<BytesView> issuer;  ///< DER Name; and then `serial` counts too
  BytesView serial;
};

std::optional<CertificateId> parse_issuer_serial(CertificateId id, BytesView fields) {
  der::Reader reader(fields);
  const auto names = reader.read(der::kSequence);
  const auto serial = reader.read(der::kInteger);
  if (!names || !serial || !der::is_integer(*serial) || !reader.empty()) return std::nullopt;
  der::Reader name_reader(names->content);
  const auto name = name_reader.read(der::context_constructed(kDirectoryName));
  const auto directory_name = name ? der::only(name->content, der::kSequence) : std::nullopt;
  if (!directory_name) return std::nullopt;
  id.issuer = directory_name->whole;
  id.serial = serial->content;
  return id;
}

/// The first ESSCertIDv2 of a SigningCertificateV2 (TS-21).
Result<CertificateId> parse_certificate_id(BytesView attribute) {
  const Error malformed = bad("TS-21", "malformed signing-certificate-v2 attribute");
  const auto sequence = der::only(attribute, der::kSequence);
  if (!sequence) return malformed;
  der::Reader reader(sequence->content);
  const auto ids = reader.read(der::kSequence);
  static_cast<void>(reader.read(der::kSequence));  // policies
  if (!ids || !reader.empty()) return malformed;
  der::Reader id_reader(ids->content);
  if (id_reader.empty())
    return bad("TS-21", "the signing-certificate-v2 attribute names no certificate");
  const auto first = id_reader.read(der::kSequence);
  if (!first) return malformed;

  der::Reader parts(first->content);
  CertificateId id;
  if (const auto algorithm = parts.read(der::kSequence)) {
    const auto hash = plain_hash(algorithm->whole);
    if (!hash) return bad("TS-21", "unsupported certificate hash");
    id.hash = *hash;
  }
  const auto digest = parts.read(der::kOctetString);
  if (!digest) return malformed;
  id.digest = digest->content;
  if (!parts.empty()) {
    const auto issuer_serial = parts.read(der::kSequence);
    auto whole = issuer_serial && parts.empty() ? parse_issuer_serial(id, issuer_serial->content)
                                                : std::nullopt;
    if (!whole) return malformed;
    id = *whole;
  }
  return id;
}

}  // namespace

Result<TimestampToken::Signer> TimestampToken::parse_signer(BytesView fields) {
  const Error malformed = bad("TS-20", "malformed SignerInfo");
  der::Reader reader(fields);
  Signer signer;
  const auto version = reader.read(der::kInteger);
  const auto number = version ? der::small_integer(*version) : std::nullopt;
  if (!number) return malformed;
  signer.version = *number;

  const auto id = reader.read(der::kSequence);
  if (!id) return bad("TS-20", "the signer is not named by issuer and serial number");
  der::Reader id_reader(id->content);
  const auto issuer = id_reader.read(der::kSequence);
  const auto serial = id_reader.read(der::kInteger);
  if (!issuer || !serial || !der::is_integer(*serial) || !id_reader.empty()) return malformed;
  signer.issuer = issuer->whole;
  signer.serial = serial->content;

  const auto digest_algorithm = reader.read();
  if (!digest_algorithm || !is_algorithm_identifier(*digest_algorithm)) return malformed;
  signer.digest_algorithm = digest_algorithm->whole;
  if (const auto attributes = reader.read(der::context_constructed(0)))
    signer.signed_attributes = attributes->content;
  const auto signature_algorithm = reader.read();
  if (!signature_algorithm || !is_algorithm_identifier(*signature_algorithm)) return malformed;
  signer.signature_algorithm = signature_algorithm->whole;
  const auto signature = reader.read(der::kOctetString);
  if (!signature) return malformed;
  signer.signature = signature->content;
  static_cast<void>(reader.read(der::context_constructed(1)));  // unsigned attributes
  if (!reader.empty()) return malformed;
  return signer;
}

Result<TimestampToken> TimestampToken::parse(BytesView bytes) {
  auto der_bytes = der::with_shortest_lengths(bytes);
  if (!der_bytes) return bad("TS-2", "not one complete element of definite lengths");
  TimestampToken token;
  token.bytes_ = std::make_shared<const Bytes>(*std::move(der_bytes));

  const auto content_info = der::only(*token.bytes_, der::kSequence);
  if (!content_info) return bad("TS-3", "malformed ContentInfo");
  der::Reader outer(content_info->content);
  const auto outer_type = outer.read(der::kOid);
  if (!outer_type || as_text(outer_type->content) != oid::kSignedData)
    return bad("TS-3", "the content type is not signedData");
  const auto holder = outer.read(der::context_constructed(0));
  const auto signed_data = holder ? der::only(holder->content, der::kSequence) : std::nullopt;
  if (!signed_data || !outer.empty()) return bad("TS-3", "malformed ContentInfo");

  der::Reader reader(signed_data->content);
  const auto version = reader.read(der::kInteger);
  if (!version || der::small_integer(*version) != kSignedDataVersion)
    return bad("TS-3", "the version of SignedData is not 3");
  const auto digest_algorithms = reader.read(der::kSet);
  if (!digest_algorithms) return bad("TS-3", "malformed digestAlgorithms");
  der::Reader digests(digest_algorithms->content);
  while (!digests.empty()) {
    const auto algorithm = digests.read();
    if (!algorithm || !is_algorithm_identifier(*algorithm))
      return bad("TS-3", "malformed digestAlgorithms");
  }

  const auto encapsulated = reader.read(der::kSequence);
  if (!encapsulated) return bad("TS-3", "malformed encapsulated content");
  der::Reader inner(encapsulated->content);
  const auto inner_type = inner.read(der::kOid);
  if (!inner_type || as_text(inner_type->content) != oid::kTstInfo)
    return bad("TS-3", "the encapsulated content is not a TSTInfo");
  const auto content_holder = inner.read(der::context_constructed(0));
  const auto content =
      content_holder ? der::only(content_holder->content, der::kOctetString) : std::nullopt;
  if (!content || !inner.empty()) return bad("TS-3", "malformed encapsulated content");
  token.content_ = content->content;

  if (const auto certificates = reader.read(der::context_constructed(0))) {
    der::Reader list(certificates->content);
    while (!list.empty()) {
      const std::size_t index = token.certificates_.size();
      if (index == kMaxTokenCertificates)
        return bad("TS-3", fmt::format("more than {} certificates", kMaxTokenCertificates));
      // Attribute certificates and the like have other tags.
      const auto element = list.read(der::kSequence);
      if (!element)
        return bad("TS-3", fmt::format("certificates[{}] is not an X.509 certificate", index));
      auto certificate = Certificate::parse(element->whole);
      if (!certificate) {
        return std::move(certificate)
            .error()
            .as(Outcome::kTimestampInvalid)
            .while_doing(fmt::format("timestamp token: certificates[{}]", index));
      }
      token.certificates_.push_back(*std::move(certificate));
    }
  }
  static_cast<void>(reader.read(der::context_constructed(1)));  // CRLs
  const auto signer_infos = reader.read(der::kSet);
  if (!signer_infos || !reader.empty()) return bad("TS-3", "malformed SignedData");
  der::Reader signers(signer_infos->content);
  while (!signers.empty()) {
    if (token.signers_.size() == kMaxTokenSigners)
      return bad("TS-4", fmt::format("more than {} signers", kMaxTokenSigners));
    const auto element = signers.read(der::kSequence);
    if (!element) return bad("TS-20", "malformed SignerInfo");
    COUNTERSIGN_TRY(Signer signer, parse_signer(element->content));
    token.signers_.push_back(signer);
  }
  if (token.signers_.empty()) return bad("TS-4", "it has no signer");
  COUNTERSIGN_TRY(token.info_, TimestampInfo::parse(token.content_));
  return token;
}

const Certificate* TimestampToken::find(BytesView issuer, BytesView serial) const noexcept {
  const auto found = std::ranges::find_if(certificates_, [&](const Certificate& certificate) {
    return same(certificate.issuer_der(), issuer) && same(certificate.serial(), serial);
  });
  return found == certificates_.end() ? nullptr : &*found;
}

Result<Certificate> TimestampToken::signing_certificate(const Signer& signer,
                                                        BytesView attribute) const {
  COUNTERSIGN_TRY(const CertificateId id, parse_certificate_id(attribute));
  const Certificate* named = find(signer.issuer, signer.serial);
  const Certificate* candidate = id.issuer ? find(*id.issuer, id.serial) : named;
  if (candidate == nullptr || named == nullptr)
    return bad("TS-21", "signing certificate not found in the timestamp token");
  if (candidate != named) {
    return bad("TS-21",
               "the signing-certificate-v2 attribute names another certificate than the signer");
  }
  if (!same(crypto::hash(id.hash, candidate->der()), id.digest)) {
    return bad("TS-21",
               "the hash in the signing-certificate-v2 attribute is not that of the certificate");
  }
  return *candidate;
}

Result<TimestampSigner> TimestampToken::verify_signer(std::size_t index) const {
  const Signer& signer = signers_.at(index);
  if (signer.version != kSignerVersion)
    return bad("TS-20", fmt::format("the version of the signer is {}, not 1", signer.version));
  const auto digest = plain_hash(signer.digest_algorithm);
  if (!digest) return bad("TS-22", "the digest algorithm is not SHA-256, SHA-384 or SHA-512");
  if (!signer.signed_attributes) return bad("TS-22", "no signed attributes");
  COUNTERSIGN_TRY(std::vector<Attribute> attributes, parse_attributes(*signer.signed_attributes));

  COUNTERSIGN_TRY(const auto id,
                  value_of(attributes, oid::kSigningCertificateV2, "signing-certificate-v2"));
  if (!id) return bad("TS-21", "signed attribute signing-certificate-v2 is missing");
  COUNTERSIGN_TRY(Certificate certificate, signing_certificate(signer, id->whole));

  COUNTERSIGN_TRY(const auto type, value_of(attributes, oid::kContentType, "content-type"));
  if (!type || type->tag != der::kOid || as_text(type->content) != oid::kTstInfo)
    return bad("TS-22", "signed attribute content-type is missing or not that of a TSTInfo");
  COUNTERSIGN_TRY(const auto hash, value_of(attributes, oid::kMessageDigest, "message-digest"));
  if (!hash || hash->tag != der::kOctetString ||
      !same(hash->content, crypto::hash(*digest, content_))) {
    return bad("TS-22",
               "signed attribute message-digest is missing or not the hash of the TSTInfo");
  }
  TimestampSigner out{.certificate = std::move(certificate), .signing_time = std::nullopt};
  COUNTERSIGN_TRY(const auto time, value_of(attributes, oid::kSigningTime, "signing-time"));
  if (time) {
    out.signing_time = der::time(*time);
    if (!out.signing_time) return bad("TS-24", "malformed signed attribute signing-time");
  }

  const auto method = method_of(signer.signature_algorithm, *digest);
  if (!method) return bad("TS-23", "unknown signature algorithm");
  if (!crypto::verify_certificate_signature(out.certificate.key(), method->how, method->hash,
                                            signed_octets(std::move(attributes)),
                                            signer.signature)) {
    return bad("TS-22", "the signature does not verify with the key of the signing certificate");
  }
  return out;
}

}  // namespace countersign::x509
