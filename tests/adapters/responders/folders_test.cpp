// The folder where CRLs survive a restart, and the folder that somebody else fills.
#include <gtest/gtest.h>

#include "adapters/responders/crl_folder.hpp"
#include "adapters/responders/offline_folder.hpp"
#include "support/matchers.hpp"
#include "support/revocation_builder.hpp"
#include "support/temporary_folder.hpp"

namespace countersign::responders {
namespace {

using countersign::testing::FailsSaying;
using countersign::testing::IsOk;
using countersign::testing::make_crl;
using countersign::testing::TemporaryFolder;

std::size_t files_in(const TemporaryFolder& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder.path()))
    ++count;
  return count;
}

TEST(CrlFolder, KeepsOneFileAList) {
  const TemporaryFolder temporary;
  const CrlFolder folder(temporary.path());
  EXPECT_EQ(folder.load("a"), std::nullopt);
  EXPECT_THAT(folder.save("a", "one"), IsOk());
  EXPECT_THAT(folder.save("a", "two"), IsOk());
  EXPECT_THAT(folder.save("../../b", "three"), IsOk());
  EXPECT_EQ(folder.load("a"), "two");
  EXPECT_EQ(folder.load("../../b"), "three");
  EXPECT_EQ(files_in(temporary), 2U);
}

TEST(CrlFolder, ForgetsTheOldest) {
  const TemporaryFolder temporary;
  const CrlFolder folder(temporary.path());
  temporary.write("of-somebody-else", "x");
  for (std::size_t i = 0; i < CrlFolder::kMaxFiles + 20; ++i)
    ASSERT_THAT(folder.save(std::to_string(i), "x"), IsOk());
  EXPECT_EQ(files_in(temporary), CrlFolder::kMaxFiles + 1);
  EXPECT_NE(folder.load(std::to_string(CrlFolder::kMaxFiles + 19)), std::nullopt);
  EXPECT_TRUE(std::filesystem::exists(temporary.path("of-somebody-else")));
}

TEST(CrlFolder, HoldsUpToItsBytes) {
  EXPECT_EQ(CrlFolder::kMaxBytes, 268'435'456U);
  const TemporaryFolder temporary;
  const CrlFolder folder(temporary.path(), 100);
  ASSERT_THAT(folder.save("a", std::string(60, 'a')), IsOk());
  ASSERT_THAT(folder.save("b", std::string(40, 'b')), IsOk());
  EXPECT_NE(folder.load("a"), std::nullopt) << "100 bytes are not too many";
  EXPECT_NE(folder.load("b"), std::nullopt);

  const TemporaryFolder other;
  const CrlFolder fuller(other.path(), 100);
  ASSERT_THAT(fuller.save("a", std::string(60, 'a')), IsOk());
  ASSERT_THAT(fuller.save("b", std::string(41, 'b')), IsOk());
  EXPECT_EQ(fuller.load("a"), std::nullopt) << "the oldest goes for the 101st byte";
  EXPECT_NE(fuller.load("b"), std::nullopt);
}

TEST(CrlFolder, FollowsNoLinkAndFailsQuietly) {
  const TemporaryFolder temporary;
  const CrlFolder none(temporary.path("none"));
  EXPECT_FALSE(none.save("a", "x"));
  EXPECT_EQ(none.load("a"), std::nullopt);
  temporary.folder("here");
  const CrlFolder folder(temporary.path("here"));
  ASSERT_THAT(folder.save("a", "x"), IsOk());
  const auto file = std::filesystem::directory_iterator(temporary.path("here"))->path();
  std::filesystem::remove(file);
  temporary.write("secret", "secret");
  std::filesystem::create_symlink(temporary.path("secret"), file);
  EXPECT_EQ(folder.load("a"), std::nullopt);
  ASSERT_THAT(folder.save("a", "y"), IsOk());
  EXPECT_EQ(folder.load("a"), "y");
}

TEST(OfflineFolder, ReadsListsAndResponses) {
  const TemporaryFolder temporary;
  const Bytes list = make_crl({});
  temporary.write("a.crl", as_text(list));
  temporary.write("two.pem", testing::pem("X509 CRL", list) + testing::pem("X509 CRL", list));
  temporary.write("x.ocsp", as_text(testing::make_ocsp()));
  temporary.write("..data", "ignored");
  temporary.folder("folder");
  const auto folder = OfflineFolder::open(temporary.path());
  ASSERT_THAT(folder, IsOk());
  EXPECT_EQ((*folder)->contents()->lists.size(), 3U);
  EXPECT_EQ((*folder)->contents()->responses.size(), 1U);
}

TEST(OfflineFolder, ReadsUpToItsBytes) {
  EXPECT_EQ(OfflineFolder::kMaxBytes, 67'108'864U);
  const TemporaryFolder temporary;
  const Bytes list = make_crl({});
  const Bytes response = testing::make_ocsp();
  temporary.write("1.crl", as_text(list));
  temporary.write("2.ocsp", as_text(response));
  const std::size_t total = list.size() + response.size();
  const auto folder = OfflineFolder::open(temporary.path(), total);
  ASSERT_THAT(folder, IsOk());
  EXPECT_EQ((*folder)->contents()->lists.size(), 1U);
  EXPECT_EQ((*folder)->contents()->responses.size(), 1U);
  EXPECT_THAT(OfflineFolder::open(temporary.path(), total - 1),
              FailsSaying(Outcome::kInternalError,
                          "2.ocsp: larger than " + std::to_string(response.size() - 1) + " bytes"));
}

TEST(OfflineFolder, ReadsUpToItsFiles) {
  const TemporaryFolder temporary;
  const Bytes list = make_crl({});
  for (std::size_t i = 0; i < OfflineFolder::kMaxFiles; ++i)
    temporary.write(std::to_string(i) + ".crl", as_text(list));
  const auto folder = OfflineFolder::open(temporary.path());
  ASSERT_THAT(folder, IsOk());
  EXPECT_EQ((*folder)->contents()->lists.size(), 1000U);
  temporary.write("z.crl", as_text(list));
  EXPECT_THAT(OfflineFolder::open(temporary.path()),
              FailsSaying(Outcome::kInternalError, "z.crl: more than 1000 files"));
}

TEST(OfflineFolder, RefusesWhatItCannotRead) {
  const auto opened = [](std::string_view content) {
    const TemporaryFolder temporary;
    temporary.write("x", content);
    const auto folder = OfflineFolder::open(temporary.path());
    return folder ? "ok" : folder.error().message();
  };
  EXPECT_EQ(opened(""), "x: CRL: not one complete DER list");
  EXPECT_EQ(opened("hello"), "x: CRL: not one complete DER list");
  EXPECT_EQ(opened("-----BEGIN X509 CRL-----\n"), "x: a PEM block without its end");
  EXPECT_EQ(opened("-----BEGIN X509 CRL-----\n*\n-----END X509 CRL-----\n"),
            "x: a PEM block that is not base64");
  EXPECT_EQ(opened(testing::pem("X509 CRL", Bytes{1})), "x: CRL: not one complete DER list");
  EXPECT_FALSE(OfflineFolder::open("/nowhere/at/all"));
}

}  // namespace
}  // namespace countersign::responders
