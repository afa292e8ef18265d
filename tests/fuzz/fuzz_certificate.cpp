// Any bytes as a certificate, and as changes to one of a valid chain.
//
// A certificate that is read keeps its octets and says what OpenSSL says of it. Whatever is done to
// a certificate, a chain stays in order only as long as nothing that was signed changed; and then
// OpenSSL, asked directly, verifies each link.
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <vector>

#include "fuzz/edited.hpp"
#include "support/pki.hpp"
#include "trust/distinguished_name.hpp"
#include "x509/certificate.hpp"
#include "x509/code_signing_chain.hpp"
#include "x509/der.hpp"

namespace {

using countersign::Bytes;
using countersign::BytesView;
using countersign::Outcome;
using countersign::x509::Certificate;
namespace der = countersign::x509::der;

void require(bool condition) {
  if (!condition) std::abort();
}

using CertificatePtr = std::unique_ptr<X509, decltype(&X509_free)>;

CertificatePtr read_by_openssl(BytesView bytes) {
  const unsigned char* at = bytes.data();
  CertificatePtr out(d2i_X509(nullptr, &at, static_cast<long>(bytes.size())), &X509_free);
  ERR_clear_error();
  if (out != nullptr && at != bytes.data() + bytes.size()) out.reset();
  return out;
}

Bytes encoded(const X509_NAME* name) {
  unsigned char* out = nullptr;
  const int size = i2d_X509_NAME(name, &out);
  require(size > 0);
  Bytes bytes(out, out + size);
  OPENSSL_free(out);
  return bytes;
}

std::int64_t seconds(const ASN1_TIME* time) {
  std::tm out{};
  require(ASN1_TIME_to_tm(time, &out) == 1);
  return timegm(&out);
}

/// What both read, both read alike.
void compare(const Certificate& ours) {
  const CertificatePtr theirs = read_by_openssl(ours.der());
  if (theirs == nullptr) return;
  require(X509_get_version(theirs.get()) + 1 == ours.version());
  require(std::ranges::equal(encoded(X509_get_subject_name(theirs.get())), ours.subject_der()));
  require(std::ranges::equal(encoded(X509_get_issuer_name(theirs.get())), ours.issuer_der()));
  require(seconds(X509_get0_notBefore(theirs.get())) == ours.not_before().seconds);
  require(seconds(X509_get0_notAfter(theirs.get())) == ours.not_after().seconds);
  const std::uint32_t flags = X509_get_extension_flags(theirs.get());
  ERR_clear_error();
  if (ours.version() != 3 || (flags & EXFLAG_INVALID) != 0) return;
  require(((flags & EXFLAG_BCONS) != 0) == ours.basic_constraints().has_value());
  if (ours.basic_constraints()) {
    require(((flags & EXFLAG_CA) != 0) == ours.basic_constraints()->is_ca);
  }
  require(((flags & EXFLAG_KUSAGE) != 0) == ours.key_usage().has_value());
  if (ours.key_usage()) {
    const std::uint32_t usage = X509_get_key_usage(theirs.get());
    require(((usage & KU_DIGITAL_SIGNATURE) != 0) ==
            ours.key_usage()->has(countersign::x509::kDigitalSignature));
    require(((usage & KU_KEY_CERT_SIGN) != 0) ==
            ours.key_usage()->has(countersign::x509::kKeyCertSign));
    require(((usage & KU_CRL_SIGN) != 0) == ours.key_usage()->has(countersign::x509::kCrlSign));
  }
  require(((flags & EXFLAG_XKUSAGE) != 0) == ours.extended_key_usage().has_value());
}

void check_any(BytesView bytes) {
  const auto certificate = Certificate::parse(bytes);
  require(ERR_peek_error() == 0);
  if (!certificate) {
    require(certificate.error().outcome() == Outcome::kSignatureInvalid);
    require(!certificate.error().reason().id().empty() && !certificate.error().message().empty());
    return;
  }
  require(std::ranges::equal(certificate->der(), bytes));
  require(certificate->thumbprint().size() == 64);
  compare(*certificate);
  static_cast<void>(countersign::trust::subject_attributes(certificate->subject()));
  // Alone it is a chain of one: in order only if it signed itself.
  const std::vector<Certificate> alone = {*certificate};
  if (!countersign::x509::code_signing_findings(alone).empty()) return;
  const CertificatePtr theirs = read_by_openssl(bytes);
  require(theirs != nullptr && X509_verify(theirs.get(), X509_get0_pubkey(theirs.get())) == 1);
  require(std::ranges::equal(certificate->issuer_der(), certificate->subject_der()));
  require(!certificate->basic_constraints() || !certificate->basic_constraints()->is_ca);
  require(ERR_peek_error() == 0);
}

/// The part of a certificate that is signed.
Bytes signed_part(const Certificate& certificate) {
  const auto outer = der::only(certificate.der(), der::kSequence);
  require(outer.has_value());
  der::Reader reader(outer->content);
  const auto part = reader.read(der::kSequence);
  require(part.has_value());
  return {part->whole.begin(), part->whole.end()};
}

std::vector<Certificate> valid_chain() {
  std::vector<Certificate> out;
  for (const Bytes& each : countersign::testing::make_chain().ders)
    out.push_back(*Certificate::parse(each));
  return out;
}

void check_changed(const std::vector<Certificate>& original, std::size_t index, BytesView changed) {
  const auto certificate = Certificate::parse(changed);
  if (!certificate) return;
  std::vector<Certificate> chain = original;
  chain[index] = *certificate;
  const auto findings = countersign::x509::code_signing_findings(chain);
  require(ERR_peek_error() == 0);
  for (const countersign::Error& finding : findings) {
    require(finding.outcome() == Outcome::kSignatureInvalid && !finding.reason().id().empty());
  }
  if (!findings.empty()) return;
  require(signed_part(chain[index]) == signed_part(original[index]));
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const std::size_t above = std::min(i + 1, chain.size() - 1);
    require(std::ranges::equal(chain[i].issuer_der(), chain[above].subject_der()));
    const CertificatePtr below = read_by_openssl(chain[i].der());
    const CertificatePtr issuer = read_by_openssl(chain[above].der());
    require(below != nullptr && issuer != nullptr);
    require(X509_verify(below.get(), X509_get0_pubkey(issuer.get())) == 1);
  }
}

}  // namespace

/// The first octet says which certificate is changed; the others are the changes, or a certificate.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Certificate> kChain = valid_chain();
  require(countersign::x509::code_signing_findings(kChain).empty());
  check_any({data, size});
  if (size == 0) return 0;
  const std::size_t index = data[0] % kChain.size();
  const BytesView octets = kChain[index].der();
  const Bytes changed =
      countersign::fuzz::edited({octets.begin(), octets.end()}, {data + 1, size - 1});
  check_any(changed);
  check_changed(kChain, index, changed);
  return 0;
}
