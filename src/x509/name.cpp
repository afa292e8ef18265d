#include "x509/name.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "x509/der.hpp"
#include "x509/oid.hpp"

namespace countersign::x509 {
namespace {

void append_utf8(std::string& text, unsigned code_point) {
  const auto put = [&](unsigned byte) { text += static_cast<char>(byte); };
  if (code_point < 0x80) {
    put(code_point);
  } else if (code_point < 0x800) {
    put(0xC0U | (code_point >> 6U));
    put(0x80U | (code_point & 0x3FU));
  } else {
    put(0xE0U | (code_point >> 12U));
    put(0x80U | ((code_point >> 6U) & 0x3FU));
    put(0x80U | (code_point & 0x3FU));
  }
}

bool is_printable_character(std::uint8_t c) {
  // '*' and '&' are outside the type but common in the wild; the reference takes them.
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view(" '()+,-./:=?*&").contains(static_cast<char>(c));
}

std::optional<std::string> string_value(const der::Element& element) {
  const BytesView raw = element.content;
  switch (element.tag) {
    case der::kUtf8String:
      if (!is_valid_utf8(as_text(raw))) return std::nullopt;
      return std::string(as_text(raw));
    case der::kPrintableString:
      if (!std::ranges::all_of(raw, is_printable_character)) return std::nullopt;
      return std::string(as_text(raw));
    case der::kIa5String:
      if (!std::ranges::all_of(raw, [](std::uint8_t c) { return c < 0x80; })) return std::nullopt;
      return std::string(as_text(raw));
    case der::kNumericString:
      if (!std::ranges::all_of(raw,
                               [](std::uint8_t c) { return c == ' ' || (c >= '0' && c <= '9'); })) {
        return std::nullopt;
      }
      return std::string(as_text(raw));
    case der::kT61String: {
      // Read as Latin-1, as the whole field does.
      std::string text;
      for (const std::uint8_t c : raw) append_utf8(text, c);
      return text;
    }
    case der::kBmpString: {
      if (raw.size() % 2 != 0) return std::nullopt;
      std::string text;
      for (std::size_t i = 0; i < raw.size(); i += 2) {
        const unsigned unit = (unsigned{raw[i]} << 8U) | raw[i + 1];
        if (unit >= 0xD800 && unit <= 0xDFFF) return std::nullopt;
        append_utf8(text, unit);
      }
      return text;
    }
    default:
      return std::nullopt;
  }
}

std::string escaped(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool edge_space = c == ' ' && (i == 0 || i + 1 == value.size());
    if (std::string_view(",+\"\\<>;").contains(c) || edge_space || (c == '#' && i == 0))
      out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

std::optional<Name> parse_name(BytesView der_bytes) {
  const auto sequence = der::only(der_bytes, der::kSequence);
  if (!sequence) return std::nullopt;
  Name name;
  der::Reader rdns(sequence->content);
  while (!rdns.empty()) {
    const auto set = rdns.read(der::kSet);
    if (!set) return std::nullopt;
    std::vector<NameAttribute> attributes;
    der::Reader members(set->content);
    while (!members.empty()) {
      const auto pair = members.read(der::kSequence);
      if (!pair) return std::nullopt;
      der::Reader reader(pair->content);
      const auto type = reader.read(der::kOid);
      const auto value = reader.read();
      if (!type || !der::is_oid(*type) || !value || !reader.empty()) return std::nullopt;
      auto text = string_value(*value);
      if (!text) return std::nullopt;
      attributes.push_back({std::string(as_text(type->content)), *std::move(text)});
    }
    name.push_back(std::move(attributes));
  }
  return name;
}

std::string_view attribute_short_name(std::string_view type) noexcept {
  constexpr std::pair<std::string_view, std::string_view> kNames[] = {
      {oid::kCountry, "C"},
      {oid::kOrganization, "O"},
      {oid::kOrganizationalUnit, "OU"},
      {oid::kCommonName, "CN"},
      {oid::kSerialNumber, "SERIALNUMBER"},
      {oid::kLocality, "L"},
      {oid::kState, "ST"},
      {oid::kStreet, "STREET"},
      {oid::kPostalCode, "POSTALCODE"}};
  for (const auto& [known, text] : kNames) {
    if (known == type) return text;
  }
  return {};
}

std::string to_string(const Name& name) {
  std::string text;
  for (auto rdn = name.rbegin(); rdn != name.rend(); ++rdn) {
    if (!text.empty()) text += ',';
    bool first = true;
    for (const NameAttribute& attribute : *rdn) {
      if (!std::exchange(first, false)) text += '+';
      const std::string_view known = attribute_short_name(attribute.oid);
      text += known.empty() ? der::oid_text(attribute.oid) : std::string(known);
      text += '=';
      text += escaped(attribute.value);
    }
  }
  return text;
}

}  // namespace countersign::x509
