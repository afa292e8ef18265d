#pragma once
/// A trust store directory in notation's layout: `x509/{ca,signingAuthority,tsa}/NAME/*`.
///
/// Source: notary-verification TR-1 to TR-4, read literally: neither a store's folder nor an entry
/// of it may be a link (the folders above may), and one entry that is not a regular file spoils the
/// whole store (the specification would skip it; the reference fails, and so do we). Deviations:
/// names "." and ".." cannot occur; folders whose name no policy could write are left out. Left to
/// the caller: what the files hold, and which stores a policy names. A store that is not in the
/// result does not exist.

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "trust/trust_store.hpp"

namespace countersign::files {

/// Each store on its own: a broken one does not hide the others (TR-10). Errors of a store have the
/// outcome `kUntrustedSigner`, which is what a signature that needs the store ends in, and the
/// reason "TR-3" (the store is no folder) or "TR-4" (an entry of it cannot be read as a file).
using TrustStoreFiles = std::map<trust::StoreId, Result<std::vector<trust::StoreFile>>>;

inline constexpr std::size_t kMaxCertificateFileBytes = std::size_t{1024} * 1024;
inline constexpr std::size_t kMaxStoreBytes = std::size_t{100} * 1024 * 1024;
inline constexpr std::size_t kMaxStoreFiles = 10'000;

/// `path` is the folder that contains `x509/`.
/// Errors: as `read_file`, when that folder or its `x509` cannot be read.
Result<TrustStoreFiles> read_trust_directory(const std::string& path);

}  // namespace countersign::files
