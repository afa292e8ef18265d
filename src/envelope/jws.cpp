// JWS envelopes: flattened JSON serialisation only. Source: notary-verification section 3.
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>

#include "base/contains.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "envelope/limits.hpp"
#include "envelope/unverified.hpp"

namespace countersign::envelope {
namespace {

using namespace std::string_view_literals;

constexpr Outcome kInvalid = Outcome::kSignatureInvalid;
constexpr std::array kTopLevel = {"payload"sv, "protected"sv, "header"sv, "signature"sv};
constexpr std::array kKnownProtected = {"alg"sv,
                                        "cty"sv,
                                        "crit"sv,
                                        kSigningSchemeHeader,
                                        kSigningTimeHeader,
                                        kAuthenticSigningTimeHeader,
                                        kExpiryHeader};
/// Attributes to verify_envelope, but names that no reader may see in another case.
constexpr std::array kPluginHeaders = {kPluginHeader, kPluginMinVersionHeader};

constexpr std::array kAlgorithms = {
    crypto::SignatureAlgorithm::kPs256, crypto::SignatureAlgorithm::kPs384,
    crypto::SignatureAlgorithm::kPs512, crypto::SignatureAlgorithm::kEs256,
    crypto::SignatureAlgorithm::kEs384, crypto::SignatureAlgorithm::kEs512};

std::optional<crypto::SignatureAlgorithm> algorithm_named(std::string_view text) {
  for (const auto algorithm : kAlgorithms) {
    if (name(algorithm) == text) return algorithm;
  }
  return std::nullopt;
}

Result<Bytes> base64url_member(const std::string& text, std::string_view member) {
  auto bytes = from_base64url(text);
  if (!bytes) return integrity_error("JW-14", fmt::format("\"{}\" is not base64url", member));
  return *std::move(bytes);
}

/// The chain and the timestamp of the unprotected header; everything else in it is ignored (JW-6).
Status read_unprotected(const Json* header, UnverifiedEnvelope& envelope,
                        x509::CertificateCache* certificates) {
  constexpr std::string_view kNoChain = "certificate chain is not present";
  if (header == nullptr) return integrity_error("JW-7", std::string(kNoChain));
  const JsonReader reader(*header, "header", kInvalid, "JW-3");
  COUNTERSIGN_TRY(const Json* x5c, reader.optional_array("x5c"));
  if (x5c == nullptr || x5c->empty()) return integrity_error("JW-7", std::string(kNoChain));
  std::vector<Bytes> ders;
  for (const Json& item : *x5c) {
    if (!item.is_string()) return reader.error("x5c", "want an array of strings");
    auto der = from_base64(item.get_ref<const std::string&>());
    if (!der) return integrity_error("JW-8", fmt::format("x5c[{}] is not base64", ders.size()));
    ders.push_back(*std::move(der));
  }
  COUNTERSIGN_TRY(envelope.chain, parse_chain(ders, certificates));
  COUNTERSIGN_TRY(const auto agent, reader.optional_string(kSigningAgentHeader));
  static_cast<void>(agent);  // opaque: only its type is checked
  COUNTERSIGN_TRY(const auto timestamp, reader.optional_string(kTimestampHeader));
  if (timestamp && !timestamp->empty()) {
    auto token = from_base64(*timestamp);
    if (!token) return integrity_error("JW-3", fmt::format("{} is not base64", kTimestampHeader));
    envelope.timestamp_token = *std::move(token);
  }
  return ok();
}

Result<std::optional<Instant>> read_time(const JsonReader& reader, std::string_view member) {
  COUNTERSIGN_TRY(const auto text, reader.optional_string(member));
  if (!text) return std::optional<Instant>();
  const auto instant = parse_rfc3339(*text);
  if (!instant) {
    return integrity_error(
        "JW-11", fmt::format("{}: \"{}\" is not an RFC 3339 time", member, printable(*text, 64)));
  }
  return std::optional<Instant>(*instant);
}

Status read_protected(std::string_view json, UnverifiedEnvelope& envelope) {
  COUNTERSIGN_TRY(const Json document, parse_json(json, kJsonLimits, kInvalid, "JW-4"));
  const JsonReader reader(document, "protected", kInvalid, "JW-3");
  COUNTERSIGN_CHECK(reader.check_object());
  COUNTERSIGN_CHECK(reader.refuse_case_variants(kKnownProtected));
  COUNTERSIGN_CHECK(reader.refuse_case_variants(kPluginHeaders));
  COUNTERSIGN_TRY(envelope.algorithm_text, reader.required_string("alg"));
  envelope.algorithm = algorithm_named(envelope.algorithm_text);
  COUNTERSIGN_TRY(envelope.content_type, reader.required_string("cty"));
  COUNTERSIGN_TRY(auto scheme, reader.optional_string(kSigningSchemeHeader));
  envelope.scheme = std::move(scheme).value_or("");
  COUNTERSIGN_TRY(envelope.times.signing_time, read_time(reader, kSigningTimeHeader));
  COUNTERSIGN_TRY(envelope.times.authentic_signing_time,
                  read_time(reader, kAuthenticSigningTimeHeader));
  COUNTERSIGN_TRY(envelope.times.expiry, read_time(reader, kExpiryHeader));
  COUNTERSIGN_TRY(const Json* critical, reader.optional_array("crit"));
  if (critical == nullptr || critical->empty())
    return integrity_error("JW-9", "missing \"crit\" header");
  if (critical->size() > kMaxCritical) {
    return integrity_error("JW-9", fmt::format("\"crit\" has more than {} entries", kMaxCritical));
  }
  for (const Json& item : *critical) {
    if (!item.is_string()) return reader.error("crit", "want an array of strings");
    envelope.critical.push_back({.text = item.get<std::string>(), .is_integer = false});
  }
  for (const auto& [key, value] : document.items()) {
    if (contains(kKnownProtected, std::string_view(key))) continue;
    ExtendedAttribute attribute{
        .name = key, .is_integer = false, .critical = false, .text = std::nullopt, .json = {}};
    if (value.is_string()) attribute.text = value.get<std::string>();
    if (value.is_primitive()) attribute.json = value.dump();
    envelope.attributes.push_back(std::move(attribute));
  }
  return ok();
}

/// JW-3: the payload of a JWS is a JSON object. What it says is read elsewhere, after verification.
Status check_payload_is_object(BytesView payload) {
  if (payload.empty()) return integrity_error("PL-3", "payload: content not present");
  COUNTERSIGN_TRY(const Json document, parse_json(as_text(payload), kJsonLimits, kInvalid, "PL-6"));
  if (!document.is_object()) return integrity_error("PL-3", "payload: want a JSON object");
  return ok();
}

}  // namespace

Result<UnverifiedEnvelope> parse_jws(BytesView bytes, x509::CertificateCache* certificates) {
  COUNTERSIGN_TRY(const Json document, parse_json(as_text(bytes), kJsonLimits, kInvalid, "JW-3"));
  const JsonReader reader(document, "", kInvalid, "JW-3");
  COUNTERSIGN_CHECK(reader.check_object());
  for (const auto& [key, value] : document.items()) {
    if (!contains(kTopLevel, std::string_view(key))) {
      return integrity_error(
          "JW-2", fmt::format("\"{}\" is not a member of a flattened JWS", printable(key, 64)));
    }
  }
  COUNTERSIGN_TRY(const std::string payload_text, reader.required_string("payload"));
  COUNTERSIGN_TRY(const std::string protected_text, reader.required_string("protected"));
  COUNTERSIGN_TRY(const std::string signature_text, reader.required_string("signature"));
  COUNTERSIGN_TRY(const Json* header, reader.optional_object("header"));

  UnverifiedEnvelope envelope;
  envelope.salt = crypto::PssSalt::kAny;  // JW-16
  COUNTERSIGN_CHECK(read_unprotected(header, envelope, certificates));
  COUNTERSIGN_TRY(const Bytes protected_bytes, base64url_member(protected_text, "protected"));
  COUNTERSIGN_TRY(envelope.payload, base64url_member(payload_text, "payload"));
  COUNTERSIGN_TRY(envelope.signature, base64url_member(signature_text, "signature"));
  COUNTERSIGN_CHECK(read_protected(as_text(protected_bytes), envelope));
  COUNTERSIGN_CHECK(check_payload_is_object(envelope.payload));

  // JW-13: the members exactly as they appear, never decoded and encoded again.
  const std::string input = protected_text + "." + payload_text;
  envelope.signed_bytes.assign(input.begin(), input.end());
  return envelope;
}

}  // namespace countersign::envelope
