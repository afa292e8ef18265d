#include "x509/timestamp_info.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "x509/algorithm.hpp"
#include "x509/der.hpp"
#include "x509/oid.hpp"

namespace countersign::x509 {
namespace {

constexpr std::int32_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int32_t kNanosecondsPerMilli = 1'000'000;
constexpr std::int32_t kNanosecondsPerMicro = 1'000;
constexpr int kMaxThousandths = 999;

Error bad(Reason reason, std::string_view what) {
  return {Outcome::kTimestampInvalid, reason, "TSTInfo: " + std::string(what)};
}

/// [n] INTEGER (1..999), or 0 if it is absent.
std::optional<std::int32_t> thousandths(der::Reader& reader, unsigned n) {
  if (!reader.next_is(der::context(n))) return 0;
  auto element = reader.read();
  if (!element) return std::nullopt;
  element->tag = der::kInteger;  // IMPLICIT
  const auto value = der::small_integer(*element);
  if (!value || *value < 1 || *value > kMaxThousandths) return std::nullopt;
  return *value;
}

/// TS-12. The range of a field is part of its type: what is outside is malformed.
std::optional<Accuracy> accuracy_of(BytesView fields) {
  der::Reader reader(fields);
  Accuracy accuracy;
  if (const auto seconds = reader.read(der::kInteger)) {
    const auto value = der::small_integer(*seconds);
    if (!value) return std::nullopt;
    accuracy.seconds = *value;
  }
  const auto millis = thousandths(reader, 0);
  const auto micros = thousandths(reader, 1);
  if (!millis || !micros || !reader.empty()) return std::nullopt;
  accuracy.nanoseconds = *millis * kNanosecondsPerMilli + *micros * kNanosecondsPerMicro;
  return accuracy;
}

std::optional<MessageImprint> imprint_of(BytesView fields) {
  der::Reader reader(fields);
  const auto algorithm = reader.read(der::kSequence);
  const auto digest = reader.read(der::kOctetString);
  if (!algorithm || !digest || !reader.empty()) return std::nullopt;
  const auto hash = plain_hash(algorithm->whole);
  if (!hash) return std::nullopt;
  return MessageImprint{*hash, Bytes(digest->content.begin(), digest->content.end())};
}

/// TS-13: none may be critical, since none is understood.
Status check_extensions(BytesView list) {
  der::Reader reader(list);
  while (!reader.empty()) {
    const auto extension = reader.read(der::kSequence);
    if (!extension) return bad("TS-13", "malformed extension");
    der::Reader parts(extension->content);
    const auto type = parts.read(der::kOid);
    bool critical = false;
    if (const auto flag = parts.read(der::kBoolean)) {
      const auto value = der::boolean(*flag);
      if (!value) return bad("TS-13", "malformed extension");
      critical = *value;
    }
    if (!type || !der::is_oid(*type) || !parts.read(der::kOctetString) || !parts.empty())
      return bad("TS-13", "malformed extension");
    if (critical) {
      return bad("TS-13",
                 "critical extension " + der::oid_text(as_text(type->content)) + " is unknown");
    }
  }
  return ok();
}

}  // namespace

bool MessageImprint::is_of(BytesView message) const {
  return crypto::hash(hash, message) == digest;
}

Instant TimestampInfo::earliest() const noexcept {
  Instant out{generated.seconds - accuracy.seconds, generated.nanoseconds - accuracy.nanoseconds};
  if (out.nanoseconds < 0) {
    out.nanoseconds += kNanosecondsPerSecond;
    --out.seconds;
  }
  return out;
}

Instant TimestampInfo::latest() const noexcept {
  Instant out{generated.seconds + accuracy.seconds, generated.nanoseconds + accuracy.nanoseconds};
  if (out.nanoseconds >= kNanosecondsPerSecond) {
    out.nanoseconds -= kNanosecondsPerSecond;
    ++out.seconds;
  }
  return out;
}

Result<TimestampInfo> TimestampInfo::parse(BytesView der_bytes) {
  const auto sequence = der::only(der_bytes, der::kSequence);
  if (!sequence) return bad("TS-10", "not one complete DER sequence");
  der::Reader reader(sequence->content);
  const auto version = reader.read(der::kInteger);
  if (!version || der::small_integer(*version) != 1) return bad("TS-10", "version is not 1");
  const auto policy = reader.read(der::kOid);
  if (!policy || !der::is_oid(*policy)) return bad("TS-13", "malformed policy");

  TimestampInfo info;
  const auto imprint_fields = reader.read(der::kSequence);
  auto imprint = imprint_fields ? imprint_of(imprint_fields->content) : std::nullopt;
  if (!imprint)
    return bad("TS-10", "the message imprint is malformed or not of SHA-256, SHA-384 or SHA-512");
  info.imprint = *std::move(imprint);

  const auto serial = reader.read(der::kInteger);
  if (!serial || !der::is_integer(*serial)) return bad("TS-13", "malformed serial number");
  const auto time = reader.read(der::kGeneralizedTime);
  const auto generated = time ? der::precise_time(*time) : std::nullopt;
  if (!generated) return bad("TS-11", "malformed genTime");
  info.generated = *generated;

  if (const auto accuracy_fields = reader.read(der::kSequence)) {
    const auto accuracy = accuracy_of(accuracy_fields->content);
    if (!accuracy) return bad("TS-12", "the accuracy is malformed or out of range");
    info.accuracy = *accuracy;
  }
  if (info.accuracy == Accuracy{} && as_text(policy->content) == oid::kEtsiTimestampPolicy) {
    info.accuracy.seconds = 1;
  }

  if (const auto ordering = reader.read(der::kBoolean); ordering && !der::boolean(*ordering))
    return bad("TS-13", "malformed ordering");
  if (const auto nonce = reader.read(der::kInteger); nonce && !der::is_integer(*nonce))
    return bad("TS-13", "malformed nonce");
  static_cast<void>(reader.read(der::context_constructed(0)));  // tsa
  if (const auto extensions = reader.read(der::context_constructed(1))) {
    COUNTERSIGN_CHECK(check_extensions(extensions->content));
  }
  if (!reader.empty()) return bad("TS-13", "fields out of order, or bytes after the last one");
  return info;
}

}  // namespace countersign::x509
