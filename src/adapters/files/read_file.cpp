#include "adapters/files/read_file.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

namespace countersign::files {
namespace {

namespace fs = std::filesystem;

/// Kubernetes swaps a volume by renaming a link; a path resolved just before may be gone just
/// after.
constexpr int kAttempts = 3;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const noexcept { return fd_; }

 private:
  int fd_;
};

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

Error fail(Reason reason, std::string message) {
  return Error::mistake(reason, std::move(message));
}

Error from_errno(int number) {
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return fail("FILE_MISSING", "no such file or folder");
    case EACCES:
    case EPERM:
      return fail("FILE_FORBIDDEN", "permission denied");
    case ELOOP:
      return fail("FILE_LINK", "is a symbolic link, or links that go round in a circle");
    case ENAMETOOLONG:
      return fail("FILE_MISSING", "the name is too long");
    default:
      return fail("FILE_IO", std::error_code(number, std::generic_category()).message());
  }
}

std::string size_text(std::size_t bytes) {
  constexpr std::size_t kMiB = std::size_t{1024} * 1024;
  if (bytes >= kMiB && bytes % kMiB == 0) return std::to_string(bytes / kMiB) + " MiB";
  return std::to_string(bytes) + " bytes";
}

bool stands_in(const fs::path& target, const fs::path& folder) {
  const auto [end, rest] = std::ranges::mismatch(folder, target);
  return end == folder.end();
}

Result<fs::path> resolved(const fs::path& path) {
  std::error_code error;
  fs::path real = fs::canonical(path, error);
  if (error) return from_errno(error.value());
  return real;
}

fs::path folder_of(const fs::path& path) {
  const fs::path parent = path.parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

Result<std::string> read_all(int fd, std::size_t limit) {
  std::string content;
  constexpr std::size_t kStep = std::size_t{64} * 1024;
  while (true) {
    const std::size_t old_size = content.size();
    content.resize(old_size + std::min(kStep, limit + 1 - old_size));
    const ssize_t got = ::read(fd, content.data() + old_size, content.size() - old_size);
    if (got < 0 && errno == EINTR) {
      content.resize(old_size);
      continue;
    }
    if (got < 0) return from_errno(errno);
    content.resize(old_size + static_cast<std::size_t>(got));
    if (content.size() > limit) return fail("FILE_TOO_LARGE", "larger than " + size_text(limit));
    if (got == 0) return content;
  }
}

Result<std::string> open_and_read(const std::string& path, std::size_t limit, int extra_flags) {
  const Descriptor file(
      // NOLINTNEXTLINE(*-vararg)
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | extra_flags));
  if (file.get() < 0) return from_errno(errno);
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return from_errno(errno);
  if (S_ISDIR(info.st_mode)) return fail("FILE_KIND", "is a folder");
  if (!S_ISREG(info.st_mode)) return fail("FILE_KIND", "is not a regular file");
  return read_all(file.get(), limit);
}

Result<std::string> read_within_folder(const std::string& path, std::size_t limit) {
  COUNTERSIGN_TRY(const fs::path real, resolved(path));
  COUNTERSIGN_CHECK(check_within(path, folder_of(path).string()));
  return open_and_read(real.string(), limit, O_NOFOLLOW);
}

EntryKind kind_of(int folder, const char* name) {
  struct stat info{};
  if (::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0) return EntryKind::kOther;
  if (S_ISREG(info.st_mode)) return EntryKind::kFile;
  if (S_ISDIR(info.st_mode)) return EntryKind::kFolder;
  return S_ISLNK(info.st_mode) ? EntryKind::kLink : EntryKind::kOther;
}

}  // namespace

Status check_within(const std::string& path, const std::string& folder) {
  COUNTERSIGN_TRY(const fs::path real, resolved(path));
  COUNTERSIGN_TRY(const fs::path real_folder, resolved(folder));
  if (!stands_in(real, real_folder)) {
    return fail("FILE_LINK", "is or goes through a symbolic link that leaves its folder (to " +
                                 real.string() + ")");
  }
  return ok();
}

Result<std::string> read_file(const std::string& path, std::size_t limit, LinkRule rule) {
  if (path.contains('\0')) return fail("FILE_MISSING", "the name holds a null byte");
  switch (rule) {
    case LinkRule::kRefuse: {
      auto content = open_and_read(path, limit, O_NOFOLLOW);
      if (!content && content.error().reason() == Reason("FILE_LINK")) {
        return fail("FILE_LINK", "is a symbolic link");
      }
      return content;
    }
    case LinkRule::kFollow:
      return open_and_read(path, limit, 0);
    case LinkRule::kWithinFolder:
      break;
  }
  for (int attempt = 1;; ++attempt) {
    auto content = read_within_folder(path, limit);
    if (content || content.error().reason() != Reason("FILE_MISSING") || attempt == kAttempts)
      return content;
  }
}

Result<std::vector<Entry>> list_folder(const std::string& path) {
  const std::unique_ptr<DIR, CloseFolder> folder(::opendir(path.c_str()));
  if (!folder) return errno == ENOTDIR ? fail("FILE_KIND", "is not a folder") : from_errno(errno);
  std::vector<Entry> entries;
  while (true) {
    errno = 0;
    const dirent* entry =
        ::readdir(folder.get());  // NOLINT(concurrency-mt-unsafe): each call has its own stream
    if (entry == nullptr) {
      if (errno != 0) return from_errno(errno);
      break;
    }
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (entries.size() == kMaxFolderEntries) {
      return fail("FILE_TOO_LARGE",
                  "holds more than " + std::to_string(kMaxFolderEntries) + " entries");
    }
    entries.push_back({std::string(name), kind_of(::dirfd(folder.get()), entry->d_name)});
  }
  std::ranges::sort(entries, {}, &Entry::name);
  return entries;
}

}  // namespace countersign::files
