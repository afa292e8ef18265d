#pragma once
/// The values of the extensions that this program reads or must refuse when malformed. Internal to
/// x509/. Source: notary-verification CE-1; RFC 5280 4.2.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "x509/certificate.hpp"

namespace countersign::x509::extensions {

[[nodiscard]] std::optional<BasicConstraints> basic_constraints(BytesView value);
[[nodiscard]] std::optional<KeyUsage> key_usage(BytesView value);
[[nodiscard]] std::optional<ExtendedKeyUsage> extended_key_usage(BytesView value);
/// One Extension of a list of Extensions: type, criticality and the content of its value.
struct Extension {
  std::string_view type;
  bool critical = false;
  BytesView value;
};
/// The extensions that make up all of `list`, each type once. Nothing if it is malformed.
[[nodiscard]] std::optional<std::vector<Extension>> read_list(BytesView list);
/// URIs of every fullName up to the first other kind of name (RV-30).
[[nodiscard]] std::optional<std::vector<std::string>> distribution_points(BytesView value);
[[nodiscard]] std::optional<std::vector<std::string>> ocsp_locations(BytesView value);
[[nodiscard]] bool well_formed_alt_names(BytesView value);
[[nodiscard]] bool well_formed_name_constraints(BytesView value);
[[nodiscard]] bool well_formed_policies(BytesView value);
[[nodiscard]] bool well_formed_authority_key_id(BytesView value);
[[nodiscard]] bool well_formed_subject_key_id(BytesView value);

}  // namespace countersign::x509::extensions
