#pragma once
/// Distinguished names as a trust policy writes them, and the matching of a leaf's subject against
/// them.
///
/// Source: notary-verification PO-50 to PO-57 (an RFC 4514 dialect; types are case-sensitive, C, ST
/// and O mandatory).

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "x509/name.hpp"

namespace countersign::trust {

/// Attribute type to value, e.g. {"C": "US", "ST": "WA", "O": "Acme"}.
using DistinguishedName = std::map<std::string, std::string, std::less<>>;

/// Errors: reason PO-50 to PO-54; outcome `kIdentityMismatch`.
Result<DistinguishedName> parse_distinguished_name(std::string_view text);

/// The map of a certificate's subject (PO-55). Errors, each with its attribute: types without a
/// name, several values of one type, a value with "=#", a mandatory attribute missing.
Result<DistinguishedName> subject_attributes(const x509::Name& subject);

/// True if every attribute of `identity` has exactly that value in `subject`; absent compares as
/// empty (PO-56).
[[nodiscard]] bool is_subset(const DistinguishedName& identity, const DistinguishedName& subject);

}  // namespace countersign::trust
