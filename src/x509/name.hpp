#pragma once
/// Distinguished names of certificates.
///
/// Source: RFC 5280 4.1.2.4; notary-verification CE-1 (character sets), CE-6 (compare raw DER),
/// PO-55.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace countersign::x509 {

struct NameAttribute {
  std::string oid;    ///< content octets of the type
  std::string value;  ///< UTF-8, whatever the ASN.1 string type was
};

/// Relative distinguished names in the order of the certificate.
using Name = std::vector<std::vector<NameAttribute>>;

/// Reads a DER Name that makes up all of `der`. Nothing for bad structure, a string type that is
/// not understood (UniversalString) or characters outside the declared type.
[[nodiscard]] std::optional<Name> parse_name(BytesView der);

/// "CN=…,O=…,C=…": last RDN first, as users of the reference know it. Unknown types appear as
/// dotted numbers.
[[nodiscard]] std::string to_string(const Name& name);

/// "C", "O", "OU", "CN", "SERIALNUMBER", "L", "ST", "STREET", "POSTALCODE"; empty for any other
/// type.
[[nodiscard]] std::string_view attribute_short_name(std::string_view oid) noexcept;

}  // namespace countersign::x509
