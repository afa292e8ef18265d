#include "config/materials.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "config/loader.hpp"
#include "support/matchers.hpp"
#include "support/temporary_folder.hpp"

namespace countersign::config {
namespace {

using countersign::testing::FailsWith;
using countersign::testing::IsOk;
using countersign::testing::TemporaryFolder;
using trust::StoreId;
using trust::StoreType;

const std::string kHead = "apiVersion: countersign.dev/v1alpha1\nkind: Configuration\n";

Configuration loaded(const std::string& text) {
  Problems problems("c.yaml");
  auto configuration = load_configuration(kHead + text, problems);
  EXPECT_TRUE(problems.empty()) << problems.to_string();
  return configuration;
}

Checked<Materials> read(const Configuration& configuration, const FileReader& reader) {
  Problems problems(configuration.file);
  auto materials = read_materials(configuration, reader, problems);
  return checked(std::move(materials), std::move(problems));
}

std::string shown(const StoreMaterial& store) {
  if (!store.files) return store.files.error().message();
  std::string out;
  for (const auto& file : *store.files)
    out += file.name + "=" + std::string(as_text(file.content)) + " ";
  return out;
}

/// Files in memory, and what was asked for.
class FakeFiles final : public FileReader {
 public:
  std::map<std::string, std::string> files;
  std::map<std::string, std::vector<std::string>> folders;
  std::optional<files::TrustStoreFiles> directory;
  mutable std::vector<std::string> asked;

  Result<std::string> read(const std::string& path, std::size_t limit) const override {
    asked.push_back(path);
    const auto found = files.find(path);
    if (found == files.end())
      return Error(Outcome::kInternalError, "FILE_MISSING", "no such file or folder");
    if (found->second.size() > limit)
      return Error(Outcome::kInternalError, "FILE_TOO_LARGE", "larger than 1 MiB");
    return found->second;
  }
  Result<std::vector<std::string>> names(const std::string& folder) const override {
    const auto found = folders.find(folder);
    if (found == folders.end())
      return Error(Outcome::kInternalError, "FILE_MISSING", "no such file or folder");
    return found->second;
  }
  Result<files::TrustStoreFiles> trust_directory(const std::string& /*folder*/) const override {
    if (!directory) return Error(Outcome::kInternalError, "FILE_MISSING", "no such file or folder");
    return *directory;
  }
  std::string location(const std::string& path) const override { return "/configuration/" + path; }
};

class ReadMaterials : public ::testing::Test {
 protected:
  FakeFiles disk;

