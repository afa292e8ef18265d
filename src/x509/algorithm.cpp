#include "x509/algorithm.hpp"

#include <string_view>

#include "x509/oid.hpp"

namespace countersign::x509 {
namespace {

constexpr unsigned kMinRsaBits = 2048;

std::optional<crypto::HashAlgorithm> hash_for(std::string_view type) {
  if (type == oid::kSha256) return crypto::HashAlgorithm::kSha256;
  if (type == oid::kSha384) return crypto::HashAlgorithm::kSha384;
  if (type == oid::kSha512) return crypto::HashAlgorithm::kSha512;
  return std::nullopt;
}

}  // namespace

std::optional<crypto::HashAlgorithm> plain_hash(BytesView algorithm) {
  const auto sequence = der::only(algorithm, der::kSequence);
  if (!sequence) return std::nullopt;
  der::Reader reader(sequence->content);
  const auto type = reader.read(der::kOid);
  if (!type) return std::nullopt;
  if (reader.next_is(der::kNull)) static_cast<void>(reader.read());
  if (!reader.empty()) return std::nullopt;
  return hash_for(as_text(type->content));
}

std::optional<crypto::HashAlgorithm> pss_hash(BytesView parameters) {
  const auto sequence = der::only(parameters, der::kSequence);
  if (!sequence) return std::nullopt;
  der::Reader reader(sequence->content);
  const auto field = [&](unsigned n) { return reader.read(der::context_constructed(n)); };
  const auto hash_field = field(0);
  const auto mgf_field = field(1);
  const auto salt_field = field(2);
  const auto trailer_field = field(3);
  if (!hash_field || !mgf_field || !salt_field || !reader.empty()) return std::nullopt;
  const auto hash = plain_hash(hash_field->content);
  const auto mgf = der::only(mgf_field->content, der::kSequence);
  if (!hash || !mgf) return std::nullopt;
  der::Reader mgf_reader(mgf->content);
  const auto mgf_type = mgf_reader.read(der::kOid);
  const auto mgf_hash = mgf_reader.read(der::kSequence);
  if (!mgf_type || as_text(mgf_type->content) != oid::kMgf1 || !mgf_hash || !mgf_reader.empty())
    return std::nullopt;
  if (plain_hash(mgf_hash->whole) != hash) return std::nullopt;
  const auto salt = der::only(salt_field->content, der::kInteger);
  if (!salt || der::small_integer(*salt) != static_cast<int>(crypto::size_of(*hash)))
    return std::nullopt;
  if (trailer_field) {
    const auto trailer = der::only(trailer_field->content, der::kInteger);
    if (!trailer || der::small_integer(*trailer) != 1) return std::nullopt;
  }
  return hash;
}

std::optional<SignatureMethod> signature_method(const der::Element& algorithm) {
  using enum crypto::CertificateSignature;
  using enum crypto::HashAlgorithm;
  der::Reader reader(algorithm.content);
  const auto type_element = reader.read(der::kOid);
  if (!type_element) return std::nullopt;
  const std::string_view type = as_text(type_element->content);
  if (type == oid::kSha256WithRsa) return SignatureMethod{kRsaPkcs1, kSha256};
  if (type == oid::kSha384WithRsa) return SignatureMethod{kRsaPkcs1, kSha384};
  if (type == oid::kSha512WithRsa) return SignatureMethod{kRsaPkcs1, kSha512};
  if (type == oid::kEcdsaWithSha256) return SignatureMethod{kEcdsa, kSha256};
  if (type == oid::kEcdsaWithSha384) return SignatureMethod{kEcdsa, kSha384};
  if (type == oid::kEcdsaWithSha512) return SignatureMethod{kEcdsa, kSha512};
  if (type == oid::kEd25519 && reader.empty()) return SignatureMethod{kEd25519, kSha512};
  if (type == oid::kRsaPss) {
    const auto parameters = reader.read(der::kSequence);
    if (!parameters || !reader.empty()) return std::nullopt;
    const auto hash = pss_hash(parameters->whole);
    if (hash) return SignatureMethod{kRsaPss, *hash};
  }
  return std::nullopt;
}

bool is_signed_by(const crypto::PublicKey& key, const std::optional<SignatureMethod>& method,
                  BytesView message, BytesView signature) {
  if (!method) return false;
  if (key.type() == crypto::KeyType::kRsa && key.bits() < kMinRsaBits) return false;
  return crypto::verify_certificate_signature(key, method->how, method->hash, message, signature);
}

}  // namespace countersign::x509
