#pragma once
/// Files of the operator's, read whole and bounded.
///
/// Kubernetes mounts ConfigMaps and Secrets as symbolic links into a hidden folder that is swapped
/// as a whole
/// (`tls.crt -> ..data/tls.crt`, `..data -> ..2026_01_01_00_00_00.1/`). So links are followed where
/// the configuration names a file, but only while they stay in the folder that the file stands in:
/// a link that leads elsewhere is an error. Notation's own directories are read literally, where
/// any link is an error.
///
/// Errors have the outcome `kInternalError` (a file alone decides nothing) and one of the reasons
/// "FILE_MISSING", "FILE_FORBIDDEN", "FILE_KIND", "FILE_LINK", "FILE_TOO_LARGE", "FILE_IO".
/// Messages do not repeat the path: callers know how the operator wrote it.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace countersign::files {

enum class LinkRule : std::uint8_t {
  kRefuse,        ///< the file itself must not be a link
  kWithinFolder,  ///< followed while the target stays in the file's folder or below it
  kFollow,        ///< followed anywhere: files that a person names on the command line
};

/// The bytes of a regular file of at most `limit` bytes. Never blocks on a pipe or device.
Result<std::string> read_file(const std::string& path, std::size_t limit, LinkRule rule);

enum class EntryKind : std::uint8_t { kFile, kFolder, kLink, kOther };
struct Entry {
  std::string name;
  EntryKind kind =
      EntryKind::kOther;  ///< of the entry itself: a link is a link, whatever it leads to
};

inline constexpr std::size_t kMaxFolderEntries = 10'000;

/// The entries of a folder, by name, without "." and "..". At most `kMaxFolderEntries`.
Result<std::vector<Entry>> list_folder(const std::string& path);

/// Errors unless `path`, with all links resolved, stands in `folder` or below it.
Status check_within(const std::string& path, const std::string& folder);

}  // namespace countersign::files
