#include "x509/extensions.hpp"

#include <algorithm>

#include "x509/der.hpp"
#include "x509/oid.hpp"

namespace countersign::x509::extensions {
namespace {

constexpr unsigned kEmailName = 1;
constexpr unsigned kDnsName = 2;
constexpr unsigned kUriName = 6;
constexpr unsigned kIpName = 7;
/// Of a CRL, of one of its entries, or of an OCSP response: each has a handful.
constexpr std::size_t kMaxExtensions = 32;

bool is_ia5(BytesView text) {
  return std::ranges::all_of(text, [](std::uint8_t c) { return c < 0x80; });
}

/// [user@]host[:port] with whole brackets around an IPv6 address and digits as port.
bool plausible_authority(std::string_view authority) {
  if (authority.contains(' ')) return false;
  const std::size_t user = authority.rfind('@');
  std::string_view host = user == std::string_view::npos ? authority : authority.substr(user + 1);
  if (host.starts_with('[')) {
    const std::size_t end = host.find(']');
    if (end == std::string_view::npos) return false;
    host.remove_prefix(end + 1);
    if (!host.empty() && !host.starts_with(':')) return false;
  }
  if (host.find_first_of("[]") != std::string_view::npos) return false;
  const std::size_t port = host.rfind(':');
  return port == std::string_view::npos ||
         host.find_first_not_of("0123456789", port + 1) == std::string_view::npos;
}

/// A URI that could be parsed at all: a scheme, no control characters, whole percent escapes, an
/// authority of its form.
bool plausible_uri(BytesView bytes) {
  const std::string_view text = as_text(bytes);
  const auto hex = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<std::uint8_t>(text[i]);
    if (c < 0x20 || c >= 0x7F) return false;
    if (text[i] == '%' && (i + 2 >= text.size() || !hex(text[i + 1]) || !hex(text[i + 2])))
      return false;
  }
  if (text.starts_with(':')) return false;
  const std::size_t authority = text.find("://");
  if (authority == std::string_view::npos) return true;
  const std::size_t end = std::min(text.find_first_of("/?#", authority + 3), text.size());
  return plausible_authority(text.substr(authority + 3, end - authority - 3));
}

/// Calls `check` for each element of the SEQUENCE that is all of `value`; false as soon as one
/// fails.
template <class Check>
bool each_of_sequence(BytesView value, Check check) {
  const auto sequence = der::only(value, der::kSequence);
  if (!sequence) return false;
  der::Reader reader(sequence->content);
  while (!reader.empty()) {
    const auto element = reader.read();
    if (!element || !check(*element)) return false;
  }
  return true;
}

bool well_formed_subtrees(BytesView subtrees) {
  der::Reader reader(subtrees);
  while (!reader.empty()) {
    const auto subtree = reader.read(der::kSequence);
    if (!subtree) return false;
    der::Reader parts(subtree->content);
    const auto base = parts.read();
    if (!base) return false;
    const bool text = base->tag == der::context(kEmailName) ||
                      base->tag == der::context(kDnsName) || base->tag == der::context(kUriName);
    if (text && !is_ia5(base->content)) return false;
    if (base->tag == der::context(kIpName) && base->content.size() != 8 &&
        base->content.size() != 32)
      return false;
  }
  return true;
}

}  // namespace

std::optional<BasicConstraints> basic_constraints(BytesView value) {
  const auto sequence = der::only(value, der::kSequence);
  if (!sequence) return std::nullopt;
  BasicConstraints constraints;
  der::Reader reader(sequence->content);
  if (const auto ca = reader.read(der::kBoolean)) {
    const auto flag = der::boolean(*ca);
    if (!flag) return std::nullopt;
    constraints.is_ca = *flag;
  }
  if (const auto length = reader.read(der::kInteger)) {
    constraints.path_length = der::small_integer(*length);
    if (!constraints.path_length) return std::nullopt;
  }
  if (!reader.empty()) return std::nullopt;
  return constraints;
}

std::optional<KeyUsage> key_usage(BytesView value) {
  const auto bits = der::only(value, der::kBitString);
  if (!bits || bits->content.empty() || bits->content[0] > 7) return std::nullopt;
  const unsigned unused = bits->content[0];
  if (bits->content.size() == 1 && unused != 0) return std::nullopt;
  if (bits->content.size() > 1 && (bits->content.back() & ((1U << unused) - 1U)) != 0)
    return std::nullopt;
  KeyUsage usage;
  for (unsigned bit = 0; bit < 9; ++bit) {
    const std::size_t octet = 1 + bit / 8;
    if (octet >= bits->content.size()) break;
    if ((bits->content[octet] & (0x80U >> (bit % 8))) != 0) usage.bits |= 1U << bit;
  }
  return usage;
}

