#include "support/timestamp_builder.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

namespace countersign::testing {
namespace {

void must(bool good) {
  if (!good) std::abort();
}

Bytes implicit(std::uint8_t tag, Bytes der) {
  der.front() = tag;
  return der;
}

Bytes attribute(std::string_view type, const std::vector<Bytes>& values) {
  return asn1::sequence({asn1::oid(type), asn1::set(values)});
}

Bytes signer_info(const SignerSpec& spec, const Chain& tsa, const Bytes& content,
                  std::string_view content_type) {
  const Bytes certificate = spec.certificate.value_or(tsa.ders.front());
  const Key& signer = spec.key != nullptr ? *spec.key : *tsa.leaf_key;
  const SignWith how = spec.how.value_or(usual(signer));

  std::map<std::string, std::vector<Bytes>> values = {
      {kContentTypeAttribute, {asn1::oid(content_type)}},
      {kMessageDigestAttribute, {asn1::octet_string(digest(spec.hash, content))}},
      {kSigningCertificateV2Attribute, {signing_certificate({certificate_id(certificate)})}}};
  for (const auto& [type, instead] : spec.attributes) values[type] = instead;
  for (const std::string& type : spec.without) values.erase(type);
  std::vector<Bytes> attributes;
  for (const auto& [type, list] : values) attributes.push_back(attribute(type, list));
  attributes.insert(attributes.end(), spec.raw_attributes.begin(), spec.raw_attributes.end());
  std::ranges::sort(attributes);
  std::vector<Bytes> reversed = attributes;
  std::ranges::reverse(reversed);

  const Bytes signed_octets =
      spec.no_attributes ? content : asn1::set(spec.signed_in_reverse ? reversed : attributes);
  Bytes signature = sign(signer, how, signed_octets);
  if (spec.edit_signature) spec.edit_signature(signature);
  return asn1::sequence(
      {spec.version, spec.id.value_or(issuer_and_serial(certificate)),
       spec.digest_algorithm.value_or(hash_identifier(spec.hash)),
       spec.no_attributes ? Bytes{}
                          : implicit(0xA0, asn1::set(spec.sent_in_reverse ? reversed : attributes)),
       spec.signature_algorithm.value_or(algorithm_identifier(how)), asn1::octet_string(signature),
       spec.after});
}

}  // namespace

Chain make_tsa_chain(ChainSpec spec) {
  spec.prefix = "tsa ";
  spec.first_key = 100;
  spec.leaf = [edit = spec.leaf](CertificateBuilder& leaf) {
    leaf.with(extended_key_usage({kTimeStampingPurpose}, true));
    if (edit) edit(leaf);
  };
  return make_chain(spec);
}

Bytes digest(std::string_view hash, BytesView message) {
  Bytes out(EVP_MAX_MD_SIZE);
  std::size_t size = 0;
  must(EVP_Q_digest(nullptr, std::string(hash).c_str(), nullptr, message.data(), message.size(),
                    out.data(), &size) == 1);
  out.resize(size);
  return out;
}

Bytes hash_identifier(std::string_view hash) { return asn1::sequence({asn1::oid(hash_oid(hash))}); }

Bytes accuracy(std::int64_t seconds, std::int64_t millis, std::int64_t micros) {
  std::vector<Bytes> fields;
  if (seconds >= 0) fields.push_back(asn1::integer(seconds));
  if (millis >= 0) fields.push_back(implicit(0x80, asn1::integer(millis)));
  if (micros >= 0) fields.push_back(implicit(0x81, asn1::integer(micros)));
  return asn1::sequence(fields);
}

Bytes issuer_and_serial(BytesView certificate) {
  const unsigned char* at = certificate.data();
  const std::unique_ptr<X509, decltype(&X509_free)> read(
      d2i_X509(nullptr, &at, static_cast<long>(certificate.size())), &X509_free);
  must(read != nullptr);
  unsigned char* name = nullptr;
  const int name_size = i2d_X509_NAME(X509_get_issuer_name(read.get()), &name);
  unsigned char* serial = nullptr;
  const int serial_size = i2d_ASN1_INTEGER(X509_get0_serialNumber(read.get()), &serial);
  must(name_size > 0 && serial_size > 0);
  const Bytes out =
      asn1::sequence({Bytes(name, name + name_size), Bytes(serial, serial + serial_size)});
  OPENSSL_free(name);
  OPENSSL_free(serial);
  return out;
}

Bytes certificate_id(BytesView certificate, std::string_view hash, bool issuer_serial) {
  std::vector<Bytes> fields;
  if (!hash.empty()) fields.push_back(hash_identifier(hash));
  fields.push_back(asn1::octet_string(digest(hash.empty() ? "SHA256" : hash, certificate)));
  if (issuer_serial) {
    // The issuer as GeneralNames: SEQUENCE { [4] Name }.
    const Bytes both = issuer_and_serial(certificate);
    const auto header = static_cast<std::ptrdiff_t>(both.size() > 129 ? 3 : 2);
    const Bytes content(both.begin() + header, both.end());
    must(content.at(1) < 0x80);
    const auto name_end = content.begin() + 2 + content[1];
    const Bytes name(content.begin(), name_end);
    fields.push_back(asn1::sequence(
        {asn1::sequence({asn1::explicit_tag(4, name)}), Bytes(name_end, content.end())}));
  }
  return asn1::sequence(fields);
}

Bytes signing_certificate(const std::vector<Bytes>& ids) {
  return asn1::sequence({asn1::sequence(ids)});
}

Bytes make_info(BytesView message, const InfoSpec& spec) {
  const Bytes imprint =
      asn1::sequence({hash_identifier(spec.hash), asn1::octet_string(digest(spec.hash, message))});
  return asn1::sequence({spec.version, spec.policy, spec.imprint.value_or(imprint), spec.serial,
                         spec.time, spec.accuracy, spec.rest});
}

Bytes make_token(BytesView message, const TokenSpec& spec) {
  const Bytes content = spec.raw_info.value_or(make_info(message, spec.info));
  const Bytes encapsulated = asn1::sequence(
      {asn1::oid(spec.content_type), asn1::explicit_tag(0, asn1::octet_string(content))});
  const std::vector<Bytes> certificates = spec.certificates.value_or(spec.tsa.ders);
  std::vector<Bytes> signers;
  for (const SignerSpec& each : spec.signers)
    signers.push_back(signer_info(each, spec.tsa, content, spec.content_type));
  const Bytes signed_data = asn1::sequence(
      {spec.version, spec.digest_algorithms.value_or(asn1::set({hash_identifier("SHA256")})),
       spec.encapsulated.value_or(encapsulated),
       certificates.empty() ? Bytes{} : implicit(0xA0, asn1::set(certificates)), spec.crls,
       asn1::set(signers), spec.after_signers});
  return asn1::sequence({asn1::oid(spec.outer_type), asn1::explicit_tag(0, signed_data)});
}

}  // namespace countersign::testing
