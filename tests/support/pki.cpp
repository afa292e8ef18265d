#include "support/pki.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <memory>
#include <utility>

namespace countersign::testing {
namespace {

/// A test without its keys means nothing.
void must(bool good) {
  if (!good) std::abort();
}

EVP_PKEY* generate(KeyKind kind) {
  switch (kind) {
    case KeyKind::kRsa1024:
      return EVP_RSA_gen(1024U);
    case KeyKind::kRsa2048:
      return EVP_RSA_gen(2048U);
    case KeyKind::kRsa3072:
      return EVP_RSA_gen(3072U);
    case KeyKind::kRsa4096:
      return EVP_RSA_gen(4096U);
    case KeyKind::kP224:
      return EVP_EC_gen("P-224");
    case KeyKind::kP256:
      return EVP_EC_gen("P-256");
    case KeyKind::kP384:
      return EVP_EC_gen("P-384");
    case KeyKind::kP521:
      return EVP_EC_gen("P-521");
    case KeyKind::kSecp256k1:
      return EVP_EC_gen("secp256k1");
    case KeyKind::kEd25519:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  }
  return nullptr;
}

Bytes spki_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  must(size > 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

std::string_view dotted(std::string_view type) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {{"C", "2.5.4.6"},
                                                                      {"O", "2.5.4.10"},
                                                                      {"OU", "2.5.4.11"},
                                                                      {"CN", "2.5.4.3"},
                                                                      {"L", "2.5.4.7"},
                                                                      {"ST", "2.5.4.8"},
                                                                      {"SERIALNUMBER", "2.5.4.5"},
                                                                      {"STREET", "2.5.4.9"},
                                                                      {"POSTALCODE", "2.5.4.17"}};
  for (const auto& [known, numbers] : kTypes) {
    if (known == type) return numbers;
  }
  return type;
}

int hash_size(std::string_view hash) {
  if (hash == "SHA1") return 20;
  if (hash == "SHA384") return 48;
  return hash == "SHA512" ? 64 : 32;
}

void append(Bytes& to, const Bytes& what) { to.insert(to.end(), what.begin(), what.end()); }

}  // namespace

std::string_view hash_oid(std::string_view hash) {
  if (hash == "SHA1") return "1.3.14.3.2.26";
  if (hash == "SHA384") return "2.16.840.1.101.3.4.2.2";
  if (hash == "SHA512") return "2.16.840.1.101.3.4.2.3";
  return "2.16.840.1.101.3.4.2.1";
}

namespace asn1 {

Bytes tlv(std::uint8_t tag, BytesView content) {
  Bytes out = {tag};
  const std::size_t size = content.size();
  if (size < 0x80) {
    out.push_back(static_cast<std::uint8_t>(size));
  } else {
    Bytes octets;
    for (std::size_t rest = size; rest != 0; rest >>= 8U)
      octets.insert(octets.begin(), static_cast<std::uint8_t>(rest));
    out.push_back(static_cast<std::uint8_t>(0x80U | octets.size()));
    append(out, octets);
  }
  out.insert(out.end(), content.begin(), content.end());
  return out;
}

Bytes join(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& part : parts) append(out, part);
  return out;
}

Bytes sequence(const std::vector<Bytes>& parts) { return tlv(0x30, join(parts)); }
Bytes set(const std::vector<Bytes>& parts) { return tlv(0x31, join(parts)); }
Bytes explicit_tag(unsigned n, const Bytes& content) {
  return tlv(static_cast<std::uint8_t>(0xA0U | n), content);
}

Bytes oid(std::string_view dotted_text) {
  std::vector<std::uint64_t> arcs;
  for (const char* at = dotted_text.data(); at < dotted_text.data() + dotted_text.size(); ++at) {
    std::uint64_t arc = 0;
    at = std::from_chars(at, dotted_text.data() + dotted_text.size(), arc).ptr;
    arcs.push_back(arc);
  }
  must(arcs.size() >= 2);
  arcs[1] += arcs[0] * 40;
  Bytes content;
  for (std::size_t i = 1; i < arcs.size(); ++i) {
    Bytes octets = {static_cast<std::uint8_t>(arcs[i] & 0x7FU)};
    for (std::uint64_t rest = arcs[i] >> 7U; rest != 0; rest >>= 7U) {
      octets.insert(octets.begin(), static_cast<std::uint8_t>(0x80U | (rest & 0x7FU)));
    }
    append(content, octets);
  }
  return tlv(0x06, content);
}

Bytes integer(std::int64_t value) {
  Bytes octets;
  for (unsigned shift = 64; shift > 0; shift -= 8) {
    octets.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (shift - 8)));
  }
  while (octets.size() > 1 && ((octets[0] == 0x00 && (octets[1] & 0x80U) == 0) ||
                               (octets[0] == 0xFF && (octets[1] & 0x80U) != 0))) {
    octets.erase(octets.begin());
  }
  return tlv(0x02, octets);
}

