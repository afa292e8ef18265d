#include "config/file_reader.hpp"

#include <filesystem>

#include "adapters/files/read_file.hpp"

namespace countersign::config {
namespace {

namespace fs = std::filesystem;

std::string folder_of(std::string_view file) {
  const std::string folder = fs::path(file).parent_path().string();
  return folder.empty() ? "." : folder;
}

bool is_below(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return path.is_relative() && *normal.begin() != "..";
}

}  // namespace

DiskReader::DiskReader(std::string_view configuration_file)
    : folder_(folder_of(configuration_file)) {}

std::string DiskReader::full(const std::string& path) const {
  return (fs::path(folder_) / path).string();
}

Status DiskReader::check_stays(const std::string& path, const std::string& folder) const {
  if (!is_below(path)) return ok();
  return files::check_within(folder, folder_);
}

Result<std::string> DiskReader::read(const std::string& path, std::size_t limit) const {
  const std::string file = full(path);
  COUNTERSIGN_CHECK(check_stays(path, folder_of(file)));
  return files::read_file(file, limit, files::LinkRule::kWithinFolder);
}

Result<std::vector<std::string>> DiskReader::names(const std::string& folder) const {
  const std::string path = full(folder);
  COUNTERSIGN_CHECK(check_stays(folder, path));
  COUNTERSIGN_TRY(const std::vector<files::Entry> entries, files::list_folder(path));
  std::vector<std::string> names;
  for (const files::Entry& entry : entries) names.push_back(entry.name);
  return names;
}

Result<files::TrustStoreFiles> DiskReader::trust_directory(const std::string& folder) const {
  return files::read_trust_directory(full(folder));
}

}  // namespace countersign::config
