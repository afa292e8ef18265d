#include "adapters/files/read_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/matchers.hpp"
#include "support/temporary_folder.hpp"

namespace countersign::files {
namespace {

using countersign::testing::FailsSaying;
using countersign::testing::FailsWith;
using countersign::testing::IsOk;
using countersign::testing::TemporaryFolder;

constexpr std::size_t kLimit = 10;

class ReadFile : public ::testing::Test {
 protected:
  TemporaryFolder folder;
  [[nodiscard]] Result<std::string> read(std::string_view name,
                                         LinkRule rule = LinkRule::kWithinFolder) const {
    return read_file(folder.path(name), kLimit, rule);
  }
};

TEST_F(ReadFile, ReadsWhatIsThereUpToTheLimit) {
  folder.write("a", "0123456789");
  folder.write("empty", "");
  for (const LinkRule rule : {LinkRule::kRefuse, LinkRule::kWithinFolder, LinkRule::kFollow}) {
    const auto content = read("a", rule);
    ASSERT_THAT(content, IsOk());
    EXPECT_EQ(*content, "0123456789");
    ASSERT_THAT(read("empty", rule), IsOk());
  }
}

TEST_F(ReadFile, RefusesOneByteMore) {
  folder.write("a", "0123456789x");
  EXPECT_THAT(read("a"), FailsSaying(Outcome::kInternalError, "larger than 10 bytes"));
  EXPECT_THAT(read("a"), FailsWith(Outcome::kInternalError, "FILE_TOO_LARGE"));
  folder.write("b", std::string((std::size_t{1} << 20) + 1, 'x'));
  EXPECT_THAT(read_file(folder.path("b"), std::size_t{1} << 20, LinkRule::kFollow),
              FailsSaying(Outcome::kInternalError, "larger than 1 MiB"));
}

TEST_F(ReadFile, ReadsEveryByte) {
  const std::string content = std::string(200'000, 'x') + std::string("\0\xFF\r\n", 4);
  folder.write("a", content);
  const auto got = read_file(folder.path("a"), 1'000'000, LinkRule::kRefuse);
  ASSERT_THAT(got, IsOk());
  EXPECT_EQ(*got, content);
}

TEST_F(ReadFile, SaysWhatIsMissing) {
  EXPECT_THAT(read("nothing"), FailsSaying(Outcome::kInternalError, "no such file or folder"));
  EXPECT_THAT(read("no/folder", LinkRule::kRefuse),
              FailsWith(Outcome::kInternalError, "FILE_MISSING"));
  folder.write("a", "x");
  EXPECT_THAT(read("a/b"), FailsWith(Outcome::kInternalError, "FILE_MISSING"));
  EXPECT_THAT(read(std::string(300, 'n')), FailsWith(Outcome::kInternalError, "FILE_MISSING"));
  EXPECT_THAT(read_file(std::string("a\0b", 3), kLimit, LinkRule::kFollow),
              FailsWith(Outcome::kInternalError, "FILE_MISSING"));
}

TEST_F(ReadFile, RefusesWhatIsNoFile) {
  folder.folder("sub");
  EXPECT_THAT(read("sub"), FailsSaying(Outcome::kInternalError, "is a folder"));
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  for (const LinkRule rule : {LinkRule::kRefuse, LinkRule::kWithinFolder, LinkRule::kFollow}) {
    EXPECT_THAT(read("pipe", rule), FailsSaying(Outcome::kInternalError, "is not a regular file"))
        << "must not block";
  }
}

TEST_F(ReadFile, SaysThatItMayNot) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may read everything";
  folder.write("a", "x");
  ASSERT_EQ(::chmod(folder.path("a").c_str(), 0), 0);
  EXPECT_THAT(read("a"), FailsSaying(Outcome::kInternalError, "permission denied"));
}

TEST_F(ReadFile, FollowsLinksInsideTheFolder) {
  folder.write("sub/target", "x");
  folder.link("a", "sub/target");
  EXPECT_THAT(read("a"), IsOk());
  EXPECT_THAT(read("a", LinkRule::kFollow), IsOk());
  EXPECT_THAT(read("a", LinkRule::kRefuse),
              FailsSaying(Outcome::kInternalError, "is a symbolic link"));
}

TEST_F(ReadFile, ReadsProjectedVolumes) {
  folder.project("tls", "tls.crt", "x");
  EXPECT_THAT(read("tls/tls.crt"), IsOk());
  folder.project("config", "certs/root.pem", "x");
  EXPECT_THAT(read("config/certs/root.pem"), IsOk());
}

TEST_F(ReadFile, RefusesLinksOutOfTheFolder) {
  folder.write("outside", "x");
  folder.link("in/up", "../outside");
  folder.link("in/absolute", folder.path("outside"));
  folder.link("in/twice", "up");
  for (const std::string_view name : {"in/up", "in/absolute", "in/twice"}) {
    EXPECT_THAT(read(name),
                FailsSaying(Outcome::kInternalError,
                            "is or goes through a symbolic link that leaves its folder (to " +
                                folder.path("outside") + ")"));
    EXPECT_THAT(read(name, LinkRule::kFollow), IsOk());
  }
}

TEST_F(ReadFile, DoesNotTakeAFolderWithALongerNameForItsOwn) {
  folder.write("in-other/target", "x");
  folder.link("in/a", "../in-other/target");
  EXPECT_THAT(read("in/a"), FailsWith(Outcome::kInternalError, "FILE_LINK"));
}

TEST_F(ReadFile, RefusesDanglingAndCircularLinks) {
  folder.link("dangling", "nothing");
  folder.link("a", "b");
  folder.link("b", "a");
  EXPECT_THAT(read("dangling"), FailsWith(Outcome::kInternalError, "FILE_MISSING"));
  EXPECT_THAT(read("a"), FailsWith(Outcome::kInternalError, "FILE_LINK"));
}

TEST_F(ReadFile, ListsAFolderByName) {
  folder.write("b", "");
  folder.folder("a");
  folder.link("c", "b");
  folder.write(".hidden", "");
  const auto entries = list_folder(folder.path());
  ASSERT_THAT(entries, IsOk());
  std::string shown;
  for (const Entry& entry : *entries)
    shown += entry.name + std::to_string(static_cast<int>(entry.kind)) + " ";
  EXPECT_EQ(shown, ".hidden0 a1 b0 c2 ");
}

TEST_F(ReadFile, ListsOnlyFolders) {
  folder.write("a", "");
  EXPECT_THAT(list_folder(folder.path("a")),
              FailsSaying(Outcome::kInternalError, "is not a folder"));
  EXPECT_THAT(list_folder(folder.path("b")),
              FailsSaying(Outcome::kInternalError, "no such file or folder"));
}

}  // namespace
}  // namespace countersign::files