Bytes boolean(bool value) { return {0x01, 0x01, static_cast<std::uint8_t>(value ? 0xFF : 0x00)}; }
Bytes null() { return {0x05, 0x00}; }

Bytes bit_string(BytesView bits, unsigned unused) {
  Bytes content = {static_cast<std::uint8_t>(unused)};
  content.insert(content.end(), bits.begin(), bits.end());
  return tlv(0x03, content);
}

Bytes octet_string(BytesView content) { return tlv(0x04, content); }
Bytes text(std::uint8_t tag, std::string_view content) { return tlv(tag, as_bytes(content)); }
Bytes utc_time(std::string_view content) { return text(0x17, content); }
Bytes generalized_time(std::string_view content) { return text(0x18, content); }

}  // namespace asn1

const Key& key(KeyKind kind, unsigned n) {
  // Never destroyed: OpenSSL may clean up first.
  static auto& keys = *new std::map<std::pair<KeyKind, unsigned>, Key>();
  auto [slot, fresh] = keys.try_emplace({kind, n});
  if (fresh) {
    EVP_PKEY* handle = generate(kind);
    must(handle != nullptr);
    slot->second = Key{.kind = kind, .handle = handle, .spki = spki_of(handle)};
  }
  return slot->second;
}

Bytes rsa_spki(unsigned bits, const Bytes& exponent) {
  // An odd number whose highest bit is bit `bits - 1`.
  Bytes modulus((bits + 7) / 8, 0xA5);
  modulus.front() = static_cast<std::uint8_t>(1U << ((bits - 1) % 8));
  if ((modulus.front() & 0x80U) != 0) modulus.insert(modulus.begin(), 0x00);
  return asn1::sequence({asn1::sequence({asn1::oid("1.2.840.113549.1.1.1"), asn1::null()}),
                         asn1::bit_string(asn1::sequence({asn1::tlv(0x02, modulus), exponent}))});
}

SignWith usual(const Key& key) {
  switch (key.kind) {
    case KeyKind::kRsa1024:
    case KeyKind::kRsa2048:
    case KeyKind::kRsa3072:
    case KeyKind::kRsa4096:
      return {.how = How::kRsaPkcs1, .hash = "SHA256", .salt = -1, .mgf1_hash = {}};
    case KeyKind::kEd25519:
      return {.how = How::kEd25519, .hash = {}, .salt = -1, .mgf1_hash = {}};
    default:
      return {};
  }
}

