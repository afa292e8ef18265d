#include "x509/ocsp.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/contains.hpp"
#include "x509/algorithm.hpp"
#include "x509/ber.hpp"
#include "x509/crl.hpp"
#include "x509/der.hpp"
#include "x509/extensions.hpp"
#include "x509/oid.hpp"

namespace countersign::x509 {
namespace {

constexpr std::uint8_t kEnumerated = 0x0A;
constexpr Reason kMalformed{"RV-22"};
constexpr Reason kUnauthorised{"RV-23"};

Error bad(std::string_view what) {
  return {Outcome::kRevocationUnknown, kMalformed, "OCSP response: " + std::string(what)};
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

/// OCSPResponseStatus, for those that are errors.
std::string_view error_status(std::uint8_t status) {
  static constexpr std::array<std::string_view, 7> kNames = {"",
                                                             "malformedRequest",
                                                             "internalError",
                                                             "tryLater",
                                                             "a number that means nothing",
                                                             "sigRequired",
                                                             "unauthorized"};
  return status < kNames.size() ? kNames[status] : kNames[4];
}

/// The hash of a CertID's AlgorithmIdentifier, applied.
std::optional<Bytes> name_hash(const der::Element& algorithm, BytesView data) {
  if (const auto hash = plain_hash(algorithm.whole)) return crypto::hash(*hash, data);
  der::Reader reader(algorithm.content);
  const auto type = reader.read(der::kOid);
  if (!type || as_text(type->content) != oid::kSha1) return std::nullopt;
  if (reader.next_is(der::kNull)) static_cast<void>(reader.read());
  if (!reader.empty()) return std::nullopt;
  return crypto::sha1_name(data);
}

/// Whether a CertID names the certificate; nothing if it is malformed.
std::optional<bool> names(const der::Element& id, const Certificate& certificate,
                          const Certificate& issuer) {
  der::Reader reader(id.content);
  const auto algorithm = reader.read(der::kSequence);
  const auto issuer_name = reader.read(der::kOctetString);
  const auto issuer_key = reader.read(der::kOctetString);
  const auto serial = reader.read(der::kInteger);
  if (!algorithm || !issuer_name || !issuer_key || !serial || !reader.empty()) return std::nullopt;
  if (!std::ranges::equal(serial->content, certificate.serial())) return false;
  const auto name = name_hash(*algorithm, issuer.subject_der());
  const auto key = name_hash(*algorithm, issuer.key_bits());
  return name && key && std::ranges::equal(issuer_name->content, *name) &&
         std::ranges::equal(issuer_key->content, *key);
}

/// The parts of a ResponseData and its signature.
struct Basic {
  BytesView signed_bytes;
  BytesView responses;  ///< content of the SEQUENCE
  std::optional<SignatureMethod> method;
  BytesView signature;
  std::vector<BytesView> certificates;
};

Result<Basic> read_basic(BytesView der) {
  if (der.size() > kMaxOcspResponseBytes) return bad("larger than 20480 bytes");
  const auto outer = der::only(der, der::kSequence);
  if (!outer) return bad("not one complete DER response");
  der::Reader reader(outer->content);
  const auto status = reader.read(kEnumerated);
  if (!status || status->content.size() != 1) return bad("malformed status");
  if (status->content[0] != 0)
    return bad("the responder answers " + std::string(error_status(status->content[0])));
  const auto holder = reader.read(der::context_constructed(0));
  const auto typed = holder ? der::only(holder->content, der::kSequence) : std::nullopt;
  if (!typed || !reader.empty()) return bad("no response in it");
  der::Reader typed_reader(typed->content);
  const auto type = typed_reader.read(der::kOid);
  const auto octets = typed_reader.read(der::kOctetString);
  if (!type || !octets || !typed_reader.empty()) return bad("malformed");
  if (as_text(type->content) != oid::kBasicOcspResponse) return bad("not a basic response");

  const auto basic = der::only(octets->content, der::kSequence);
  if (!basic) return bad("malformed basic response");
  der::Reader basic_reader(basic->content);
  const auto parts = der::read_signed(basic_reader);
  if (!parts) return bad("malformed basic response");
  Basic out{.signed_bytes = parts->content.whole,
            .responses = {},
            .method = signature_method(parts->algorithm),
            .signature = parts->signature,
            .certificates = {}};
  if (const auto list = basic_reader.read(der::context_constructed(0))) {
    const auto certificates = der::only(list->content, der::kSequence);
    if (!certificates) return bad("malformed certificates");
    der::Reader each_reader(certificates->content);
    while (!each_reader.empty()) {
      const auto each = each_reader.read(der::kSequence);
      if (!each) return bad("malformed certificates");
      if (out.certificates.size() == kMaxResponderCertificates) return bad("too many certificates");
      out.certificates.push_back(each->whole);
    }
  }
  if (!basic_reader.empty()) return bad("bytes after the last field");

  der::Reader data_reader(parts->content.content);
  if (const auto version = data_reader.read(der::context_constructed(0))) {
    const auto number = der::only(version->content, der::kInteger);
    if (!number || der::small_integer(*number) != 0) return bad("unknown version");
  }
  // ResponderID: byName or byKey. Whoever signed is found by the signature.
  const auto responder = data_reader.read();
  if (!responder) return bad("malformed responder");
  const bool by_name = responder->tag == der::context_constructed(1) &&
                       der::only(responder->content, der::kSequence).has_value();
  const bool by_key = responder->tag == der::context_constructed(2) &&
                      der::only(responder->content, der::kOctetString).has_value();
  if (!by_name && !by_key) return bad("malformed responder");
  const auto produced = data_reader.read(der::kGeneralizedTime);
  if (!produced || !der::precise_time(*produced)) return bad("malformed producedAt");
  const auto responses = data_reader.read(der::kSequence);
  if (!responses) return bad("malformed responses");
  out.responses = responses->content;
  if (const auto holder_of_list = data_reader.read(der::context_constructed(1))) {
    const auto extensions = extensions::read_list(holder_of_list->content);
    if (!extensions) return bad("malformed extensions");
    for (const extensions::Extension& extension : *extensions) {
      if (extension.critical)
        return bad("critical extension " + der::oid_text(extension.type) + ", which is unknown");
    }
  }
  if (!data_reader.empty()) return bad("bytes after the last field");
  return out;
}

Result<SingleResponse> read_single(der::Reader& reader) {
  SingleResponse single;
  const auto status = reader.read();
  if (!status) return bad("malformed status of a certificate");
  if (status->tag == der::context(0) && status->content.empty()) {
    single.status = OcspStatus::kGood;
  } else if (status->tag == der::context_constructed(1)) {
    der::Reader revoked(status->content);
    const auto when = revoked.read(der::kGeneralizedTime);
    const auto reason = revoked.read(der::context_constructed(0));
    const bool reason_is_fine = !reason || der::only(reason->content, kEnumerated).has_value();
    if (!when || !der::precise_time(*when) || !reason_is_fine || !revoked.empty())
      return bad("malformed status of a certificate");
    single.status = OcspStatus::kRevoked;
  } else if (status->tag == der::context(2) && status->content.empty()) {
    single.status = OcspStatus::kUnknown;
  } else {
    return bad("malformed status of a certificate");
  }
  const auto this_update = reader.read(der::kGeneralizedTime);
  const auto from = this_update ? der::precise_time(*this_update) : std::nullopt;
  if (!from) return bad("malformed thisUpdate");
  single.this_update = *from;
  if (const auto holder = reader.read(der::context_constructed(0))) {
    const auto next_update = der::only(holder->content, der::kGeneralizedTime);
    single.next_update = next_update ? der::precise_time(*next_update) : std::nullopt;
    if (!single.next_update) return bad("malformed nextUpdate");
  }
  if (const auto holder = reader.read(der::context_constructed(1))) {
    const auto extensions = extensions::read_list(holder->content);
    if (!extensions) return bad("malformed extensions of a status");
    for (const extensions::Extension& extension : *extensions) {
      if (extension.critical) single.has_critical_extension = true;
      if (extension.type == oid::kInvalidityDate)
        single.invalidity_date = invalidity_date(extension.value);
    }
  }
  if (!reader.empty()) return bad("bytes after a status");
  return single;
}

/// The status of the certificate among those of the response.
Result<SingleResponse> find_single(BytesView responses, const Certificate& certificate,
                                   const Certificate& issuer) {
  std::optional<SingleResponse> found;
  der::Reader reader(responses);
  for (std::size_t count = 0; !reader.empty(); ++count) {
    if (count == kMaxSingleResponses) return bad("too many statuses");
    const auto element = reader.read(der::kSequence);
    if (!element) return bad("malformed status");
    der::Reader parts(element->content);
    const auto id = parts.read(der::kSequence);
    const auto is_named = id ? names(*id, certificate, issuer) : std::nullopt;
    if (!is_named) return bad("malformed name of a certificate");
    if (!*is_named) continue;
    COUNTERSIGN_TRY(SingleResponse single, read_single(parts));
    if (found && *found != single) return bad("two statuses of the certificate, which differ");
    found = single;
  }
  if (!found) return bad("it is not about this certificate");
  return *found;
}

/// RFC 6960 4.2.2.2: a certificate that the issuer itself signed, for signing responses.
bool is_appointed(const Certificate& responder, const Certificate& issuer, Instant now) {
  const auto& purposes = responder.extended_key_usage();
  const auto& usage = responder.key_usage();
  return purposes && contains(purposes->purposes, oid::kOcspSigning) &&
         (!usage || usage->has(kDigitalSignature)) && responder.valid_at(now) &&
         std::ranges::equal(responder.issuer_der(), issuer.subject_der()) &&
         responder.has_signature_of(issuer);
}

Status check_signature(const Basic& basic, const Certificate& issuer, Instant now) {
  if (!basic.method) return bad("signed by an algorithm that is not allowed");
  if (is_signed_by(issuer.key(), basic.method, basic.signed_bytes, basic.signature)) return ok();
  for (const BytesView der : basic.certificates) {
    const auto responder = Certificate::parse(der);
    if (!responder || !is_appointed(*responder, issuer, now)) continue;
    if (is_signed_by(responder->key(), basic.method, basic.signed_bytes, basic.signature))
      return ok();
  }
  return Error(Outcome::kRevocationUnknown, kUnauthorised,
               "OCSP response: signed neither by the issuer nor by a responder that it appointed");
}

}  // namespace

Bytes ocsp_request(const Certificate& certificate, const Certificate& issuer) {
  using der::encoded;
  const Bytes algorithm = encoded(
      der::kSequence, join({encoded(der::kOid, as_bytes(oid::kSha1)), encoded(der::kNull, {})}));
  const Bytes id =
      encoded(der::kSequence,
              join({algorithm, encoded(der::kOctetString, crypto::sha1_name(issuer.subject_der())),
                    encoded(der::kOctetString, crypto::sha1_name(issuer.key_bits())),
                    encoded(der::kInteger, certificate.serial())}));
  const Bytes list = encoded(der::kSequence, encoded(der::kSequence, id));
  return encoded(der::kSequence, encoded(der::kSequence, list));
}

Result<SingleResponse> verify_ocsp_response(BytesView der, const Certificate& certificate,
                                            const Certificate& issuer, Instant now) {
  COUNTERSIGN_TRY(const Basic basic, read_basic(der));
  COUNTERSIGN_TRY(SingleResponse single, find_single(basic.responses, certificate, issuer));
  COUNTERSIGN_CHECK(check_signature(basic, issuer, now));
  return single;
}

}  // namespace countersign::x509
