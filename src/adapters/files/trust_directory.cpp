#include "adapters/files/trust_directory.hpp"

#include <array>
#include <string_view>

#include "adapters/files/read_file.hpp"
#include "base/text.hpp"

namespace countersign::files {
namespace {

constexpr std::array kStoreTypes = {trust::StoreType::kCa, trust::StoreType::kSigningAuthority,
                                    trust::StoreType::kTsa};

Error spoiled(Reason reason, const trust::StoreId& id, std::string_view what) {
  return {Outcome::kUntrustedSigner, reason,
          "trust store " + id.to_string() + ": " + std::string(what)};
}

Result<std::vector<trust::StoreFile>> read_store(const std::string& path,
                                                 const trust::StoreId& id) {
  auto entries = list_folder(path);
  if (!entries) return spoiled("TR-3", id, entries.error().message());
  std::vector<trust::StoreFile> store;
  std::size_t total = 0;
  for (const Entry& entry : *entries) {
    const std::string name = printable(entry.name);
    if (entry.kind == EntryKind::kLink) return spoiled("TR-4", id, name + " is a symbolic link");
    if (entry.kind != EntryKind::kFile) return spoiled("TR-4", id, name + " is not a regular file");
    auto bytes = read_file(path + "/" + entry.name, kMaxCertificateFileBytes, LinkRule::kRefuse);
    if (!bytes) return spoiled("TR-4", id, name + ": " + bytes.error().message());
    total += bytes->size();
    if (total > kMaxStoreBytes)
      return spoiled("TR-4", id, "the files together are larger than 100 MiB");
    store.push_back({name, Bytes(bytes->begin(), bytes->end())});
  }
  return store;
}

Result<std::vector<trust::StoreFile>> read_store_entry(const std::string& folder,
                                                       const Entry& entry,
                                                       const trust::StoreId& id) {
  if (entry.kind == EntryKind::kLink)
    return spoiled("TR-3", id, "the store's folder is a symbolic link");
  if (entry.kind != EntryKind::kFolder) return spoiled("TR-3", id, "is not a folder");
  return read_store(folder + "/" + entry.name, id);
}

}  // namespace

Result<TrustStoreFiles> read_trust_directory(const std::string& path) {
  const std::string root = path + "/x509";
  if (auto top = list_folder(root); !top) {
    if (auto outer = list_folder(path); !outer) return std::move(outer).error();
    return std::move(top).error().while_doing("its folder x509");
  }
  TrustStoreFiles stores;
  for (const trust::StoreType type : kStoreTypes) {
    const std::string type_name(trust::name(type));
    const std::string folder = root + "/" + type_name;
    auto entries = list_folder(folder);
    if (!entries && entries.error().reason() == Reason("FILE_MISSING")) continue;
    if (!entries) return std::move(entries).error().while_doing("its folder x509/" + type_name);
    for (const Entry& entry : *entries) {
      if (!trust::is_store_name(entry.name)) continue;
      const trust::StoreId id{type, entry.name};
      stores.emplace(id, read_store_entry(folder, entry, id));
    }
  }
  return stores;
}

}  // namespace countersign::files
