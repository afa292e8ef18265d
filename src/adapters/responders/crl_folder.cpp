#include "adapters/responders/crl_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <vector>

#include "adapters/files/read_file.hpp"
#include "crypto/hash.hpp"
#include "x509/crl.hpp"

namespace countersign::responders {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuffix = ".crl";
constexpr std::string_view kUnfinished = ".crl-part";
/// A file that was never renamed is nobody's after this time.
constexpr std::chrono::minutes kUnfinishedLife{10};

/// A descriptor with an owner.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] bool good() const noexcept { return descriptor_ >= 0; }
  [[nodiscard]] bool write_all(std::string_view bytes) const noexcept {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(descriptor_) == 0;
  }

 private:
  int descriptor_;
};

Error io_error(std::string_view what) {
  return Error::mistake("FILE_IO", std::string(what) + ": " +
                                       std::error_code(errno, std::generic_category()).message());
}

}  // namespace

std::string CrlFolder::file_of(std::string_view key) const {
  return path_ + "/" + to_hex(crypto::hash(crypto::HashAlgorithm::kSha256, as_bytes(key))) +
         std::string(kSuffix);
}

std::optional<std::string> CrlFolder::load(std::string_view key) const {
  auto bytes = files::read_file(file_of(key), x509::kCrlTooLarge - 1, files::LinkRule::kRefuse);
  if (!bytes) return std::nullopt;
  return *std::move(bytes);
}

/// Best effort: whoever else writes here may be faster.
void CrlFolder::make_room(std::uint64_t bytes) const {
  struct Known {
    fs::path path;
    fs::file_time_type time;
    std::uint64_t size = 0;
  };
  std::vector<Known> known;
  std::uint64_t total = bytes;
  std::error_code error;
  for (fs::directory_iterator at(path_, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    Known file{.path = at->path(), .time = at->last_write_time(ignored), .size = 0};
    if (name.ends_with(kUnfinished)) {
      if (file.time < fs::file_time_type::clock::now() - kUnfinishedLife)
        fs::remove(file.path, ignored);
      continue;
    }
    if (!name.ends_with(kSuffix) || !at->is_regular_file(ignored)) continue;
    const auto size = at->file_size(ignored);
    if (!ignored) file.size = size;
    total += file.size;
    known.push_back(std::move(file));
    if (known.size() == files::kMaxFolderEntries) break;
  }
  std::ranges::sort(known, {}, &Known::time);
  std::size_t count = known.size() + 1;
  for (const Known& oldest : known) {
    if (count <= kMaxFiles && total <= max_bytes_) return;
    std::error_code ignored;
    fs::remove(oldest.path, ignored);
    --count;
    total -= oldest.size;
  }
}

Result<void> CrlFolder::save(std::string_view key, std::string_view der) const {
  static std::atomic<unsigned> number{0};
  make_room(der.size());
  const std::string place = file_of(key);
  const std::string part = path_ + "/" + std::to_string(::getpid()) + "-" +
                           std::to_string(++number) + std::string(kUnfinished);
  {
    const File file(
        // NOLINTNEXTLINE(*-vararg)
        ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.good()) return io_error("cannot write to the folder");
    if (!file.write_all(der)) {
      const Error error = io_error("cannot write to the folder");
      ::unlink(part.c_str());
      return error;
    }
  }
  if (::rename(part.c_str(), place.c_str()) != 0) {
    const Error error = io_error("cannot rename in the folder");
    ::unlink(part.c_str());
    return error;
  }
  return ok();
}

}  // namespace countersign::responders