Bytes sign(const Key& key, const SignWith& how, BytesView message) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        &EVP_MD_CTX_free);
  EVP_PKEY_CTX* key_context = nullptr;
  const char* hash = how.how == How::kEd25519 ? nullptr : how.hash.c_str();
  must(EVP_DigestSignInit_ex(context.get(), &key_context, hash, nullptr, nullptr, key.handle,
                             nullptr) == 1);
  if (how.how == How::kRsaPkcs1)
    must(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PADDING) == 1);
  if (how.how == How::kRsaPss) {
    must(EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1);
    must(EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context,
                                          how.salt < 0 ? RSA_PSS_SALTLEN_DIGEST : how.salt) == 1);
    if (!how.mgf1_hash.empty()) {
      must(EVP_PKEY_CTX_set_rsa_mgf1_md_name(key_context, how.mgf1_hash.c_str(), nullptr) == 1);
    }
  }
  std::size_t size = 0;
  must(EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1);
  Bytes signature(size);
  must(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
  signature.resize(size);
  return signature;
}

Bytes algorithm_identifier(const SignWith& how) {
  const auto suffix = [&](std::string_view sha1, std::string_view sha256, std::string_view sha384,
                          std::string_view sha512) {
    return std::string(how.hash == "SHA1"     ? sha1
                       : how.hash == "SHA384" ? sha384
                       : how.hash == "SHA512" ? sha512
                                              : sha256);
  };
  switch (how.how) {
    case How::kRsaPkcs1:
      return asn1::sequence(
          {asn1::oid("1.2.840.113549.1.1." + suffix("5", "11", "12", "13")), asn1::null()});
    case How::kEcdsa:
      return asn1::sequence({asn1::oid("1.2.840.10045.4." + suffix("1", "3.2", "3.3", "3.4"))});
    case How::kEd25519:
      return asn1::sequence({asn1::oid("1.3.101.112")});
    case How::kRsaPss: {
      const Bytes hash = asn1::sequence({asn1::oid(hash_oid(how.hash)), asn1::null()});
      const Bytes mgf_hash = asn1::sequence(
          {asn1::oid(hash_oid(how.mgf1_hash.empty() ? how.hash : how.mgf1_hash)), asn1::null()});
      const Bytes mgf = asn1::sequence({asn1::oid("1.2.840.113549.1.1.8"), mgf_hash});
      const Bytes salt = asn1::integer(how.salt < 0 ? hash_size(how.hash) : how.salt);
      return asn1::sequence(
          {asn1::oid("1.2.840.113549.1.1.10"),
           asn1::sequence({asn1::explicit_tag(0, hash), asn1::explicit_tag(1, mgf),
                           asn1::explicit_tag(2, salt)})});
    }
  }
  return {};
}

Bytes name(const std::vector<Attribute>& attributes) {
  std::vector<Bytes> rdns;
  for (const Attribute& attribute : attributes) {
    rdns.push_back(asn1::set({asn1::sequence(
        {asn1::oid(dotted(attribute.type)), asn1::text(attribute.tag, attribute.value)})}));
  }
  return asn1::sequence(rdns);
}

Bytes acme(std::string_view common_name) {
  return name({{"C", "US", 0x13}, {"ST", "WA"}, {"O", "Acme"}, {"CN", std::string(common_name)}});
}

Extension basic_constraints(bool is_ca, int path_length, bool critical) {
  std::vector<Bytes> parts;
  if (is_ca) parts.push_back(asn1::boolean(true));
  if (path_length >= 0) parts.push_back(asn1::integer(path_length));
  return {.oid = "2.5.29.19", .critical = critical, .value = asn1::sequence(parts)};
}

Extension key_usage(std::initializer_list<unsigned> bits, bool critical) {
  unsigned highest = 0;
  Bytes octets(2, 0);
  for (const unsigned bit : bits) {
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] | (0x80U >> (bit % 8)));
    highest = std::max(highest, bit);
  }
  octets.resize(highest / 8 + 1);
  return {
      .oid = "2.5.29.15", .critical = critical, .value = asn1::bit_string(octets, 7 - highest % 8)};
}

Extension extended_key_usage(const std::vector<std::string>& oids, bool critical) {
  std::vector<Bytes> parts;
  for (const std::string& each : oids) parts.push_back(asn1::oid(each));
  return {.oid = "2.5.29.37", .critical = critical, .value = asn1::sequence(parts)};
}

