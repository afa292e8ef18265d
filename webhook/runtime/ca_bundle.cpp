#include "runtime/ca_bundle.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace countersign::runtime {

CaBundle::~CaBundle() {
  if (path_.empty()) return;
  std::error_code ignored;
  std::filesystem::remove_all(std::filesystem::path(path_).parent_path(), ignored);
}

Result<CaBundle> CaBundle::write(const std::string& pem) {
  std::error_code error;
  std::string folder =
      (std::filesystem::temp_directory_path(error) / "countersign-XXXXXX").string();
  if (error || mkdtemp(folder.data()) == nullptr)
    return Error::mistake("CA_BUNDLE", "cannot make a folder for the CA bundle");
  CaBundle bundle;
  bundle.path_ = folder + "/ca.crt";
  std::ofstream file(bundle.path_, std::ios::binary);
  file << pem;
  file.close();
  if (!file) return Error::mistake("CA_BUNDLE", "cannot write " + bundle.path_);
  return bundle;
}

}  // namespace countersign::runtime
