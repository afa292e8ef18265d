// Trust store directories in notation's layout, read literally.
#include "adapters/files/trust_directory.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "support/matchers.hpp"
#include "support/temporary_folder.hpp"

namespace countersign::files {
namespace {

using countersign::testing::FailsSaying;
using countersign::testing::FailsWith;
using countersign::testing::IsOk;
using countersign::testing::TemporaryFolder;
using trust::StoreId;
using trust::StoreType;

class TrustDirectory : public ::testing::Test {
 protected:
  TemporaryFolder folder;

  [[nodiscard]] TrustStoreFiles read() const {
    auto stores = read_trust_directory(folder.path());
    EXPECT_THAT(stores, IsOk());
    return stores ? *std::move(stores) : TrustStoreFiles{};
  }
  [[nodiscard]] static std::string shown(const TrustStoreFiles& stores) {
    std::string out;
    for (const auto& [id, files] : stores) {
      out += id.to_string() + " ";
      if (!files) {
        out += "(" + files.error().message() + ") ";
        continue;
      }
      for (const auto& file : *files)
        out += file.name + "=" + std::string(as_text(file.content)) + " ";
    }
    return out;
  }
};

// shows: N-291 N-293
TEST_F(TrustDirectory, ReadsEveryStoreAndFileWhateverItsExtension) {
  folder.write("x509/ca/shop/root.pem", "A");
  folder.write("x509/ca/shop/notes.txt", "B");
  folder.write("x509/ca/shop/.hidden", "C");
  folder.write("x509/signingAuthority/sa/root.der", "D");
  folder.write("x509/tsa/t/root.crt", "E");
  EXPECT_EQ(
      shown(read()),
      "ca:shop .hidden=C notes.txt=B root.pem=A signingAuthority:sa root.der=D tsa:t root.crt=E ");
}

// shows: N-302 N-306
TEST_F(TrustDirectory, LeavesOutWhatDoesNotExistAndKeepsWhatIsEmpty) {
  folder.folder("x509/ca/empty");
  const auto stores = read();
  EXPECT_FALSE(stores.contains({StoreType::kCa, "missing"}));
  ASSERT_TRUE(stores.contains({StoreType::kCa, "empty"}));
  EXPECT_TRUE(stores.at({StoreType::kCa, "empty"})->empty())
      << "that it has no certificate is for trust to say";
}

// shows: N-303
TEST_F(TrustDirectory, RefusesALinkAsAStore) {
  folder.write("elsewhere/root.pem", "A");
  folder.link("x509/ca/shop", "../../elsewhere");
  const auto stores = read();
  const auto& store = stores.at({StoreType::kCa, "shop"});
  EXPECT_THAT(store, FailsWith(Outcome::kUntrustedSigner, "TR-3"));
  EXPECT_THAT(store, FailsSaying(Outcome::kUntrustedSigner,
                                 "trust store ca:shop: the store's folder is a symbolic link"));
}

TEST_F(TrustDirectory, RefusesAFileAsAStore) {
  folder.write("x509/ca/shop", "A");
  EXPECT_THAT(read().at({StoreType::kCa, "shop"}),
              FailsSaying(Outcome::kUntrustedSigner, "trust store ca:shop: is not a folder"));
}

// shows: N-304
TEST_F(TrustDirectory, RefusesAStoreThatHoldsALink) {
  folder.write("x509/ca/shop/a.pem", "A");
  folder.link("x509/ca/shop/b.pem", "a.pem");
  const auto stores = read();
  const auto& store = stores.at({StoreType::kCa, "shop"});
  EXPECT_THAT(store, FailsWith(Outcome::kUntrustedSigner, "TR-4"));
  EXPECT_THAT(store, FailsSaying(Outcome::kUntrustedSigner,
                                 "trust store ca:shop: b.pem is a symbolic link"));
}

TEST_F(TrustDirectory, RefusesAProjectedVolume) {
  folder.project("x509/ca/shop", "root.pem", "A");
  EXPECT_THAT(read().at({StoreType::kCa, "shop"}), FailsWith(Outcome::kUntrustedSigner, "TR-4"));
}

// shows: N-305
TEST_F(TrustDirectory, RefusesAStoreThatHoldsAFolderOrAPipe) {
  folder.write("x509/ca/shop/a.pem", "A");
  folder.folder("x509/ca/shop/sub");
  folder.folder("x509/ca/pipes");
  ASSERT_EQ(::mkfifo(folder.path("x509/ca/pipes/p").c_str(), 0600), 0);
  EXPECT_EQ(shown(read()),
            "ca:pipes (trust store ca:pipes: p is not a regular file) "
            "ca:shop (trust store ca:shop: sub is not a regular file) ");
}

TEST_F(TrustDirectory, OneBadStoreDoesNotHideTheOthers) {
  folder.folder("x509/ca/bad/sub");
  folder.write("x509/ca/good/a.pem", "A");
  folder.write("x509/ca/large/a.pem", std::string(kMaxCertificateFileBytes + 1, 'x'));
  EXPECT_EQ(shown(read()),
            "ca:bad (trust store ca:bad: sub is not a regular file) ca:good a.pem=A "
            "ca:large (trust store ca:large: a.pem: larger than 1 MiB) ");
}

TEST_F(TrustDirectory, BoundsAStoreAsAWhole) {
  for (int i = 0; i < 101; ++i) {
    folder.write("x509/ca/shop/" + std::to_string(i), std::string(kMaxCertificateFileBytes, 'x'));
  }
  EXPECT_THAT(read().at({StoreType::kCa, "shop"}),
              FailsSaying(Outcome::kUntrustedSigner,
                          "trust store ca:shop: the files together are larger than 100 MiB"));
}

TEST_F(TrustDirectory, PassesOverWhatNoPolicyCanName) {
  folder.write("x509/ca/with space/a.pem", "A");
  folder.write("x509/CA/shop/a.pem", "A");
  folder.write("x509/other/shop/a.pem", "A");
  folder.write("x509/readme", "A");
  EXPECT_EQ(shown(read()), "");
}

TEST_F(TrustDirectory, EscapesNamesInMessages) {
  folder.folder("x509/ca/shop/a\nb");
  EXPECT_EQ(shown(read()), "ca:shop (trust store ca:shop: a\\nb is not a regular file) ");
}

TEST_F(TrustDirectory, SaysWhatIsWrongWithTheDirectory) {
  EXPECT_THAT(read_trust_directory(folder.path("nothing")),
              FailsSaying(Outcome::kInternalError, "no such file or folder"));
  EXPECT_THAT(read_trust_directory(folder.path()),
              FailsSaying(Outcome::kInternalError, "its folder x509: no such file or folder"));
  folder.write("a/x509", "");
  EXPECT_THAT(read_trust_directory(folder.path("a")),
              FailsSaying(Outcome::kInternalError, "its folder x509: is not a folder"));
  folder.write("b/x509/ca", "");
  EXPECT_THAT(read_trust_directory(folder.path("b")),
              FailsSaying(Outcome::kInternalError, "its folder x509/ca: is not a folder"));
}

}  // namespace
}  // namespace countersign::files
