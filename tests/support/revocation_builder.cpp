#include "support/revocation_builder.hpp"

#include "support/timestamp_builder.hpp"

namespace countersign::testing {
namespace {

Bytes extension_list(const std::vector<Extension>& extensions) {
  std::vector<Bytes> list;
  for (const Extension& each : extensions) list.push_back(encoded_extension(each));
  return asn1::sequence(list);
}

Bytes signed_with(const Key& key, const SignWith& how, const Bytes& content,
                  const std::function<void(Bytes&)>& edit) {
  Bytes signature = sign(key, how, content);
  if (edit) edit(signature);
  return asn1::bit_string(signature);
}

/// The content of the BIT STRING: what stands after the algorithm and the count of unused bits.
Bytes key_bits(const Key& key) {
  constexpr std::size_t kPoint = 65;  // of a P-256 key
  return {key.spki.end() - kPoint, key.spki.end()};
}

}  // namespace

const Key& issuer_key(std::size_t place) {
  return key(KeyKind::kP256, static_cast<unsigned>(2 - place));
}

Bytes encoded_extension(const Extension& extension) {
  return asn1::sequence({asn1::oid(extension.oid),
                         extension.critical ? asn1::boolean(true) : Bytes{},
                         asn1::octet_string(extension.value)});
}

Extension crl_number(std::int64_t number) {
  return {.oid = kCrlNumberType, .critical = false, .value = asn1::integer(number)};
}

Extension delta_indicator(std::int64_t base) {
  return {.oid = kDeltaType, .critical = true, .value = asn1::integer(base)};
}

Extension reason(int code, bool critical) {
  return {.oid = kReasonType,
          .critical = critical,
          .value = asn1::tlv(0x0A, Bytes{static_cast<std::uint8_t>(code)})};
}

Extension invalidity(std::string_view generalized_time, bool critical) {
  return {.oid = kInvalidityType,
          .critical = critical,
          .value = asn1::generalized_time(generalized_time)};
}

Extension scope(std::initializer_list<unsigned> flags, const std::vector<std::string>& uris,
                bool critical) {
  std::vector<Bytes> parts;
  if (!uris.empty()) {
    std::vector<Bytes> names;
    for (const std::string& uri : uris) names.push_back(asn1::text(0x86, uri));
    parts.push_back(asn1::explicit_tag(0, asn1::explicit_tag(0, asn1::join(names))));
  }
  for (const unsigned flag : flags) {
    // onlySomeReasons is a bit string: keyCompromise.
    const Bytes value = flag == 3 ? Bytes{6, 0x40} : Bytes{0xFF};
    parts.push_back(asn1::tlv(static_cast<std::uint8_t>(0x80U | flag), value));
  }
  return {.oid = kScopeType, .critical = critical, .value = asn1::sequence(parts)};
}

Extension freshest(const std::vector<std::string>& urls, bool critical) {
  std::vector<Bytes> names;
  for (const std::string& url : urls) names.push_back(asn1::text(0x86, url));
  const Bytes point =
      asn1::sequence({asn1::explicit_tag(0, asn1::explicit_tag(0, asn1::join(names)))});
  return {.oid = kFreshestType, .critical = critical, .value = asn1::sequence({point})};
}

Bytes make_crl(const CrlSpec& spec) {
  const Key& signer = spec.key != nullptr ? *spec.key : issuer_key(spec.place);
  const SignWith how = spec.how.value_or(usual(signer));
  std::vector<Bytes> entries;
  for (const EntrySpec& each : spec.entries) {
    entries.push_back(!each.raw.empty() ? each.raw
                                        : asn1::sequence({asn1::integer(each.serial), each.date,
                                                          each.extensions.empty()
                                                              ? Bytes{}
                                                              : extension_list(each.extensions)}));
  }
  const Bytes list = entries.empty() ? Bytes{} : asn1::sequence(entries);
  const Bytes extensions =
      spec.extensions.empty() ? Bytes{} : asn1::explicit_tag(0, extension_list(spec.extensions));
  const Bytes tbs = asn1::sequence(
      {spec.version, algorithm_identifier(how), spec.issuer.value_or(acme(kIssuers[spec.place])),
       spec.this_update, spec.next_update, spec.raw_entries.value_or(list),
       spec.raw_extensions.value_or(extensions)});
  return asn1::sequence({tbs, spec.outer_algorithm.value_or(algorithm_identifier(how)),
                         signed_with(signer, how, tbs, spec.edit_signature)});
}

Bytes make_ocsp(const OcspSpec& spec) {
  if (spec.no_bytes) return asn1::sequence({spec.response_status});
  const Key& issuer = issuer_key(spec.place);
  const Key& signer = spec.key != nullptr ? *spec.key : issuer;
  const SignWith how = spec.how.value_or(usual(signer));
  const Bytes issuer_name = spec.issuer_name.value_or(acme(kIssuers[spec.place]));
  const Bytes id = asn1::sequence(
      {hash_identifier(spec.hash), asn1::octet_string(digest(spec.hash, issuer_name)),
       asn1::octet_string(digest(spec.hash, spec.issuer_key_bits.value_or(key_bits(issuer)))),
       asn1::integer(spec.serial.value_or(kSerials[spec.place]))});
  Bytes status = {0x80, 0x00};
  if (spec.status == Said::kRevoked)
    status = asn1::tlv(0xA1, asn1::generalized_time("20260501000000Z"));
  if (spec.status == Said::kUnknown) status = {0x82, 0x00};
  const auto single = [&](const Bytes& said) {
    return asn1::sequence(
        {id, said, spec.this_update,
         spec.next_update.empty() ? Bytes{} : asn1::explicit_tag(0, spec.next_update),
         spec.extensions.empty() ? Bytes{}
                                 : asn1::explicit_tag(1, extension_list(spec.extensions))});
  };
  std::vector<Bytes> singles(spec.repeats, single(spec.raw_status.value_or(status)));
  if (spec.other_status) singles.push_back(single(*spec.other_status));
  const Bytes responder = spec.responder.value_or(asn1::explicit_tag(1, issuer_name));
  const Bytes data = asn1::sequence(
      {responder, asn1::generalized_time("20260501000000Z"), asn1::sequence(singles),
       spec.all_extensions.empty() ? Bytes{}
                                   : asn1::explicit_tag(1, extension_list(spec.all_extensions))});
  const Bytes basic = asn1::sequence(
      {data, algorithm_identifier(how), signed_with(signer, how, data, spec.edit_signature),
       spec.certificates.empty() ? Bytes{}
                                 : asn1::explicit_tag(0, asn1::sequence(spec.certificates))});
  const Bytes typed =
      asn1::sequence({asn1::oid("1.3.6.1.5.5.7.48.1.1"), asn1::octet_string(basic)});
  return asn1::join(
      {asn1::sequence({spec.response_status, asn1::explicit_tag(0, typed)}), spec.after});
}

}  // namespace countersign::testing