Extension crl_distribution_point(std::string_view url) {
  const Bytes uri = asn1::text(0x86, url);
  const Bytes point = asn1::sequence({asn1::explicit_tag(0, asn1::explicit_tag(0, uri))});
  return {.oid = "2.5.29.31", .critical = false, .value = asn1::sequence({point})};
}

Extension ocsp_responder(std::string_view url) {
  const Bytes access = asn1::sequence({asn1::oid("1.3.6.1.5.5.7.48.1"), asn1::text(0x86, url)});
  return {.oid = "1.3.6.1.5.5.7.1.1", .critical = false, .value = asn1::sequence({access})};
}

CertificateBuilder::CertificateBuilder()
    : version_(asn1::explicit_tag(0, asn1::integer(2))),
      serial_(asn1::integer(4711)),
      subject_(acme("subject")),
      spki_(key(KeyKind::kP256).spki) {
  valid("200101000000Z", "400101000000Z");
}

CertificateBuilder& CertificateBuilder::subject(Bytes name) {
  subject_ = std::move(name);
  return *this;
}
CertificateBuilder& CertificateBuilder::issuer(Bytes name) {
  issuer_ = std::move(name);
  return *this;
}
CertificateBuilder& CertificateBuilder::of(const Key& key) {
  spki_ = key.spki;
  return *this;
}
CertificateBuilder& CertificateBuilder::valid(std::string_view from, std::string_view until) {
  validity_ = asn1::sequence({asn1::utc_time(from), asn1::utc_time(until)});
  return *this;
}
CertificateBuilder& CertificateBuilder::serial(std::int64_t value) {
  serial_ = asn1::integer(value);
  return *this;
}
CertificateBuilder& CertificateBuilder::with(Extension extension) {
  without(extension.oid);
  return also(std::move(extension));
}
CertificateBuilder& CertificateBuilder::also(Extension extension) {
  extensions_.push_back(std::move(extension));
  return *this;
}
CertificateBuilder& CertificateBuilder::without(std::string_view oid) {
  std::erase_if(extensions_, [&](const Extension& each) { return each.oid == oid; });
  return *this;
}
CertificateBuilder& CertificateBuilder::ca(int path_length) {
  return with(basic_constraints(true, path_length)).with(key_usage({5, 6}));
}
CertificateBuilder& CertificateBuilder::leaf() { return with(key_usage({0})); }
CertificateBuilder& CertificateBuilder::raw_version(Bytes der) {
  version_ = std::move(der);
  return *this;
}
CertificateBuilder& CertificateBuilder::raw_serial(Bytes der) {
  serial_ = std::move(der);
  return *this;
}
CertificateBuilder& CertificateBuilder::raw_validity(Bytes der) {
  validity_ = std::move(der);
  return *this;
}
CertificateBuilder& CertificateBuilder::raw_spki(Bytes der) {
  spki_ = std::move(der);
  return *this;
}
CertificateBuilder& CertificateBuilder::raw_extension(Bytes der) {
  raw_extensions_list_.push_back(std::move(der));
  return *this;
}
CertificateBuilder& CertificateBuilder::raw_extensions(Bytes der) {
  raw_extensions_ = std::move(der);
  return *this;
}
CertificateBuilder& CertificateBuilder::raw_after_tbs_fields(Bytes der) {
  after_fields_ = std::move(der);
  return *this;
}
CertificateBuilder& CertificateBuilder::outer_algorithm(Bytes der) {
  outer_algorithm_ = std::move(der);
  return *this;
}
CertificateBuilder& CertificateBuilder::inner_algorithm(Bytes der) {
  inner_algorithm_ = std::move(der);
  return *this;
}
CertificateBuilder& CertificateBuilder::after(Bytes trailing) {
  trailing_ = std::move(trailing);
  return *this;
}

