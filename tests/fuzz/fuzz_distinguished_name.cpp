// Any bytes as distinguished names: of a trust policy, as text, and of a certificate, as DER.
//
// What is read has its mandatory attributes, matches itself, and can be written and read again.
// Matching means what it says: a name that matches has every value that was asked for. And a
// subject that can be compared matches the identity that is written from it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "trust/distinguished_name.hpp"
#include "x509/name.hpp"

namespace {

using countersign::Outcome;
using countersign::trust::DistinguishedName;
using countersign::trust::is_subset;
using countersign::trust::matches;
using countersign::trust::parse_distinguished_name;
using countersign::trust::subject_attributes;
namespace x509 = countersign::x509;

void require(bool condition) {
  if (!condition) std::abort();
}

/// As a policy may write it: everything that means something is escaped.
std::string written(const DistinguishedName& name) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const auto& [type, value] : name) {
    if (!out.empty()) out += ',';
    out += type + '=';
    for (const char c : value) {
      const auto octet = static_cast<unsigned char>(c);
      out += '\\';
      out += kDigits[octet >> 4U];
      out += kDigits[octet & 0x0FU];
    }
  }
  return out;
}

void check_name(const DistinguishedName& name) {
  for (const char* type : {"C", "ST", "O"}) {
    require(name.contains(type) && !name.at(type).empty());
  }
  require(!name.contains("S") && !name.contains(""));
  require(is_subset(name, name));
  const auto again = parse_distinguished_name(written(name));
  require(again && *again == name);
}

/// `is_subset` by its definition.
bool has_all(const DistinguishedName& identity, const DistinguishedName& subject) {
  for (const auto& [type, value] : identity) {
    const auto found = subject.find(type);
    if (value != (found == subject.end() ? "" : found->second)) return false;
  }
  return true;
}

countersign::Result<DistinguishedName> read(std::string_view text) {
  auto name = parse_distinguished_name(text);
  if (name) {
    check_name(*name);
  } else {
    require(name.error().outcome() == Outcome::kIdentityMismatch);
    require(name.error().reason().id().starts_with("PO-5") && !name.error().message().empty());
  }
  return name;
}

/// A subject whose attributes stand in text: `type=value` lines, each an RDN of its own.
x509::Name subject_of(std::string_view text) {
  constexpr std::string_view kTypes = "\x06\x08\x0A\x0B\x03\x05\x07\x09\x11\x2A";
  x509::Name name;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.empty()) continue;
    const char type = kTypes[static_cast<unsigned char>(line[0]) % kTypes.size()];
    name.push_back(
        {{.oid = std::string("\x55\x04", 2) + type, .value = std::string(line.substr(1))}});
  }
  return name;
}

void check_subject(const x509::Name& subject) {
  const auto attributes = subject_attributes(subject);
  static_cast<void>(x509::to_string(subject));
  std::size_t named = 0;
  for (const auto& rdn : subject) {
    for (const auto& attribute : rdn) {
      if (!x509::attribute_short_name(attribute.oid).empty()) ++named;
    }
  }
  require(attributes.values.size() <= named);
  require((attributes.values.size() < named) == !attributes.repeated.empty());
  for (const std::string& type : attributes.repeated) require(attributes.values.contains(type));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(read(text));

  if (const auto name = x509::parse_name({data, size})) check_subject(*name);

  // Two names with a NUL between them: an identity, and another one or a subject.
  const std::string_view first = text.substr(0, text.find('\0'));
  const std::string_view second = text.substr(std::min(size, first.size() + 1));
  const auto identity = read(first);
  const auto other = read(second);
  if (identity && other) require(is_subset(*identity, *other) == has_all(*identity, *other));
  const x509::Name subject = subject_of(second);
  check_subject(subject);
  const auto attributes = subject_attributes(subject);
  if (identity) {
    bool once = true;
    for (const auto& [type, value] : *identity) once = once && !attributes.repeated.contains(type);
    require(matches(*identity, attributes) == (once && has_all(*identity, attributes.values)));
  }
  return 0;
}
