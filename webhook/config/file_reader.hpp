#pragma once
/// How the files that a configuration names are reached. Paths are as the operator wrote them.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/files/trust_directory.hpp"
#include "base/result.hpp"

namespace countersign::config {

/// Errors of all: as adapters/files/read_file.hpp, without the path.
class FileReader {
 public:
  FileReader() = default;
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;
  virtual ~FileReader() = default;

  [[nodiscard]] virtual Result<std::string> read(const std::string& path,
                                                 std::size_t limit) const = 0;
  /// What stands in a folder, by name.
  [[nodiscard]] virtual Result<std::vector<std::string>> names(const std::string& folder) const = 0;
  [[nodiscard]] virtual Result<files::TrustStoreFiles> trust_directory(
      const std::string& folder) const = 0;
  /// Where a file is, for what opens it itself: not a matter of this class then is whether it is
  /// there.
  [[nodiscard]] virtual std::string location(const std::string& path) const = 0;
};

/// Files of the disk; relative paths begin at the configuration file's folder. Links are followed
/// while they stay in the folder of the file that is named, and a relative path without `..` does
/// not leave the configuration's folder.
class DiskReader final : public FileReader {
 public:
  /// `configuration_file` as on the command line.
  explicit DiskReader(std::string_view configuration_file);

  [[nodiscard]] Result<std::string> read(const std::string& path, std::size_t limit) const override;
  [[nodiscard]] Result<std::vector<std::string>> names(const std::string& folder) const override;
  [[nodiscard]] Result<files::TrustStoreFiles> trust_directory(
      const std::string& folder) const override;
  [[nodiscard]] std::string location(const std::string& path) const override { return full(path); }

 private:
  [[nodiscard]] std::string full(const std::string& path) const;
  [[nodiscard]] Status check_stays(const std::string& path, const std::string& folder) const;

  std::string folder_;
};

}  // namespace countersign::config
