#pragma once
/// CRLs on disk, so that they survive a restart. Whatever comes from there is verified as if it
/// came from the network; whatever goes wrong there is as if nothing was there (RV-36).
///
/// Each list is one file, written beside its place and renamed. The folder may be shared by several
/// processes and holds at most `kMaxFiles` and `kMaxBytes` of ours; the oldest go first. Other
/// files are left alone.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace countersign::responders {

class CrlFolder {
 public:
  static constexpr std::size_t kMaxFiles = 256;
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{256} * 1024 * 1024;

  explicit CrlFolder(std::string path, std::uint64_t max_bytes = kMaxBytes)
      : path_(std::move(path)), max_bytes_(max_bytes) {}

  /// Nothing if there is none, or none that can be read.
  [[nodiscard]] std::optional<std::string> load(std::string_view key) const;
  /// Errors are for the log: "FILE_IO".
  Result<void> save(std::string_view key, std::string_view der) const;

 private:
  [[nodiscard]] std::string file_of(std::string_view key) const;
  void make_room(std::uint64_t bytes) const;

  std::string path_;
  std::uint64_t max_bytes_;
};

}  // namespace countersign::responders
