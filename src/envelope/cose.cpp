// COSE envelopes: tagged COSE_Sign1. Source: notary-verification section 4.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "base/contains.hpp"
#include "base/json_text.hpp"
#include "base/text.hpp"
#include "envelope/cbor.hpp"
#include "envelope/limits.hpp"
#include "envelope/unverified.hpp"

namespace countersign::envelope {
namespace {

using cbor::Type;
using cbor::Value;

constexpr std::int64_t kAlg = 1;
constexpr std::int64_t kCrit = 2;
constexpr std::int64_t kContentType = 3;
constexpr std::int64_t kKid = 4;
constexpr std::int64_t kIv = 5;
constexpr std::int64_t kPartialIv = 6;
constexpr std::int64_t kTyp = 16;
constexpr std::int64_t kX5Chain = 33;
/// Labels 0 to 8 are COSE's own; none of them may be critical (CO-9).
constexpr std::int64_t kLastGenericLabel = 8;
constexpr std::array<std::int64_t, 2> kCounterSignatures = {7, 11};       // arrays
constexpr std::array<std::int64_t, 2> kShortCounterSignatures = {9, 12};  // byte strings

constexpr std::array kKnownText = {kSigningSchemeHeader, kSigningTimeHeader,
                                   kAuthenticSigningTimeHeader, kExpiryHeader};

std::optional<crypto::SignatureAlgorithm> algorithm_of(std::int64_t id) {
  using enum crypto::SignatureAlgorithm;
  switch (id) {
    case -37:
      return kPs256;
    case -38:
      return kPs384;
    case -39:
      return kPs512;
    case -7:
      return kEs256;
    case -35:
      return kEs384;
    case -36:
      return kEs512;
    default:
      return std::nullopt;
  }
}

/// As ExtendedAttribute::json wants it.
std::string json_of(const Value& value) {
  if (value.is(Type::kText)) {
    std::string json;
    append_json_string(json, value.text());
    return json;
  }
  if (const auto number = value.integer()) return std::to_string(*number);
  // The shortest digits that read back as this very number.
  if (value.is(Type::kFloat) && std::isfinite(value.real)) {
    std::array<char, 32> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value.real).ptr;
    return {digits.data(), end};
  }
  if (!value.is(Type::kSimple)) return {};
  if (value.number == cbor::kTrue) return "true";
  if (value.number == cbor::kFalse) return "false";
  return value.is_null() ? "null" : "";
}

std::string label_text(const Value& label) {
  if (const auto number = label.integer()) return std::to_string(*number);
  return std::string(label.text());
}

bool is_uint(const Value& value) { return value.is(Type::kUnsigned); }

/// CO-13 and label 3: text without outer blanks and with exactly one slash, or a number.
bool is_content_type(const Value& value) {
  if (is_uint(value)) return true;
  if (!value.is(Type::kText) || value.text().empty()) return false;
  const std::string_view text = value.text();
  return text.front() != ' ' && text.back() != ' ' && text.find('/') != std::string_view::npos &&
         text.find('/') == text.rfind('/');
}

/// CO-4, CO-6, CO-13: what holds for both buckets.
Status check_bucket(const Value& bucket, bool is_protected) {
  for (std::size_t i = 0; i < bucket.items.size(); i += 2) {
    const Value& label = bucket.items[i];
    const Value& value = bucket.items[i + 1];
    const auto number = label.integer();
    if (!number && !label.is(Type::kText))
      return integrity_error("CO-4", "a header label is neither integer nor text");
    if (!number) continue;
    const auto wrong = [&](std::string_view what) {
      return integrity_error("CO-13", fmt::format("header {}: {}", *number, what));
    };
    if (*number == kCrit && !is_protected) return integrity_error("CO-6", "crit must be protected");
    if (*number == kAlg && !value.integer() && !value.is(Type::kText))
      return wrong("want an integer or text");
    if ((*number == kContentType || *number == kTyp) && !is_content_type(value))
      return wrong("not a content type");
    if ((*number == kKid || *number == kIv || *number == kPartialIv) && !value.is(Type::kBytes)) {
      return wrong("want a byte string");
    }
    const bool counter = contains(kCounterSignatures, *number);
    const bool short_counter = contains(kShortCounterSignatures, *number);
    if ((counter || short_counter) && is_protected) return wrong("must not be protected");
    if (counter && !value.is(Type::kArray)) return wrong("want an array");
    if (short_counter && !value.is(Type::kBytes)) return wrong("want a byte string");
  }
  return ok();
}

/// CO-11: tag 1 around an integer or a finite number, within the years 1 to 9999.
Result<std::optional<Instant>> read_time(const Value& bucket, std::string_view name) {
  const Value* tagged = bucket.find(name);
  if (tagged == nullptr) return std::optional<Instant>();
  const auto bad = [&](std::string_view what) {
    return integrity_error("CO-11", fmt::format("{}: {}", name, what));
  };
  if (!tagged->is(Type::kTag)) return bad("the time does not have a tag");
  if (tagged->number != 1) return bad("only Tag 1 Datetime CBOR object is supported");
  const Value& value = tagged->items.front();
  Instant instant;
  if (const auto whole = value.integer()) {
    instant.seconds = *whole;
  } else if (value.is(Type::kFloat) && std::isfinite(value.real) && std::abs(value.real) < 1e12) {
    const double floor = std::floor(value.real);
    instant.seconds = static_cast<std::int64_t>(floor);
    // Just below a whole second the difference rounds up to 1.
    instant.nanoseconds =
        static_cast<std::int32_t>(std::min((value.real - floor) * 1e9, 999999999.0));
  } else {
    return bad("want an integer or a finite number");
  }
  if (instant < kFirstInstant || kLastInstant < instant) return bad("outside the years 1 to 9999");
  return std::optional<Instant>(instant);
}

Status read_critical(const Value& bucket, UnverifiedEnvelope& envelope) {
  const Value* critical = bucket.find(kCrit);
  if (critical == nullptr) return integrity_error("CO-9", "missing \"crit\" header");
  if (!critical->is(Type::kArray) || critical->items.empty()) {
    return integrity_error("CO-9", "\"crit\" must be an array that is not empty");
  }
  if (critical->items.size() > kMaxCritical) {
    return integrity_error("CO-9", fmt::format("\"crit\" has more than {} entries", kMaxCritical));
  }
  for (const Value& entry : critical->items) {
    const auto number = entry.integer();
    if (!number && !entry.is(Type::kText))
      return integrity_error("CO-9", "\"crit\" holds what is no label");
    envelope.critical.push_back({.text = label_text(entry), .is_integer = number.has_value()});
  }
  return ok();
}

Status read_protected(const Value& bucket, UnverifiedEnvelope& envelope) {
  COUNTERSIGN_CHECK(check_bucket(bucket, true));
  const Value* alg = bucket.find(kAlg);
  if (alg == nullptr || !alg->integer())
    return integrity_error("CO-1", "missing algorithm, or one that is no integer");
  envelope.algorithm = algorithm_of(*alg->integer());
  envelope.algorithm_text = std::to_string(*alg->integer());
  const Value* content_type = bucket.find(kContentType);
  if (content_type == nullptr) return integrity_error("PL-1", "missing content type");
  if (!content_type->is(Type::kText))
    return integrity_error("PL-1", "content type should be of 'tstr' type");
  envelope.content_type = content_type->text();
  COUNTERSIGN_CHECK(read_critical(bucket, envelope));
  const Value* scheme = bucket.find(kSigningSchemeHeader);
  if (scheme == nullptr || !scheme->is(Type::kText))
    return integrity_error("CO-12", "invalid signingScheme");
  envelope.scheme = scheme->text();
  COUNTERSIGN_TRY(envelope.times.signing_time, read_time(bucket, kSigningTimeHeader));
  COUNTERSIGN_TRY(envelope.times.authentic_signing_time,
                  read_time(bucket, kAuthenticSigningTimeHeader));
  COUNTERSIGN_TRY(envelope.times.expiry, read_time(bucket, kExpiryHeader));
  for (std::size_t i = 0; i < bucket.items.size(); i += 2) {
    const Value& label = bucket.items[i];
    const auto number = label.integer();
    if (number ? *number >= 0 && *number <= kLastGenericLabel : contains(kKnownText, label.text()))
      continue;
    ExtendedAttribute attribute{.name = label_text(label),
                                .is_integer = number.has_value(),
                                .critical = false,
                                .text = std::nullopt,
                                .json = json_of(bucket.items[i + 1])};
    if (bucket.items[i + 1].is(Type::kText)) attribute.text = bucket.items[i + 1].text();
    envelope.attributes.push_back(std::move(attribute));
  }
  return ok();
}

Status read_unprotected(const Value& bucket, UnverifiedEnvelope& envelope,
                        x509::CertificateCache* certificates) {
  COUNTERSIGN_CHECK(check_bucket(bucket, false));
  const Value* chain = bucket.find(kX5Chain);
  if (chain == nullptr) return integrity_error("JW-7", "certificate chain is not present");
  if (!chain->is(Type::kArray) || chain->items.empty())
    return integrity_error("CO-13", "x5chain must be an array of byte strings");
  std::vector<Bytes> ders;
  for (const Value& item : chain->items) {
    if (!item.is(Type::kBytes))
      return integrity_error("CO-13", "x5chain must be an array of byte strings");
    ders.emplace_back(item.content.begin(), item.content.end());
  }
  COUNTERSIGN_TRY(envelope.chain, parse_chain(ders, certificates));
  const Value* timestamp = bucket.find(kTimestampHeader);
  if (timestamp != nullptr && timestamp->is(Type::kBytes) && !timestamp->content.empty()) {
    envelope.timestamp_token = Bytes(timestamp->content.begin(), timestamp->content.end());
  }
  return ok();
}

/// CO-20: the bytes of the protected bucket as they came, only their length written anew.
Bytes to_be_signed(BytesView protected_bytes, BytesView payload) {
  constexpr std::array<std::uint8_t, 12> kSignature1 = {0x84, 0x6A, 'S', 'i', 'g', 'n',
                                                        'a',  't',  'u', 'r', 'e', '1'};
  constexpr std::uint8_t kEmptyBytes = 0x40;
  Bytes out;
  out.reserve(kSignature1.size() + protected_bytes.size() + payload.size() + 19);
  out.insert(out.end(), kSignature1.begin(), kSignature1.end());
  cbor::append_bytes_head(out, protected_bytes.size());
  out.insert(out.end(), protected_bytes.begin(), protected_bytes.end());
  out.push_back(kEmptyBytes);  // external_aad
  cbor::append_bytes_head(out, payload.size());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

}  // namespace

Result<UnverifiedEnvelope> parse_cose(BytesView bytes, x509::CertificateCache* certificates) {
  constexpr std::uint8_t kTag18 = 0xD2;
  constexpr std::uint8_t kArrayOf4 = 0x84;
  if (bytes.size() < 2 || bytes[0] != kTag18 || bytes[1] != kArrayOf4) {
    return integrity_error("CO-1", "not a tagged COSE_Sign1 message");
  }
  // The one tag that is allowed was just read; there must be no other outside the protected bucket.
  COUNTERSIGN_TRY(const Value message, cbor::parse(bytes.subspan(1), cbor::Tags::kForbidden));
  const Value& protected_bytes = message.items[0];
  const Value& unprotected = message.items[1];
  const Value& payload = message.items[2];
  const Value& signature = message.items[3];
  if (!protected_bytes.is(Type::kBytes))
    return integrity_error("CO-5", "the protected headers must be a byte string");
  if (!unprotected.is(Type::kMap))
    return integrity_error("CO-6", "the unprotected headers must be a map");
  if (payload.is_null()) return integrity_error("CO-7", "missing payload");
  if (!payload.is(Type::kBytes))
    return integrity_error("CO-7", "the payload must be a byte string");
  if (payload.content.empty()) return integrity_error("PL-3", "payload: content not present");
  if (!signature.is(Type::kBytes) || signature.content.empty())
    return integrity_error("CO-8", "signature is empty");
  if (protected_bytes.content.empty())
    return integrity_error("CO-5", "the protected headers are empty");
  COUNTERSIGN_TRY(const Value headers, cbor::parse(protected_bytes.content, cbor::Tags::kAllowed));
  if (!headers.is(Type::kMap))
    return integrity_error("CO-5", "the protected headers must be a map");
  const bool iv = headers.find(kIv) != nullptr || unprotected.find(kIv) != nullptr;
  const bool partial_iv =
      headers.find(kPartialIv) != nullptr || unprotected.find(kPartialIv) != nullptr;
  if (iv && partial_iv)
    return integrity_error("CO-13", "IV and Partial IV must not both be present");

  UnverifiedEnvelope envelope;
  envelope.salt = crypto::PssSalt::kHashLength;  // CO-22
  COUNTERSIGN_CHECK(read_unprotected(unprotected, envelope, certificates));
  COUNTERSIGN_CHECK(read_protected(headers, envelope));
  envelope.payload.assign(payload.content.begin(), payload.content.end());
  envelope.signature.assign(signature.content.begin(), signature.content.end());
  envelope.signed_bytes = to_be_signed(protected_bytes.content, payload.content);
  return envelope;
}

}  // namespace countersign::envelope
