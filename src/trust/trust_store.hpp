#pragma once
/// Named sets of certificates that a signature's chain is compared with.
///
/// Source: notary-verification 7.1, TR-2 and TR-6 to TR-12. Left to the caller: reading files and
/// directories (TR-3, TR-4 live in adapters/files).

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "x509/certificate.hpp"

namespace countersign::trust {

enum class StoreType : std::uint8_t { kCa, kSigningAuthority, kTsa };
[[nodiscard]] std::string_view name(StoreType type) noexcept;  ///< "ca", "signingAuthority", "tsa"
[[nodiscard]] std::optional<StoreType> store_type_named(std::string_view text) noexcept;

/// `^[a-zA-Z0-9_.-]+$`, and neither "." nor ".." (TR-2).
[[nodiscard]] bool is_store_name(std::string_view text) noexcept;

/// "ca:shop"
struct StoreId {
  StoreType type = StoreType::kCa;
  std::string name;
  [[nodiscard]] std::string to_string() const;
  friend auto operator<=>(const StoreId&, const StoreId&) = default;
};

struct StoreFile {
  std::string name;  ///< for messages
  Bytes content;
};

/// All certificates of PEM or DER text: with any PEM block in it every block must be a certificate,
/// otherwise concatenated DER (TR-6). At least one. Errors: `kUntrustedSigner`, reason TR-6.
Result<std::vector<x509::Certificate>> parse_certificates(BytesView content);

/// One store from its files. Errors: `kUntrustedSigner` with TR-6, TR-7, TR-8 or TR-9; the message
/// names the file.
Result<std::vector<x509::Certificate>> load_store(StoreType type, std::span<const StoreFile> files);

/// What is known of every store that a policy names: its certificates, or why it cannot be used. A
/// store that is not here does not exist.
using TrustStores = std::map<StoreId, Result<std::vector<x509::Certificate>>>;

/// The certificates of one store; they live as long as `stores`. Errors: `kUntrustedSigner`; the
/// message names the store.
Result<const std::vector<x509::Certificate>*> find_store(const TrustStores& stores,
                                                         const StoreId& id);

}  // namespace countersign::trust
