// Which files may be a plugin's program, and what becomes of them later.
#include "adapters/plugin/program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "crypto/hash.hpp"
#include "support/matchers.hpp"
#include "support/temporary_folder.hpp"

namespace countersign::plugin {
namespace {

using countersign::testing::FailsSaying;
using countersign::testing::FailsWith;
using countersign::testing::IsOk;
using countersign::testing::TemporaryFolder;
namespace fs = std::filesystem;

constexpr Outcome kUndecided = Outcome::kInternalError;

oci::Digest digest_of(std::string_view content) {
  return oci::Digest::of(crypto::HashAlgorithm::kSha256, as_bytes(content));
}

/// Older kernels stamp files with the time of their last tick.
void pause_for_clock() { std::this_thread::sleep_for(std::chrono::milliseconds(20)); }

class Programs : public ::testing::Test {
 protected:
  TemporaryFolder folder;
  const std::string elf =
      "\x7F"
      "ELF and so on";

  std::string file(const std::string& content, mode_t mode = 0755) {
    std::string path = folder.path("program");
    std::ofstream(path, std::ios::binary) << content;
    ::chmod(path.c_str(), mode);
    return path;
  }
};

TEST_F(Programs, AreFilesWithTheListedDigest) {
  EXPECT_THAT(Program::open(file(elf), digest_of(elf)), IsOk());
}

TEST_F(Programs, MayBeReachedByLinks) {
  const std::string path = file(elf);
  const std::string link = path + "-link";
  fs::create_symlink(path, link);
  EXPECT_THAT(Program::open(link, digest_of(elf)), IsOk());
}

TEST_F(Programs, HaveNoOtherDigest) {
  const auto wanted = digest_of("another");
  EXPECT_THAT(Program::open(file(elf), wanted),
              FailsSaying(kUndecided, "has the digest " + std::string(digest_of(elf).hex()) +
                                          ", and " + std::string(wanted.hex()) + " is listed"));
}

TEST_F(Programs, AreThere) {
  EXPECT_THAT(Program::open(folder.path() + "/none", digest_of(elf)),
              FailsWith(kUndecided, "FILE_MISSING"));
  EXPECT_THAT(Program::open(std::string("/tmp/a\0b", 8), digest_of(elf)),
              FailsWith(kUndecided, "FILE_MISSING"));
}

TEST_F(Programs, AreNoScripts) {
  const std::string script = "#!/bin/sh\n";
  EXPECT_THAT(Program::open(file(script), digest_of(script)),
              FailsSaying(kUndecided,
                          "is a script; want an ELF program, as the digest of a script "
                          "says nothing of its interpreter"));
}

TEST_F(Programs, AreNothingElseEither) {
  EXPECT_THAT(Program::open(file("text"), digest_of("text")), FailsWith(kUndecided, "PLUGIN_KIND"));
  EXPECT_THAT(Program::open(file(""), digest_of("")), FailsWith(kUndecided, "PLUGIN_KIND"));
  EXPECT_THAT(Program::open(folder.path(), digest_of(elf)), FailsWith(kUndecided, "FILE_KIND"));
}

TEST_F(Programs, NeverBlockAsPipes) {
  const std::string path = folder.path() + "/pipe";
  ASSERT_EQ(::mkfifo(path.c_str(), 0755), 0);
  EXPECT_THAT(Program::open(path, digest_of(elf)), FailsWith(kUndecided, "FILE_KIND"));
  EXPECT_THAT(Program::open("/dev/null", digest_of(elf)), FailsWith(kUndecided, "FILE_KIND"));
}

TEST_F(Programs, MayBeExecutedAndAsNobodyElse) {
  EXPECT_THAT(Program::open(file(elf, 0644), digest_of(elf)),
              FailsSaying(kUndecided, "may not be executed"));
  EXPECT_THAT(Program::open(file(elf, 04755), digest_of(elf)),
              FailsWith(kUndecided, "PLUGIN_KIND"));
}

TEST_F(Programs, AreNotTooLarge) {
  const std::string path = file(elf);
  fs::resize_file(path, kMaxProgramBytes + 1);  // a hole: it takes no room
  EXPECT_THAT(Program::open(path, digest_of(elf)), FailsWith(kUndecided, "FILE_TOO_LARGE"));
}

TEST_F(Programs, SeeWhoWritesToThemLater) {
  const std::string path = file(elf);
  const auto program = Program::open(path, digest_of(elf));
  ASSERT_THAT(program, IsOk());
  EXPECT_TRUE(program->is_unchanged());
  pause_for_clock();
  std::ofstream(path, std::ios::binary | std::ios::app) << "more";
  EXPECT_FALSE(program->is_unchanged());
}

TEST_F(Programs, SeeAChangeThatKeepsSizeAndTime) {
  const std::string path = file(elf);
  const auto time = fs::last_write_time(path);
  const auto program = Program::open(path, digest_of(elf));
  ASSERT_THAT(program, IsOk());
  std::string other = elf;
  other.back() = 'X';
  pause_for_clock();
  std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << other;
  fs::last_write_time(path, time);
  EXPECT_FALSE(program->is_unchanged());
}

TEST_F(Programs, SeeTheirNameTakenByAnother) {
  const std::string path = file(elf);
  const auto program = Program::open(path, digest_of(elf));
  ASSERT_THAT(program, IsOk());
  const std::string other = path + "-other";
  std::ofstream(other, std::ios::binary) << "another program";
  pause_for_clock();
  fs::rename(other, path);
  EXPECT_FALSE(program->is_unchanged());
  std::string content(elf.size(), ' ');  // the open file is the one that was hashed all the same
  EXPECT_EQ(::pread(program->descriptor(), content.data(), content.size(), 0),
            static_cast<ssize_t>(content.size()));
  EXPECT_EQ(content, elf);
}

}  // namespace
}  // namespace countersign::plugin
