#include "trust/distinguished_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.hpp"
#include "base/text.hpp"

namespace countersign::trust {
namespace {

constexpr std::array<std::string_view, 3> kMandatory = {"C", "ST", "O"};

Error bad(Reason reason, std::string_view what) {
  return {Outcome::kIdentityMismatch, reason, std::string(what)};
}

Status check_mandatory(const DistinguishedName& name) {
  for (const std::string_view type : kMandatory) {
    const auto found = name.find(type);
    if (found == name.end() || found->second.empty()) {
      return bad("PO-54", fmt::format("attribute {} is missing: C, ST and O are mandatory", type));
    }
  }
  return ok();
}

/// A duplicate is accepted only if the first had an empty value, as the reference does (PO-53).
Status insert(DistinguishedName& name, std::string type, std::string value) {
  if (type == "S") type = "ST";
  const auto found = name.find(type);
  if (found != name.end() && !found->second.empty()) {
    return bad("PO-53", fmt::format("attribute {} stands twice", printable(type, 64)));
  }
  name[type] = std::move(value);
  return ok();
}

/// Reads one `type=value` after another; escapes are only special in values.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  Result<DistinguishedName> scan() {
    DistinguishedName name;
    while (true) {
      COUNTERSIGN_TRY(std::string type, read_type());
      COUNTERSIGN_TRY(std::string value, read_value());
      COUNTERSIGN_CHECK(insert(name, std::move(type), std::move(value)));
      if (at_ == text_.size()) return name;
      if (text_[at_] == '+') {
        return bad("PO-51", "multi-valued RDN attributes (\"+\") are not supported");
      }
      ++at_;  // ',' or ';'
    }
  }

 private:
  Result<std::string> read_type() {
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != '=' && !is_separator(text_[at_])) ++at_;
    if (at_ == text_.size() || text_[at_] != '=') {
      return bad("PO-50", "want attribute=value between separators, and no trailing separator");
    }
    std::string_view type = text_.substr(start, at_ - start);
    while (type.starts_with(' ')) type.remove_prefix(1);
    while (type.ends_with(' ')) type.remove_suffix(1);
    if (type.empty()) return bad("PO-50", "attribute type is empty");
    if (type.contains('\\')) return bad("PO-50", "escapes are not allowed in an attribute type");
    ++at_;
    return std::string(type);
  }

  Result<std::string> read_value() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    std::string value;
    std::size_t kept = 0;  // up to here trailing blanks stay: they were escaped
    while (at_ < text_.size() && !is_separator(text_[at_])) {
      if (text_[at_] != '\\') {
        value += text_[at_++];
        continue;
      }
      ++at_;
      if (at_ < text_.size() && std::string_view(" \"#+,;<=>\\").contains(text_[at_])) {
        value += text_[at_++];
      } else {
        const auto octet = at_ + 2 <= text_.size() ? from_hex(text_.substr(at_, 2)) : std::nullopt;
        if (!octet)
          return bad("PO-50", "a backslash must precede a special character or two hex digits");
        value += static_cast<char>((*octet)[0]);
        at_ += 2;
      }
      kept = value.size();
    }
    while (value.size() > kept && value.ends_with(' ')) value.pop_back();
    return value;
  }

  static bool is_separator(char c) { return c == ',' || c == ';' || c == '+'; }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<DistinguishedName> parse_distinguished_name(std::string_view text) {
  if (text.contains("=#")) return bad("PO-50", "hex-encoded values (\"=#\") are not supported");
  COUNTERSIGN_TRY(DistinguishedName name, Scanner(text).scan());
  COUNTERSIGN_CHECK(check_mandatory(name));
  return name;
}

SubjectAttributes subject_attributes(const x509::Name& subject) {
  SubjectAttributes attributes;
  for (const auto& rdn : subject) {
    for (const x509::NameAttribute& attribute : rdn) {
      const std::string type(x509::attribute_short_name(attribute.oid));
      if (type.empty()) continue;
      if (!attributes.values.emplace(type, attribute.value).second)
        attributes.repeated.insert(type);
    }
  }
  return attributes;
}

bool matches(const DistinguishedName& identity, const SubjectAttributes& subject) {
  for (const auto& [type, value] : identity) {
    if (subject.repeated.contains(type)) return false;
  }
  return is_subset(identity, subject.values);
}

std::string_view unknown_type(const DistinguishedName& identity) {
  constexpr std::array<std::string_view, 9> kNamed = {
      "C", "O", "OU", "CN", "SERIALNUMBER", "L", "ST", "STREET", "POSTALCODE"};
  for (const auto& [type, value] : identity) {
    if (std::ranges::find(kNamed, type) == kNamed.end()) return type;
  }
  return {};
}

bool is_subset(const DistinguishedName& identity, const DistinguishedName& other) {
  for (const auto& [type, value] : identity) {
    const auto found = other.find(type);
    if ((found == other.end() ? std::string_view() : std::string_view(found->second)) != value)
      return false;
  }
  return true;
}

}  // namespace countersign::trust
