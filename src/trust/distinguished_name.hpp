#pragma once
/// Distinguished names as a trust policy writes them, and the matching of a leaf's subject against
/// them.
///
/// Source: notary-verification PO-50 to PO-57 (an RFC 4514 dialect; types are case-sensitive, C, ST
/// and O mandatory in an identity); decisions 38.

#include <functional>
#include <map>
#include <set>
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

/// A certificate's subject, as far as an identity can name it (PO-55).
struct SubjectAttributes {
  DistinguishedName values;
  std::set<std::string, std::less<>> repeated;  ///< types that stand there more than once
};
/// Attributes whose type has no name do not matter.
[[nodiscard]] SubjectAttributes subject_attributes(const x509::Name& subject);

/// True if every attribute of `identity` has exactly that value in the subject; absent compares as
/// empty, and what stands there twice matches nothing (PO-55, PO-56).
[[nodiscard]] bool matches(const DistinguishedName& identity, const SubjectAttributes& subject);

/// The same for two identities (PO-57).
[[nodiscard]] bool is_subset(const DistinguishedName& identity, const DistinguishedName& other);

/// The first attribute type of `identity` that no subject can have under that name; empty if there
/// is none.
[[nodiscard]] std::string_view unknown_type(const DistinguishedName& identity);

}  // namespace countersign::trust