  std::string problems(const std::string& text) {
    const auto materials = read(loaded(text), disk);
    EXPECT_EQ(materials.has_value(), materials.problems().empty());
    return materials.problems().to_string();
  }
  Materials materials(const std::string& text) {
    auto materials = read(loaded(text), disk);
    EXPECT_TRUE(materials) << materials.problems().to_string();
    return materials ? *std::move(materials) : Materials{};
  }
};

TEST_F(ReadMaterials, ReadsEverythingThatIsNamed) {
  disk.files = {{"p.json", "{}"}, {"a.pem", "A"}, {"ca.pem", "CA"},
                {"d.json", "D"},  {"t.crt", "T"}, {"t.key", "K"}};
  const Materials got =
      materials(R"(trust: {policy: p.json, stores: [{type: ca, name: shop, files: [a.pem]}]}
registries: [{match: a.io, ca: ca.pem, credentials: {dockerConfig: d.json}}]
server: {tls: {certificate: t.crt, key: t.key}}
)");
  EXPECT_EQ(got.policy.json, "{}");
  EXPECT_EQ(got.policy.source, "p.json");
  EXPECT_EQ(got.policy.place, (Place{3, 17}));
  ASSERT_EQ(got.stores.size(), 1U);
  EXPECT_EQ(shown(got.stores.at({StoreType::kCa, "shop"})), "a.pem=A ");
  EXPECT_EQ(got.stores.at({StoreType::kCa, "shop"}).place, (Place{3, 34}));
  EXPECT_EQ(got.registry_ca.at("a.io"), "CA");
  EXPECT_EQ(got.registry_docker_config.at("a.io"), "D");
  ASSERT_TRUE(got.serving);
  EXPECT_EQ(got.serving->certificate_pem, "T");
  EXPECT_EQ(got.serving->key_pem, "K");
}

TEST_F(ReadMaterials, ReadsNothingThatIsNotNamed) {
  disk.files = {{"a.pem", "A"}};
  const Materials got = materials(
      "trust: {policy: {version: \"1.0\"}, stores: [{type: ca, name: s, files: [a.pem]}]}\n");
  EXPECT_EQ(disk.asked, std::vector<std::string>{"a.pem"});
  EXPECT_EQ(got.policy.json, R"({"version":"1.0"})");
  EXPECT_EQ(got.policy.source, "c.yaml:3:17");
  EXPECT_FALSE(got.serving);
}

TEST_F(ReadMaterials, TellsEverythingThatCannotBeReadAtOnceAndWhatIsBesideIt) {
  disk.folders["."] = {"..data", "trustpolicy.json"};
  disk.folders["certs"] = {"shop-root.pem", "other.pem"};
  disk.files["empty.pem"] = "";
  disk.files["large.json"] = std::string(kMaxDockerConfigBytes + 1, ' ');
  EXPECT_EQ(
      problems(R"(trust:
  policy: trust-policy.json
  directory: truststore
  stores: [{type: ca, name: shop, files: [certs/shoproot.pem, empty.pem]}]
registries: [{match: a.io, ca: missing/ca.pem, credentials: {dockerConfig: large.json}}]
server: {tls: {certificate: t.crt, key: t.key}}
)"),
      R"(c.yaml:4:11: trust.policy: cannot read "trust-policy.json": no such file or folder; did you mean "trustpolicy.json"?
c.yaml:5:14: trust.directory: cannot read "truststore": no such file or folder
c.yaml:6:43: trust store "ca:shop": cannot read "certs/shoproot.pem": no such file or folder; did you mean "certs/shop-root.pem"?
c.yaml:6:63: trust store "ca:shop": "empty.pem" is empty
c.yaml:7:32: ca of "a.io": cannot read "missing/ca.pem": no such file or folder
c.yaml:7:76: dockerConfig of "a.io": cannot read "large.json": larger than 1 MiB
c.yaml:8:29: server.tls.certificate: cannot read "t.crt": no such file or folder
c.yaml:8:41: server.tls.key: cannot read "t.key": no such file or folder
)");
}

TEST_F(ReadMaterials, ExpandsPatternsInTheLastComponent) {
  disk.folders["certs"] = {"..2026_01_01", "..data", ".b.pem", "a.pem", "c.crt"};
  disk.folders["."] = {"x1", "x22"};
  disk.folders["/"] = {"r.pem"};
  disk.files = {{"p", "{}"},          {"certs/a.pem", "A"}, {"certs/.b.pem", "B"},
                {"certs/c.crt", "C"}, {"x1", "X"},          {"/r.pem", "R"}};
  const auto store = [&](const std::string& files) {
    const Materials got =
        materials("trust: {policy: p, stores: [{type: ca, name: s, files: " + files + "}]}\n");
    return shown(got.stores.at({StoreType::kCa, "s"}));
  };
  EXPECT_EQ(store("[\"certs/*.pem\"]"), "certs/.b.pem=B certs/a.pem=A ");
  EXPECT_EQ(store("[\"certs/*\"]"), "certs/.b.pem=B certs/a.pem=A certs/c.crt=C ");
  EXPECT_EQ(store("[\"x?\"]"), "x1=X ");
  EXPECT_EQ(store("[\"/*.pem\"]"), "/r.pem=R ");
  EXPECT_EQ(store("[certs/c.crt, \"certs/*\", certs/a.pem]"),
            "certs/c.crt=C certs/.b.pem=B certs/a.pem=A ")
      << "each file once";
}

TEST_F(ReadMaterials, RefusesPatternsThatMatchNothingOrFolders) {
  disk.folders["certs"] = {"..data"};
  disk.files["p"] = "{}";
  EXPECT_EQ(problems("trust: {policy: p, stores: [{type: ca, name: s, files: [\"certs/*\", "
                     "\"c*/a.pem\", \"no/*\"]}]}\n"),
            "c.yaml:3:57: trust store \"ca:s\": \"certs/*\" matches no file\n"
            "c.yaml:3:68: trust store \"ca:s\": in \"c*/a.pem\" a \"*\" or \"?\" stands before the "
            "last \"/\"\n"
            "c.yaml:3:80: trust store \"ca:s\": cannot read \"no\": no such file or folder\n");
}

TEST_F(ReadMaterials, BoundsAStoreAsAWhole) {
  disk.files["p"] = "{}";
  const std::string content(files::kMaxCertificateFileBytes, 'x');
  for (int i = 0; i < 101; ++i) {
    disk.folders["c"].push_back(std::to_string(i));
    disk.files["c/" + std::to_string(i)] = content;
  }
  EXPECT_EQ(problems("trust: {policy: p, stores: [{type: ca, name: s, files: [\"c/*\"]}]}\n"),
            "c.yaml:3:57: trust store \"ca:s\" is larger than 100 MiB\n");
}

TEST_F(ReadMaterials, KeepsABrokenStoreOfTheDirectoryForThoseWhoNeedIt) {
  disk.files["p"] = "{}";
  disk.directory.emplace();
  disk.directory->emplace(StoreId{StoreType::kCa, "good"},
                          std::vector<trust::StoreFile>{{"a", Bytes{'A'}}});
  disk.directory->emplace(StoreId{StoreType::kTsa, "bad"},
                          Error(Outcome::kUntrustedSigner, "TR-4", "a link"));
  const Materials got = materials("trust: {policy: p, directory: d}\n");
  EXPECT_EQ(shown(got.stores.at({StoreType::kCa, "good"})), "a=A ");
  EXPECT_THAT(got.stores.at({StoreType::kTsa, "bad"}).files,
              FailsWith(Outcome::kUntrustedSigner, "TR-4"));
  EXPECT_EQ(got.stores.at({StoreType::kTsa, "bad"}).place, (Place{3, 31}));
}

TEST_F(ReadMaterials, RefusesAStoreThatIsInTheDirectoryToo) {
  disk.files = {{"p", "{}"}, {"a", "A"}};
  disk.directory.emplace();
  disk.directory->emplace(StoreId{StoreType::kCa, "s"},
                          std::vector<trust::StoreFile>{{"a", Bytes{'A'}}});
  EXPECT_EQ(
      problems("trust: {policy: p, directory: d, stores: [{type: ca, name: s, files: [a]}]}\n"),
      "c.yaml:3:43: trust store \"ca:s\" is in trust.directory too; keep one of them\n");
}

TEST_F(ReadMaterials, RefusesADirectoryWithoutStores) {
  disk.files["p"] = "{}";
  disk.directory.emplace();
  EXPECT_EQ(problems("trust: {policy: p, directory: d}\n"),
            "c.yaml:3:31: trust.directory: \"d\" holds no store; want "
            "x509/{ca,signingAuthority,tsa}/NAME/ in it\n");
}

/// On a real disk: what links may do.
class OnDisk : public ::testing::Test {
 protected:
  TemporaryFolder folder;

