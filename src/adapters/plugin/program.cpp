#include "adapters/plugin/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <vector>

#include "crypto/hash.hpp"

namespace countersign::plugin {
namespace {

constexpr int kFirstFreeDescriptor = 3;  // below are the standard streams
constexpr mode_t kMayExecute = S_IXUSR | S_IXGRP | S_IXOTH;

Error fail(Reason reason, std::string message) {
  return Error::mistake(reason, std::move(message));
}

Error from_errno(int number) {
  const std::string text = std::error_code(number, std::generic_category()).message();
  if (number == ENOENT || number == ENOTDIR) return fail("FILE_MISSING", "no such file or folder");
  if (number == EACCES || number == EPERM) return fail("FILE_FORBIDDEN", "permission denied");
  return fail("FILE_IO", text);
}

Result<FileDescriptor> open_above_streams(const std::string& path) {
  if (path.contains('\0')) return fail("FILE_MISSING", "the name holds a null byte");
  const FileDescriptor file(
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));  // NOLINT(*-vararg)
  if (!file.is_open()) return from_errno(errno);
  FileDescriptor moved(
      ::fcntl(file.get(), F_DUPFD_CLOEXEC, kFirstFreeDescriptor));  // NOLINT(*-vararg)
  if (!moved.is_open()) return from_errno(errno);
  return moved;
}

Status check_kind(const struct stat& info) {
  if (S_ISDIR(info.st_mode)) return fail("FILE_KIND", "is a folder");
  if (!S_ISREG(info.st_mode)) return fail("FILE_KIND", "is not a regular file");
  if ((info.st_mode & kMayExecute) == 0) return fail("PLUGIN_KIND", "may not be executed");
  if ((info.st_mode & (S_ISUID | S_ISGID)) != 0)
    return fail("PLUGIN_KIND", "would run as another user or group (set-user-ID)");
  if (info.st_size < 0 || static_cast<std::uint64_t>(info.st_size) > kMaxProgramBytes)
    return fail("FILE_TOO_LARGE",
                fmt::format("larger than {} MiB", kMaxProgramBytes / 1024 / 1024));
  return ok();
}

/// Up to `buffer`'s size, less only at the end.
Result<std::size_t> read_at(int file, std::vector<char>& buffer, std::size_t offset) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t got = ::pread(file, buffer.data() + filled, buffer.size() - filled,
                                static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return from_errno(errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  return filled;
}

Status check_content(int file, const oci::Digest& wanted) {
  constexpr std::string_view kElf =
      "\x7F"
      "ELF";
  constexpr std::size_t kStep = std::size_t{256} * 1024;
  std::vector<char> buffer(kStep);
  crypto::Hasher hasher(wanted.algorithm());
  std::size_t offset = 0;
  while (true) {
    COUNTERSIGN_TRY(const std::size_t got, read_at(file, buffer, offset));
    const std::string_view piece(buffer.data(), got);
    if (offset == 0 && !piece.starts_with(kElf)) {
      return fail("PLUGIN_KIND",
                  piece.starts_with("#!")
                      ? "is a script; want an ELF program, as the digest of a script says nothing "
                        "of its interpreter"
                      : "is no ELF program");
    }
    hasher.update(as_bytes(piece));
    offset += got;
    if (offset > kMaxProgramBytes) return fail("FILE_TOO_LARGE", "grew while it was read");
    if (got < buffer.size()) break;
  }
  const oci::Digest digest = oci::Digest::from_hash(wanted.algorithm(), hasher.finish());
  if (digest == wanted) return ok();
  return fail("PLUGIN_DIGEST",
              fmt::format("has the digest {}, and {} is listed", digest.hex(), wanted.hex()));
}

}  // namespace

Program::Mark Program::mark_of(const struct stat& info) noexcept {
  return {.size = info.st_size,
          .modified_seconds = info.st_mtim.tv_sec,
          .modified_nanoseconds = info.st_mtim.tv_nsec,
          .changed_seconds = info.st_ctim.tv_sec,
          .changed_nanoseconds = info.st_ctim.tv_nsec};
}

Result<Program> Program::open(const std::string& path, const oci::Digest& wanted) {
  COUNTERSIGN_TRY(FileDescriptor file, open_above_streams(path));
  struct stat before{};
  if (::fstat(file.get(), &before) != 0) return from_errno(errno);
  COUNTERSIGN_CHECK(check_kind(before));
  COUNTERSIGN_CHECK(check_content(file.get(), wanted));
  Program program(std::move(file), mark_of(before));
  if (!program.is_unchanged()) return fail("FILE_IO", "changed while it was read");
  return program;
}

bool Program::is_unchanged() const noexcept {
  struct stat info{};
  if (::fstat(file_.get(), &info) != 0) return false;
  return mark_ == mark_of(info);
}

}  // namespace countersign::plugin