std::optional<ExtendedKeyUsage> extended_key_usage(BytesView value) {
  ExtendedKeyUsage usage;
  const bool read = each_of_sequence(value, [&](const der::Element& purpose) {
    if (!der::is_oid(purpose)) return false;
    usage.purposes.emplace_back(as_text(purpose.content));
    return true;
  });
  if (!read) return std::nullopt;
  return usage;
}

std::optional<std::vector<Extension>> read_list(BytesView list) {
  std::vector<Extension> out;
  const bool read = each_of_sequence(list, [&](const der::Element& element) {
    if (element.tag != der::kSequence) return false;
    der::Reader parts(element.content);
    const auto type = parts.read(der::kOid);
    Extension extension;
    if (const auto flag = parts.read(der::kBoolean)) {
      const auto value = der::boolean(*flag);
      if (!value) return false;
      extension.critical = *value;
    }
    const auto value = parts.read(der::kOctetString);
    if (!type || !der::is_oid(*type) || !value || !parts.empty()) return false;
    extension.type = as_text(type->content);
    extension.value = value->content;
    if (std::ranges::find(out, extension.type, &Extension::type) != out.end()) return false;
    out.push_back(extension);
    return out.size() <= kMaxExtensions;
  });
  if (!read) return std::nullopt;
  return out;
}

std::optional<std::vector<std::string>> distribution_points(BytesView value) {
  std::vector<std::string> urls;
  const bool read = each_of_sequence(value, [&](const der::Element& point) {
    if (point.tag != der::kSequence) return false;
    der::Reader parts(point.content);
    if (!parts.next_is(der::context_constructed(0)))
      return true;  // no distributionPoint: only issuer or reasons
    const auto name = parts.read();
    if (!name) return false;
    der::Reader choice(name->content);
    const auto full_name =
        choice.read(der::context_constructed(0));  // nameRelativeToCRLIssuer is refused
    if (!full_name) return false;
    der::Reader names(full_name->content);
    while (names.next_is(der::context(kUriName))) {
      const auto uri = names.read();
      if (!uri || !is_ia5(uri->content)) return false;
      urls.emplace_back(as_text(uri->content));
    }
    return true;
  });
  if (!read) return std::nullopt;
  return urls;
}

std::optional<std::vector<std::string>> ocsp_locations(BytesView value) {
  std::vector<std::string> urls;
  const bool read = each_of_sequence(value, [&](const der::Element& description) {
    if (description.tag != der::kSequence) return false;
    der::Reader parts(description.content);
    const auto method = parts.read(der::kOid);
    const auto location = parts.read();
    if (!method || !location || !parts.empty()) return false;
    if (location->tag != der::context(kUriName)) return true;
    if (!is_ia5(location->content)) return false;
    if (as_text(method->content) == oid::kOcsp) urls.emplace_back(as_text(location->content));
    return true;
  });
  if (!read) return std::nullopt;
  return urls;
}

bool well_formed_alt_names(BytesView value) {
  return each_of_sequence(value, [](const der::Element& name) {
    if ((name.tag & 0xC0U) != 0x80U) return false;
    if (name.tag == der::context(kEmailName) || name.tag == der::context(kDnsName))
      return is_ia5(name.content);
    if (name.tag == der::context(kUriName))
      return is_ia5(name.content) && plausible_uri(name.content);
    if (name.tag == der::context(kIpName))
      return name.content.size() == 4 || name.content.size() == 16;
    return true;
  });
}

bool well_formed_name_constraints(BytesView value) {
  const auto sequence = der::only(value, der::kSequence);
  if (!sequence || sequence->content.empty()) return false;
  der::Reader reader(sequence->content);
  for (const unsigned which : {0U, 1U}) {
    if (!reader.next_is(der::context_constructed(which))) continue;
    const auto subtrees = reader.read();
    if (!subtrees || !well_formed_subtrees(subtrees->content)) return false;
  }
  return reader.empty();
}

bool well_formed_policies(BytesView value) {
  return each_of_sequence(value, [](const der::Element& policy) {
    if (policy.tag != der::kSequence) return false;
    der::Reader parts(policy.content);
    return parts.read(der::kOid).has_value();
  });
}

bool well_formed_authority_key_id(BytesView value) {
  return der::only(value, der::kSequence).has_value();
}

bool well_formed_subject_key_id(BytesView value) {
  return der::only(value, der::kOctetString).has_value();
}

}  // namespace countersign::x509::extensions
