#include "x509/crl.hpp"

#include <algorithm>
#include <utility>

#include "x509/algorithm.hpp"
#include "x509/der.hpp"
#include "x509/extensions.hpp"
#include "x509/oid.hpp"

namespace countersign::x509 {
namespace {

constexpr std::uint8_t kEnumerated = 0x0A;
constexpr unsigned kUriName = 6;
/// URIs of a freshestCRL or of a scope; lists in the wild have one or two.
constexpr std::size_t kMaxUris = 16;

Error bad(std::string_view what) {
  return {Outcome::kRevocationUnknown, "RV-31", "CRL: " + std::string(what)};
}

bool is_time(const der::Reader& reader) {
  return reader.next_is(der::kUtcTime) || reader.next_is(der::kGeneralizedTime);
}

/// A number of a list: an INTEGER that is not negative.
std::optional<BytesView> list_number(BytesView value) {
  const auto number = der::only(value, der::kInteger);
  if (!number || !der::is_integer(*number) || (number->content[0] & 0x80U) != 0)
    return std::nullopt;
  return number->content;
}

/// DEFAULT FALSE: DER leaves it out, and TRUE alone may be written.
bool read_flag(der::Reader& reader, unsigned tag, bool& flag) {
  const auto element = reader.read(der::context(tag));
  if (!element) return true;
  flag = element->content.size() == 1 && element->content[0] == 0xFF;
  return flag;
}

std::optional<IssuingDistributionPoint> issuing_distribution_point(BytesView value) {
  const auto sequence = der::only(value, der::kSequence);
  if (!sequence) return std::nullopt;
  IssuingDistributionPoint scope;
  der::Reader reader(sequence->content);
  if (const auto point = reader.read(der::context_constructed(0))) {
    scope.names_point = true;
    der::Reader choice(point->content);
    const auto name = choice.read();
    if (!name || !choice.empty()) return std::nullopt;
    if (name->tag == der::context_constructed(0)) {
      der::Reader names(name->content);
      while (!names.empty()) {
        const auto each = names.read();
        if (!each || scope.uris.size() >= kMaxUris) return std::nullopt;
        if (each->tag == der::context(kUriName)) scope.uris.emplace_back(as_text(each->content));
      }
    } else if (name->tag != der::context_constructed(1)) {
      return std::nullopt;
    }
  }
  if (!read_flag(reader, 1, scope.only_user_certificates) ||
      !read_flag(reader, 2, scope.only_ca_certificates)) {
    return std::nullopt;
  }
  scope.only_some_reasons = reader.read(der::context(3)).has_value();
  if (!read_flag(reader, 4, scope.indirect) ||
      !read_flag(reader, 5, scope.only_attribute_certificates) || !reader.empty()) {
    return std::nullopt;
  }
  return scope;
}

/// The parts of one entry of a list.
struct RawEntry {
  BytesView serial;
  Instant revocation_date;
  BytesView extensions;  ///< with tag and length; empty if there are none
};

std::optional<RawEntry> raw_entry(const der::Element& element) {
  der::Reader reader(element.content);
  const auto serial = reader.read(der::kInteger);
  const auto date = reader.read();
  const auto when = date ? der::time(*date) : std::nullopt;
  if (!serial || !der::is_integer(*serial) || !when) return std::nullopt;
  RawEntry entry{.serial = serial->content, .revocation_date = *when, .extensions = {}};
  if (!reader.empty()) {
    const auto extensions = reader.read(der::kSequence);
    if (!extensions || !reader.empty()) return std::nullopt;
    entry.extensions = extensions->whole;
  }
  return entry;
}

CrlEntry read_entry(const RawEntry& raw) {
  CrlEntry entry;
  entry.revocation_date = raw.revocation_date;
  if (raw.extensions.empty()) return entry;
  const auto extensions = extensions::read_list(raw.extensions);
  if (!extensions) {
    entry.problem = "malformed extensions";
    return entry;
  }
  for (const extensions::Extension& extension : *extensions) {
    if (extension.type == oid::kInvalidityDate) {
      entry.invalidity_date = invalidity_date(extension.value);
      if (!entry.invalidity_date) entry.problem = "malformed invalidityDate";
    } else if (extension.critical) {
      entry.problem = "critical extension " + der::oid_text(extension.type) + ", which is unknown";
    } else if (extension.type == oid::kReasonCode) {
      const auto code = der::only(extension.value, kEnumerated);
      if (code && code->content.size() == 1 && code->content[0] < 0x80) {
        entry.reason = code->content[0];
      } else {
        entry.problem = "malformed reasonCode";
      }
    }
    if (!entry.problem.empty()) return entry;
  }
  return entry;
}

}  // namespace

std::optional<Instant> invalidity_date(BytesView value) {
  const auto element = der::only(value, der::kGeneralizedTime);
  return element ? der::time(*element) : std::nullopt;
}

int compare_numbers(BytesView a, BytesView b) noexcept {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  const auto [left, right] = std::ranges::mismatch(a, b);
  if (left == a.end()) return 0;
  return *left < *right ? -1 : 1;
}

Status Crl::read_extensions(BytesView list) {
  const auto extensions = extensions::read_list(list);
  if (!extensions) return bad("malformed extensions");
  for (const extensions::Extension& extension : *extensions) {
    if (extension.type == oid::kCrlNumber) {
      number_ = list_number(extension.value);
      if (!number_) return bad("malformed cRLNumber");
    } else if (extension.type == oid::kDeltaCrlIndicator) {
      base_number_ = list_number(extension.value);
      if (!base_number_) return bad("malformed deltaCRLIndicator");
      continue;
    } else if (extension.type == oid::kIssuingDistributionPoint) {
      scope_ = issuing_distribution_point(extension.value);
      if (!scope_) return bad("malformed issuingDistributionPoint");
      continue;
    } else if (extension.type == oid::kFreshestCrl) {
      auto uris = extensions::distribution_points(extension.value);
      if (!uris || uris->size() > kMaxUris) return bad("malformed freshestCRL");
      freshest_ = *std::move(uris);
    }
    if (extension.critical && unknown_critical_.empty())
      unknown_critical_ = der::oid_text(extension.type);
  }
  return ok();
}

Result<Crl> Crl::parse(std::shared_ptr<const std::string> der) {
  if (der->size() >= kCrlTooLarge) return bad("32 MiB or more");
  Crl crl;
  crl.der_ = std::move(der);
  const auto outer = der::only(as_bytes(*crl.der_), der::kSequence);
  if (!outer) return bad("not one complete DER list");
  der::Reader outer_reader(outer->content);
  const auto parts = der::read_signed(outer_reader);
  if (!parts || !outer_reader.empty()) return bad("malformed list");
  crl.tbs_ = parts->content.whole;
  crl.signature_ = parts->signature;

  der::Reader reader(parts->content.content);
  const auto version = reader.read(der::kInteger);
  if (!version) return bad("not of version 2");
  if (der::small_integer(*version) != 1) return bad("not of version 2");
  const auto inner_algorithm = reader.read(der::kSequence);
  if (!inner_algorithm || !std::ranges::equal(inner_algorithm->whole, parts->algorithm.whole))
    return bad("inner and outer signature algorithm differ");
  crl.method_ = signature_method(*inner_algorithm);
  const auto issuer = reader.read(der::kSequence);
  if (!issuer) return bad("malformed issuer");
  crl.issuer_ = issuer->whole;
  const auto this_update = reader.read();
  const auto from = this_update ? der::time(*this_update) : std::nullopt;
  if (!from) return bad("malformed thisUpdate");
  crl.this_update_ = *from;
  if (is_time(reader)) {
    const auto next_update = reader.read();
    crl.next_update_ = next_update ? der::time(*next_update) : std::nullopt;
    if (!crl.next_update_) return bad("malformed nextUpdate");
  }
  if (const auto entries = reader.read(der::kSequence)) {
    crl.entries_ = entries->content;
    der::Reader entry_reader(entries->content);
    while (!entry_reader.empty()) {
      const auto element = entry_reader.read(der::kSequence);
      if (!element || !raw_entry(*element)) return bad("malformed entry");
    }
  }
  if (const auto extensions = reader.read(der::context_constructed(0))) {
    COUNTERSIGN_CHECK(crl.read_extensions(extensions->content));
  }
  if (!reader.empty()) return bad("bytes after the last field");
  return crl;
}

bool Crl::has_signature_of(const Certificate& issuer) const {
  return is_signed_by(issuer.key(), method_, tbs_, signature_);
}

Result<std::vector<CrlEntry>> Crl::entries_of(BytesView serial) const {
  std::vector<CrlEntry> found;
  der::Reader reader(entries_);
  while (!reader.empty()) {
    const auto element = reader.read(der::kSequence);
    const auto raw = element ? raw_entry(*element) : std::nullopt;
    if (!raw) return bad("malformed entry");
    if (!std::ranges::equal(raw->serial, serial)) continue;
    if (found.size() == kMaxEntriesOfSerial) return bad("too many entries of one serial number");
    found.push_back(read_entry(*raw));
  }
  return found;
}

}  // namespace countersign::x509