  Checked<Materials> read(const std::string& text, std::string_view file = "etc/c.yaml") const {
    return config::read(loaded(text), DiskReader(folder.path(file)));
  }
};

TEST_F(OnDisk, ReadsProjectedVolumes) {
  folder.project("etc", "c.yaml", "");
  folder.project("etc", "trustpolicy.json", "{}");
  folder.project("run/trust/0", "root.pem", "A");
  folder.project("run/trust/0", "next.pem", "B");
  folder.project("run/tls", "tls.crt", "T");
  folder.project("run/tls", "tls.key", "K");
  folder.project("run/registries", "0-config.json", "{}");
  const std::string run = folder.path("run");
  const auto got =
      read("trust: {policy: trustpolicy.json, stores: [{type: ca, name: s, files: [\"" + run +
           "/trust/0/*\"]}]}\nregistries: [{match: a.io, credentials: {dockerConfig: " + run +
           "/registries/0-config.json}}]\nserver: {tls: {certificate: " + run +
           "/tls/tls.crt, key: " + run + "/tls/tls.key}}\n");
  ASSERT_TRUE(got) << got.problems().to_string();
  EXPECT_EQ(shown(got->stores.at({StoreType::kCa, "s"})),
            run + "/trust/0/next.pem=B " + run + "/trust/0/root.pem=A ");
  EXPECT_EQ(got->serving->key_pem, "K");
}

TEST_F(OnDisk, SeesTheVolumeOfAfterASwap) {
  folder.project("etc", "p.json", "{\"old\":1}");
  folder.project("etc", "a.pem", "A");
  folder.write("etc/..2026_01_02.2/p.json", "{\"new\":1}");
  folder.write("etc/..2026_01_02.2/a.pem", "A");
  folder.link("etc/..data_tmp", "..2026_01_02.2");
  std::filesystem::rename(folder.path("etc/..data_tmp"), folder.path("etc/..data"));
  std::filesystem::remove_all(folder.path("etc/..2026_01_01.1"));
  const auto got =
      read("trust: {policy: p.json, stores: [{type: ca, name: s, files: [\"*.pem\"]}]}\n");
  ASSERT_TRUE(got) << got.problems().to_string();
  EXPECT_EQ(got->policy.json, "{\"new\":1}");
}

TEST_F(OnDisk, RefusesLinksThatLeaveTheirFolder) {
  folder.write("elsewhere/p.json", "{}");
  folder.write("elsewhere/a.pem", "A");
  folder.link("etc/p.json", "../elsewhere/p.json");
  folder.link("etc/certs", "../elsewhere");
  const auto got = read(
      "trust: {policy: p.json, stores: [{type: ca, name: s, files: [certs/a.pem, "
      "\"certs/*\"]}]}\n");
  const std::string leaves =
      "is or goes through a symbolic link that leaves its folder (to " + folder.path("elsewhere");
  EXPECT_EQ(got.problems().to_string(),
            "c.yaml:3:17: trust.policy: cannot read \"p.json\": " + leaves + "/p.json)\n" +
                "c.yaml:3:62: trust store \"ca:s\": cannot read \"certs/a.pem\": " + leaves +
                ")\n" + "c.yaml:3:75: trust store \"ca:s\": cannot read \"certs\": " + leaves +
                ")\n");
}

TEST_F(OnDisk, ReadsFilesOutsideThatAreNamedAsSuch) {
  folder.write("shared/p.json", "{}");
  folder.write("shared/a.pem", "A");
  folder.folder("etc");
  const auto got =
      read("trust: {policy: ../shared/p.json, stores: [{type: ca, name: s, files: [\"" +
           folder.path("shared/a.pem") + "\", \"../shared/*.pem\"]}]}\n");
  ASSERT_TRUE(got) << got.problems().to_string();
}

TEST_F(OnDisk, ReadsTheTrustDirectoryLiterally) {
  folder.write("etc/p.json", "{}");
  folder.write("etc/truststore/x509/ca/good/a.pem", "A");
  folder.project("etc/truststore/x509/ca/projected", "a.pem", "A");
  const auto got = read("trust: {policy: p.json, directory: truststore}\n");
  ASSERT_TRUE(got) << got.problems().to_string();
  EXPECT_EQ(shown(got->stores.at({StoreType::kCa, "good"})), "a.pem=A ");
  EXPECT_THAT(got->stores.at({StoreType::kCa, "projected"}).files,
              FailsWith(Outcome::kUntrustedSigner, "TR-4"));
}

// shows: N-323
TEST_F(OnDisk, SaysWhyAPolicyCannotBeRead) {
  folder.write("etc/a.pem", "A");
  const std::string stores = ", stores: [{type: ca, name: s, files: [a.pem]}]}\n";
  folder.folder("etc/folder");
  EXPECT_EQ(read("trust: {policy: folder" + stores).problems().to_string(),
            "c.yaml:3:17: trust.policy: cannot read \"folder\": is a folder\n");
  EXPECT_EQ(read("trust: {policy: missing.json" + stores).problems().to_string(),
            "c.yaml:3:17: trust.policy: cannot read \"missing.json\": no such file or folder\n");
  folder.write("etc/large.json", std::string(kMaxPolicyFileBytes + 1, ' '));
  EXPECT_EQ(read("trust: {policy: large.json" + stores).problems().to_string(),
            "c.yaml:3:17: trust.policy: cannot read \"large.json\": larger than 1 MiB\n");
}

TEST_F(OnDisk, StartsAtTheWorkingFolderForABareName) {
  folder.write("p.json", "{}");
  folder.write("a.pem", "A");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  const auto got = config::read(
      loaded("trust: {policy: p.json, stores: [{type: ca, name: s, files: [a.pem]}]}\n"),
      DiskReader("c.yaml"));
  std::filesystem::current_path(before);
  EXPECT_TRUE(got) << got.problems().to_string();
}

}  // namespace
}  // namespace countersign::config