Bytes CertificateBuilder::sign_with(const Key& signer, const SignWith& how) const {
  const Bytes algorithm = inner_algorithm_.empty() ? algorithm_identifier(how) : inner_algorithm_;
  std::vector<Bytes> fields = {version_,  serial_,  algorithm, issuer_.empty() ? subject_ : issuer_,
                               validity_, subject_, spki_};
  if (!raw_extensions_.empty()) {
    fields.push_back(raw_extensions_);
  } else if (!extensions_.empty() || !raw_extensions_list_.empty()) {
    std::vector<Bytes> list;
    for (const Extension& each : extensions_) {
      list.push_back(
          asn1::sequence({asn1::oid(each.oid), each.critical ? asn1::boolean(true) : Bytes{},
                          asn1::octet_string(each.value)}));
    }
    for (const Bytes& each : raw_extensions_list_) list.push_back(each);
    fields.push_back(asn1::explicit_tag(3, asn1::sequence(list)));
  }
  fields.push_back(after_fields_);
  const Bytes tbs = asn1::sequence(fields);
  const Bytes certificate =
      asn1::sequence({tbs, outer_algorithm_.empty() ? algorithm : outer_algorithm_,
                      asn1::bit_string(sign(signer, how, tbs))});
  return asn1::join({certificate, trailing_});
}

Chain make_chain(const ChainSpec& spec) {
  Chain chain;
  chain.leaf_key = &key(spec.leaf_key, spec.first_key);
  const auto ca_name = [&](unsigned level) {
    return acme(spec.prefix + (level == 0 ? "root" : "issuing " + std::to_string(level)));
  };
  // Level 0 is the root, level `intermediates` issues the leaf.
  const auto ca_key = [&](unsigned level) -> const Key& {
    return key(spec.ca_key, spec.first_key + 1 + level);
  };
  const auto signature_of = [&](unsigned level) {
    return level == 0 && !spec.root_signs_as_usual ? spec.root_signs : usual(ca_key(level));
  };

  CertificateBuilder root;
  root.subject(ca_name(0)).of(ca_key(0)).serial(1).ca();
  if (spec.root) spec.root(root);
  chain.ders.push_back(root.sign_with(ca_key(0), signature_of(0)));
  for (unsigned level = 1; level <= spec.intermediates; ++level) {
    CertificateBuilder intermediate;
    intermediate.subject(ca_name(level))
        .issuer(ca_name(level - 1))
        .of(ca_key(level))
        .serial(1 + level)
        .ca();
    if (spec.intermediate) spec.intermediate(intermediate);
    chain.ders.insert(chain.ders.begin(),
                      intermediate.sign_with(ca_key(level - 1), signature_of(level - 1)));
  }
  CertificateBuilder leaf;
  leaf.subject(acme(spec.prefix + "signer"))
      .issuer(ca_name(spec.intermediates))
      .of(*chain.leaf_key)
      .serial(100)
      .leaf();
  if (spec.leaf) spec.leaf(leaf);
  chain.ders.insert(chain.ders.begin(),
                    leaf.sign_with(ca_key(spec.intermediates), signature_of(spec.intermediates)));
  return chain;
}

Chain self_signed(KeyKind kind, const Edit& edit) {
  Chain chain;
  chain.leaf_key = &key(kind);
  CertificateBuilder leaf;
  leaf.subject(acme("signer")).of(*chain.leaf_key).leaf();
  if (edit) edit(leaf);
  chain.ders.push_back(leaf.sign_with(*chain.leaf_key));
  return chain;
}

std::string pem(std::string_view label, BytesView der) {
  const std::string base64 = to_base64(der);
  std::string text = "-----BEGIN " + std::string(label) + "-----\n";
  for (std::size_t at = 0; at < base64.size(); at += 64) text += base64.substr(at, 64) + "\n";
  return text + "-----END " + std::string(label) + "-----\n";
}

}  // namespace countersign::testing
