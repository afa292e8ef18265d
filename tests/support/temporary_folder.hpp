#pragma once
/// A folder of the test's own, removed with everything in it.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace countersign::testing {

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "countersign-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    path_ = std::filesystem::canonical(pattern);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string path(std::string_view name = "") const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }
  /// Makes the folders on the way too.
  void write(std::string_view name, std::string_view content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
  }
  void folder(std::string_view name) const { std::filesystem::create_directories(path_ / name); }
  void link(std::string_view name, std::string_view target) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::filesystem::create_symlink(target, path_ / name);
  }

  /// One file of a Kubernetes volume mounted at `mount`: `NAME -> ..data/NAME`, `..data ->
  /// ..2026_01_01.1/`.
  void project(std::string_view mount, std::string_view name, std::string_view content) const {
    const std::string at = std::string(mount) + "/";
    write(at + "..2026_01_01.1/" + std::string(name), content);
    if (!std::filesystem::is_symlink(path_ / (at + "..data")))
      link(at + "..data", "..2026_01_01.1");
    const std::string top(name.substr(0, name.find('/')));
    if (!std::filesystem::is_symlink(path_ / (at + top))) link(at + top, "..data/" + top);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace countersign::testing
