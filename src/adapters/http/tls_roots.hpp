#pragma once
/// Trust anchors for TLS beside the system's: one shared OpenSSL store instead of parsing PEM for
/// every connection.
///
/// Source: oci-registry 5.1 ("the system pool plus the given files"), 6.5 (why a shared store).

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): OpenSSL's own name.
struct x509_store_st;

namespace countersign::http {

using SharedStore = std::shared_ptr<x509_store_st>;

/// At least one certificate, each of them a CA, and no broken PEM block.
/// Errors: `kInternalError`, reason "CA_FILE".
[[nodiscard]] Status check_roots(std::string_view pem);

/// The certificates of `system_file` and of every text.
/// Errors: as `check_roots`; a `system_file` that cannot be read is an error too.
Result<SharedStore> load_roots(const std::string& system_file,
                               std::span<const std::string> pem_texts);

}  // namespace countersign::http
